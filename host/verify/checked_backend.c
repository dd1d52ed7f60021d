/* SPDX-License-Identifier: MIT
 * See checked_backend.h. Between two operations the mirrors of a buffer agree with the device
 * element by element; only views that an operation has written are copied. */
#include "verify/checked_backend.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "verify/numeric.h"

typedef enum side {
    DEVICE,
    REFERENCE,
    CPU,
    N_SIDES
} side;

typedef struct checked_buffer {
    gm_buffer base;
    gm_buffer *sides[N_SIDES];
    int was_written; /* by an operation; 0: it holds what was uploaded */
    double *doubt;   /* (length) of what was hidden; NULL: nothing was */
} checked_buffer;

typedef struct checked_backend {
    gm_backend base;
    gm_backend *sides[N_SIDES];
    gm_check_sink sink;
    double *values; /* the arrays of one call */
    size_t values_capacity;
    void *images[2]; /* what a span of a buffer holds: on the device, and as it should be */
    size_t image_capacity;
} checked_backend;

static size_t element_size(gm_element element)
{
    return element == GM_U8 ? sizeof(uint8_t) : sizeof(uint32_t); /* REAL travels as float */
}

static gm_buffer *on_side(const gm_buffer *buffer, side which)
{
    return ((const checked_buffer *)buffer)->sides[which];
}

/* ---- memory --------------------------------------------------------------------------------- */

static void free_buffer(gm_backend *backend, gm_buffer *buffer)
{
    checked_backend *checked = (checked_backend *)backend;
    for (side s = DEVICE; s < N_SIDES; ++s)
        gm_backend_free(checked->sides[s], on_side(buffer, s));
    free(((checked_buffer *)buffer)->doubt);
    free(buffer);
}

static gemlet_status alloc_buffer(gm_backend *backend, gm_buffer **out, gm_element element,
                                  size_t length, const char *what)
{
    checked_backend *checked = (checked_backend *)backend;
    *out = NULL;
    checked_buffer *buffer;
    GEMLET_TRY(GM_ALLOC(buffer, 1, what));
    buffer->base = (gm_buffer){element, length};
    gemlet_status status = GEMLET_OK;
    for (side s = DEVICE; s < N_SIDES && status == GEMLET_OK; ++s)
        status = gm_backend_alloc(checked->sides[s], &buffer->sides[s], element, length, what);
    if (status != GEMLET_OK) {
        free_buffer(backend, &buffer->base);
        return status;
    }
    *out = &buffer->base;
    return GEMLET_OK;
}

static gemlet_status upload(gm_backend *backend, gm_buffer *buffer, size_t offset, size_t length,
                            const void *values)
{
    checked_backend *checked = (checked_backend *)backend;
    for (side s = DEVICE; s < N_SIDES; ++s)
        GEMLET_TRY(
            gm_backend_upload(checked->sides[s], on_side(buffer, s), offset, length, values));
    return GEMLET_OK;
}

static gemlet_status download(gm_backend *backend, const gm_buffer *buffer, size_t offset,
                              size_t length, void *values)
{
    checked_backend *checked = (checked_backend *)backend;
    return gm_backend_download(checked->sides[DEVICE], on_side(buffer, DEVICE), offset, length,
                               values);
}

static gemlet_status download_double(gm_backend *backend, const gm_buffer *buffer, size_t offset,
                                     size_t length, double *values)
{
    checked_backend *checked = (checked_backend *)backend;
    return gm_backend_download_double(checked->sides[DEVICE], on_side(buffer, DEVICE), offset,
                                      length, values);
}

static gemlet_status sync(gm_backend *backend)
{
    checked_backend *checked = (checked_backend *)backend;
    return gm_backend_sync(checked->sides[DEVICE]);
}

static void destroy(gm_backend *backend)
{
    checked_backend *checked = (checked_backend *)backend;
    free(checked->values);
    free(checked->images[0]);
    free(checked->images[1]);
    free(checked);
}

/* ---- one call ------------------------------------------------------------------------------- */

static int is_read(gm_role role)
{
    return role == GM_ROLE_INPUT || role == GM_ROLE_UPDATED;
}

static int is_written(gm_role role)
{
    return role == GM_ROLE_OUTPUT || role == GM_ROLE_UPDATED;
}

/* Elements from the first of a view to its last, with the gaps between its rows. */
static size_t span_of(const gm_matrix *view)
{
    return (view->rows - 1) * view->ld + view->cols;
}

static const double *doubt_of(const gm_check_operand *o)
{
    return o->n == 0 ? NULL : ((const checked_buffer *)o->view.buffer)->doubt;
}

/* Arrays of an operand: before, doubt, got, ref, cpu, bound. */
#define N_ARRAYS 6u

static int needs_array(const gm_check_operand *o, unsigned array)
{
    if (o->n == 0)
        return 0;
    if (array == 0)
        return is_read(o->info->role);
    if (array == 1)
        return is_read(o->info->role) && doubt_of(o) != NULL;
    return is_written(o->info->role);
}

/* Makes room for the arrays of the call and for images of its largest span. */
static gemlet_status make_room(checked_backend *checked, gm_check_call *call)
{
    size_t n_values = 0;
    size_t n_image = 0;
    for (unsigned i = 0; i < call->op->n_operands; ++i) {
        const gm_check_operand *o = &call->operands[i];
        if (o->n == 0 || o->info->role == GM_ROLE_SOURCE)
            continue;
        for (unsigned k = 0; k < N_ARRAYS; ++k)
            n_values += needs_array(o, k) ? o->n : 0;
        n_image = span_of(&o->view) > n_image ? span_of(&o->view) : n_image;
    }
    if (n_values > checked->values_capacity) {
        free(checked->values);
        checked->values_capacity = 0;
        GEMLET_TRY(GM_ALLOC(checked->values, n_values, "values of an operation"));
        checked->values_capacity = n_values;
    }
    for (unsigned i = 0; n_image > checked->image_capacity && i < 2; ++i) {
        free(checked->images[i]);
        checked->images[i] = NULL;
        GEMLET_TRY(gm_alloc(&checked->images[i], n_image, sizeof(uint32_t), "image of a view"));
        if (i == 1)
            checked->image_capacity = n_image;
    }
    double *next = checked->values;
    for (unsigned i = 0; i < call->op->n_operands; ++i) {
        gm_check_operand *o = &call->operands[i];
        double **arrays[N_ARRAYS] = {&o->before, &o->doubt, &o->got, &o->ref, &o->cpu, &o->bound};
        for (unsigned k = 0; k < N_ARRAYS; ++k) {
            if (!needs_array(o, k))
                continue;
            *arrays[k] = next;
            next += o->n;
        }
    }
    return GEMLET_OK;
}

/* Runs the operation on one of the three. */
static gemlet_status run_on(checked_backend *checked, const gm_check_call *call, side which)
{
    gm_any_args args;
    memcpy(&args, call->args, call->op->args_size);
    for (unsigned i = 0; i < call->op->n_operands; ++i) {
        const gm_check_operand *o = &call->operands[i];
        if (o->view.buffer == NULL)
            continue;
        /* The buffer is the first member of a vector and of a matrix. */
        gm_buffer *buffer = on_side(o->view.buffer, which);
        memcpy((char *)&args + o->info->position, &buffer, sizeof buffer);
    }
    return call->op->run(checked->sides[which], &args);
}

/* ---- values --------------------------------------------------------------------------------- */

static gemlet_status download_span(checked_backend *checked, const gm_matrix *view, side which,
                                   void *image)
{
    return gm_backend_download(checked->sides[which], on_side(view->buffer, which), view->offset,
                               span_of(view), image);
}

static double image_value(const void *image, gm_element element, size_t i)
{
    switch (element) {
    case GM_U8:
        return (double)((const uint8_t *)image)[i];
    case GM_U32:
        return (double)((const uint32_t *)image)[i];
    case GM_REAL:
        break;
    }
    return (double)((const float *)image)[i];
}

/* values (rows x cols) = the elements of an image without the gaps. */
static void pack(double *values, const void *image, const gm_matrix *view)
{
    for (size_t row = 0; row < view->rows; ++row) {
        for (size_t col = 0; col < view->cols; ++col)
            values[row * view->cols + col] =
                image_value(image, view->buffer->element, row * view->ld + col);
    }
}

/* The opposite: what lies between the rows stays. */
static void unpack(void *image, const double *values, const gm_matrix *view)
{
    for (size_t row = 0; row < view->rows; ++row) {
        for (size_t col = 0; col < view->cols; ++col) {
            const double value = values[row * view->cols + col];
            const size_t at = row * view->ld + col;
            if (view->buffer->element == GM_U32)
                ((uint32_t *)image)[at] = (uint32_t)value;
            else
                ((float *)image)[at] = (float)value;
        }
    }
}

/* values = the view on a side; from the reference without rounding to float. */
static gemlet_status fetch(checked_backend *checked, double *values, const gm_matrix *view,
                           side which)
{
    if (view->buffer->element != GM_REAL || which != REFERENCE) {
        GEMLET_TRY(download_span(checked, view, which, checked->images[0]));
        pack(values, checked->images[0], view);
        return GEMLET_OK;
    }
    for (size_t row = 0; row < view->rows; ++row)
        GEMLET_TRY(gm_backend_download_double(checked->sides[which], on_side(view->buffer, which),
                                              view->offset + row * view->ld, view->cols,
                                              values + row * view->cols));
    return GEMLET_OK;
}

/* ---- strays --------------------------------------------------------------------------------- */

/* Compares images[0], the device's, with images[1], what should be there; on an output only the
 * gaps between the rows count. The first difference is reported. */
static void look_for_stray(checked_backend *checked, const gm_check_call *call,
                           const gm_check_operand *o, int is_output)
{
    const gm_matrix *view = &o->view;
    const gm_element element = view->buffer->element;
    const size_t size = element_size(element);
    const size_t span = span_of(view);
    const char *found = checked->images[0];
    const char *expected = checked->images[1];
    if (!is_output && memcmp(found, expected, span * size) == 0)
        return;
    for (size_t i = 0; i < span; ++i) {
        const size_t col = i % view->ld;
        if (is_output && col < view->cols) {
            i += view->cols - col - 1;
            continue;
        }
        if (memcmp(found + i * size, expected + i * size, size) == 0)
            continue;
        checked->sink.take_stray(checked->sink.user, call,
                                 &(gm_check_stray){
                                     .tensor = o->info->name,
                                     .row = i / view->ld,
                                     .col = col,
                                     .found = image_value(found, element, i),
                                     .expected = image_value(expected, element, i),
                                     .is_output = is_output,
                                 });
        return;
    }
}

/* What the device is about to read must be what was written there last. What it really holds is
 * copied to the mirrors, so that a damage is reported once and not as a wrong result. */
static gemlet_status read_inputs(checked_backend *checked, gm_check_call *call)
{
    for (unsigned i = 0; i < call->op->n_operands; ++i) {
        gm_check_operand *o = &call->operands[i];
        if (o->n == 0 || !is_read(o->info->role))
            continue;
        if (((const checked_buffer *)o->view.buffer)->was_written) {
            const size_t size = element_size(o->view.buffer->element);
            GEMLET_TRY(download_span(checked, &o->view, DEVICE, checked->images[0]));
            GEMLET_TRY(download_span(checked, &o->view, CPU, checked->images[1]));
            look_for_stray(checked, call, o, 0);
            if (memcmp(checked->images[0], checked->images[1], span_of(&o->view) * size) != 0) {
                for (side s = REFERENCE; s < N_SIDES; ++s)
                    GEMLET_TRY(gm_backend_upload(checked->sides[s], on_side(o->view.buffer, s),
                                                 o->view.offset, span_of(&o->view),
                                                 checked->images[0]));
            }
        }
        GEMLET_TRY(fetch(checked, o->before, &o->view, REFERENCE));
        for (size_t k = 0; o->doubt != NULL && k < o->n; ++k)
            o->doubt[k] =
                doubt_of(o)[o->view.offset + k / o->view.cols * o->view.ld + k % o->view.cols];
    }
    return GEMLET_OK;
}

/* ---- outputs -------------------------------------------------------------------------------- */

static int takes_place_of_input(const gm_check_call *call, const gm_matrix *view)
{
    for (unsigned i = 0; i < call->op->n_operands; ++i) {
        const gm_check_operand *o = &call->operands[i];
        if (is_read(o->info->role) && o->view.buffer == view->buffer &&
            o->view.offset == view->offset)
            return 1;
    }
    return 0;
}

/* Fills the elements of the outputs on the device with NaN (all bits set, for integers too). */
static gemlet_status poison_outputs(checked_backend *checked, const gm_check_call *call)
{
    for (unsigned i = 0; i < call->op->n_operands; ++i) {
        const gm_check_operand *o = &call->operands[i];
        if (o->n == 0 || o->info->role != GM_ROLE_OUTPUT || takes_place_of_input(call, &o->view))
            continue;
        const size_t size = element_size(o->view.buffer->element);
        GEMLET_TRY(download_span(checked, &o->view, CPU, checked->images[0]));
        for (size_t row = 0; row < o->view.rows; ++row)
            memset((char *)checked->images[0] + row * o->view.ld * size, 0xff, o->view.cols * size);
        GEMLET_TRY(gm_backend_upload(checked->sides[DEVICE], on_side(o->view.buffer, DEVICE),
                                     o->view.offset, span_of(&o->view), checked->images[0]));
    }
    return GEMLET_OK;
}

/* Puts `values` in place of an output on the sides before `end`. */
static gemlet_status replace_output(checked_backend *checked, const gm_check_operand *o,
                                    const double *values, side end)
{
    GEMLET_TRY(download_span(checked, &o->view, DEVICE, checked->images[0]));
    unpack(checked->images[0], values, &o->view);
    for (side s = DEVICE; s < end; ++s)
        GEMLET_TRY(gm_backend_upload(checked->sides[s], on_side(o->view.buffer, s), o->view.offset,
                                     span_of(&o->view), checked->images[0]));
    return GEMLET_OK;
}

/* Has the outputs handed in. *has_hidden = 1 if something of them is hidden. */
static gemlet_status perform_elsewhere(checked_backend *checked, gm_check_call *call,
                                       int *has_hidden)
{
    GEMLET_TRY(checked->sink.perform(checked->sink.user, call));
    for (unsigned i = 0; i < call->op->n_operands; ++i) {
        const gm_check_operand *o = &call->operands[i];
        if (o->n == 0 || !is_written(o->info->role))
            continue;
        *has_hidden |= o->n_hidden > 0;
        if (o->n_hidden == 0)
            GEMLET_TRY(replace_output(checked, o, o->got, REFERENCE));
    }
    return GEMLET_OK;
}

/* Of what is hidden all sides get what the reference calculated, rounded to float; the doubt is the
 * bound and this rounding. Where the calculation leaves the range of float nothing is known. */
static gemlet_status take_hidden(checked_backend *checked, gm_check_operand *o)
{
    checked_buffer *buffer = (checked_buffer *)o->view.buffer;
    if (buffer->doubt == NULL)
        GEMLET_TRY(GM_ALLOC(buffer->doubt, buffer->base.length, "doubt of hidden values"));
    for (size_t k = 0; k < o->n; ++k) {
        const double rounding = GM_UNIT_ROUNDOFF * fabs(o->ref[k]) + GM_UNDERFLOW;
        const double doubt = k < o->n_hidden ? o->bound[k] + rounding : 0;
        buffer->doubt[o->view.offset + k / o->view.cols * o->view.ld + k % o->view.cols] =
            isfinite(doubt) ? doubt : (double)INFINITY;
        if (k < o->n_hidden)
            o->got[k] = o->ref[k];
    }
    GEMLET_TRY(replace_output(checked, o, o->got, N_SIDES));
    buffer->was_written = 1;
    if (o->n_hidden == o->n)
        o->got = NULL;
    return GEMLET_OK;
}

static gemlet_status run_references(checked_backend *checked, gm_check_call *call)
{
    GEMLET_TRY(run_on(checked, call, REFERENCE));
    GEMLET_TRY(run_on(checked, call, CPU));
    for (unsigned i = 0; i < call->op->n_operands; ++i) {
        gm_check_operand *o = &call->operands[i];
        if (o->n == 0 || !is_written(o->info->role))
            continue;
        GEMLET_TRY(fetch(checked, o->ref, &o->view, REFERENCE));
        GEMLET_TRY(fetch(checked, o->cpu, &o->view, CPU));
    }
    return gm_bounds_set(call);
}

/* What is shown is beyond doubt, whatever lay in its place. */
static void clear_doubt(const gm_check_operand *o)
{
    double *doubt = ((checked_buffer *)o->view.buffer)->doubt;
    for (size_t row = 0; doubt != NULL && row < o->view.rows; ++row)
        memset(doubt + o->view.offset + row * o->view.ld, 0, o->view.cols * sizeof *doubt);
}

/* Takes the outputs from the device and hands them to the mirrors. */
static gemlet_status take_outputs(checked_backend *checked, gm_check_call *call)
{
    for (unsigned i = 0; i < call->op->n_operands; ++i) {
        gm_check_operand *o = &call->operands[i];
        if (o->n == 0 || !is_written(o->info->role))
            continue;
        if (o->n_hidden > 0) {
            GEMLET_TRY(take_hidden(checked, o));
            continue;
        }
        GEMLET_TRY(download_span(checked, &o->view, DEVICE, checked->images[0]));
        GEMLET_TRY(download_span(checked, &o->view, CPU, checked->images[1]));
        look_for_stray(checked, call, o, 1);
        pack(o->got, checked->images[0], &o->view);
        for (side s = REFERENCE; s < N_SIDES; ++s)
            GEMLET_TRY(gm_backend_upload(checked->sides[s], on_side(o->view.buffer, s),
                                         o->view.offset, span_of(&o->view), checked->images[0]));
        ((checked_buffer *)o->view.buffer)->was_written = 1;
        clear_doubt(o);
    }
    return GEMLET_OK;
}

static gemlet_status run_checked(gm_backend *backend, const gm_op *op, const void *args)
{
    checked_backend *checked = (checked_backend *)backend;
    gm_check_call call;
    gm_check_describe(&call, op, args);
    GEMLET_TRY(make_room(checked, &call));
    GEMLET_TRY(read_inputs(checked, &call));
    int has_hidden = 0;
    if (checked->sink.perform != NULL) {
        GEMLET_TRY(perform_elsewhere(checked, &call, &has_hidden));
    } else {
        GEMLET_TRY(poison_outputs(checked, &call));
        GEMLET_TRY(run_on(checked, &call, DEVICE));
    }
    const int is_wanted = checked->sink.wants(checked->sink.user, &call);
    if (is_wanted || has_hidden)
        GEMLET_TRY(run_references(checked, &call));
    GEMLET_TRY(take_outputs(checked, &call));
    return is_wanted ? checked->sink.take(checked->sink.user, &call) : GEMLET_OK;
}

/* ---- the table ------------------------------------------------------------------------------ */

#define CHECKED(op)                                                                                \
    static gemlet_status op(gm_backend *backend, const gm_##op##_args *args)                       \
    {                                                                                              \
        return run_checked(backend, &gm_op_##op, args);                                            \
    }

GM_OPS(CHECKED)

#define SLOT(op) .op = op,
static const gm_backend_ops checked_ops = {
    .alloc = alloc_buffer,
    .free = free_buffer,
    .upload = upload,
    .download = download,
    .download_double = download_double,
    .sync = sync,
    GM_OPS(SLOT).destroy = destroy,
};

gemlet_status gm_checked_backend_create(gm_backend **out, gm_backend *device, gm_backend *reference,
                                        gm_backend *cpu, const gm_check_sink *sink)
{
    *out = NULL;
    checked_backend *checked;
    GEMLET_TRY(GM_ALLOC(checked, 1, "checked backend"));
    checked->base.ops = &checked_ops;
    checked->base.info = device->info;
    checked->base.gemm_name = device->gemm_name;
    checked->base.data_limit = device->data_limit;
    checked->sides[DEVICE] = device;
    checked->sides[REFERENCE] = reference;
    checked->sides[CPU] = cpu;
    checked->sink = *sink;
    *out = &checked->base;
    return GEMLET_OK;
}
