/* SPDX-License-Identifier: MIT
 * Runs one case of an operation test; see op_case.h for what is checked. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/compare.h"
#include "support/op_case.h"
#include "verify/bounds.h"

/* Elements before and behind every view; a multiple of GM_ALIGNMENT. */
#define N_GUARDS 64u

/* What guards hold and what outputs hold before the call. For floats both are NaN, so that a guard
 * that is read into a result shows, and so does an element that is never written. */
#define GUARD_BITS  UINT32_C(0x7fd5a5a5)
#define POISON_BITS UINT32_C(0x7fc12345)

/* Outputs of fewer elements need not have spread or non-zero elements by chance. */
#define MIN_PLAIN_CHECK   64u
#define MAX_ZERO_FRACTION 0.7

const char *op_layout_name(op_layout layout)
{
    static const char *const names[OP_N_LAYOUTS] = {"aligned", "tight", "gapped"};
    return names[layout];
}

/* The first failure is the one that is reported. */
static void fail(op_result *result, const char *format, ...) GM_PRINTF(2, 3);
static void fail(op_result *result, const char *format, ...)
{
    if (result->verdict == OP_FAILED)
        return;
    result->verdict = OP_FAILED;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(result->reason, sizeof result->reason, format, arguments);
    va_end(arguments);
}

static size_t element_size(gm_element element)
{
    return element == GM_U8 ? 1 : 4;
}

static void lay_out(op_case *c)
{
    for (unsigned i = 0; i < c->n_tensors; ++i) {
        op_tensor *t = &c->tensors[i];
        t->offset = N_GUARDS;
        t->ld = t->cols;
        if (c->layout == OP_LAYOUT_ALIGNED)
            t->ld = (t->ld + GM_ALIGNMENT - 1) / GM_ALIGNMENT * GM_ALIGNMENT;
        if (c->layout == OP_LAYOUT_TIGHT)
            t->offset += 1 + 3 * i;
        if (c->layout == OP_LAYOUT_GAPPED) {
            t->offset += i % 2 == 0 ? 0 : 7;
            t->ld += 3 + i;
        }
        t->length = t->offset + (size_t)t->rows * t->ld + N_GUARDS;
    }
}

/* Puts the value with index i of a tensor into an image of elements. */
static void put(void *image, gm_element element, size_t position, double value)
{
    if (element == GM_U8)
        ((uint8_t *)image)[position] = (uint8_t)value;
    else if (element == GM_U32)
        ((uint32_t *)image)[position] = (uint32_t)value;
    else
        ((float *)image)[position] = (float)value;
}

static double get(const void *image, gm_element element, size_t position)
{
    if (element == GM_U8)
        return (double)((const uint8_t *)image)[position];
    if (element == GM_U32)
        return (double)((const uint32_t *)image)[position];
    return (double)((const float *)image)[position];
}

static void put_bits(void *image, gm_element element, size_t position, uint32_t bits)
{
    memcpy((unsigned char *)image + position * element_size(element), &bits, element_size(element));
}

static void build_image(op_tensor *t)
{
    t->image = malloc(t->length * element_size(t->element));
    if (t->image == NULL)
        abort();
    for (size_t i = 0; i < t->length; ++i)
        put_bits(t->image, t->element, i, GUARD_BITS);
    for (size_t row = 0; row < t->rows; ++row) {
        for (size_t col = 0; col < t->cols; ++col) {
            const size_t position = t->offset + row * t->ld + col;
            if (t->role == OP_OUTPUT)
                put_bits(t->image, t->element, position, POISON_BITS);
            else
                put(t->image, t->element, position, t->initial[row * t->cols + col]);
        }
    }
}

static gemlet_status make_reference(op_tensor *t, gm_backend *reference)
{
    const size_t n = op_size(t);
    GEMLET_TRY(gm_backend_alloc(reference, &t->buffers[OP_REFERENCE], t->element, n, t->name));
    if (t->role == OP_OUTPUT)
        return GEMLET_OK;
    void *values = malloc(n * element_size(t->element));
    if (values == NULL)
        abort();
    for (size_t i = 0; i < n; ++i)
        put(values, t->element, i, t->initial[i]);
    const gemlet_status status =
        gm_backend_upload(reference, t->buffers[OP_REFERENCE], 0, n, values);
    free(values);
    return status;
}

static gemlet_status run_reference(op_case *c, gm_backend *reference)
{
    for (unsigned i = 0; i < c->n_tensors; ++i) {
        if (!c->tensors[i].is_none)
            GEMLET_TRY(make_reference(&c->tensors[i], reference));
    }
    gm_any_args args;
    op_fill_args(c, OP_REFERENCE, &args);
    GEMLET_TRY(c->op->op->run(reference, &args));
    for (unsigned i = 0; i < c->n_tensors; ++i) {
        op_tensor *t = &c->tensors[i];
        if (t->role == OP_INPUT)
            continue;
        const size_t n = op_size(t);
        if (t->element == GM_REAL) {
            GEMLET_TRY(
                gm_backend_download_double(reference, t->buffers[OP_REFERENCE], 0, n, t->ref));
            continue;
        }
        uint32_t *values = calloc(n, sizeof *values);
        if (values == NULL)
            abort();
        const gemlet_status status =
            gm_backend_download(reference, t->buffers[OP_REFERENCE], 0, n, values);
        for (size_t k = 0; k < n; ++k)
            t->ref[k] = get(values, t->element, k);
        free(values);
        GEMLET_TRY(status);
    }
    return GEMLET_OK;
}

/* The reference must be able to show a mistake: its elements differ and most are not zero. */
static void check_spread(op_result *result, const op_tensor *t)
{
    const size_t n = op_size(t);
    if (t->may_be_plain || n < MIN_PLAIN_CHECK)
        return;
    size_t n_zeros = 0;
    size_t n_equal = 0;
    for (size_t i = 0; i < n; ++i) {
        n_zeros += t->ref[i] == 0;
        n_equal += t->ref[i] == t->ref[0];
    }
    if (n_equal == n)
        fail(result, "%s: mistrusted: all elements of the reference are equal", t->name);
    else if ((double)n_zeros > MAX_ZERO_FRACTION * (double)n)
        fail(result, "%s: mistrusted: most elements of the reference are zero", t->name);
}

static gemlet_status upload_images(op_case *c, gm_backend *device)
{
    for (unsigned i = 0; i < c->n_tensors; ++i) {
        op_tensor *t = &c->tensors[i];
        if (!t->is_none && t->alias < 0)
            GEMLET_TRY(gm_backend_upload(device, t->buffers[OP_DEVICE], 0, t->length, t->image));
    }
    return GEMLET_OK;
}

static int lies_in_view(const op_tensor *t, size_t position)
{
    if (position < t->offset)
        return 0;
    const size_t relative = position - t->offset;
    return relative / t->ld < t->rows && relative % t->ld < t->cols;
}

/* Everything that is not an output has the bits it had before. `after` is the image of the buffer
 * of t; `is_written` says that the view itself is an output, of t or of an alias. */
static void check_untouched(op_result *result, const op_tensor *t, const void *after,
                            int is_written)
{
    const size_t size = element_size(t->element);
    if (!is_written && memcmp(t->image, after, t->length * size) == 0)
        return;
    for (size_t i = 0; i < t->length; ++i) {
        const int in_view = lies_in_view(t, i);
        if (in_view && is_written)
            continue;
        if (memcmp((const char *)t->image + i * size, (const char *)after + i * size, size) == 0)
            continue;
        const size_t place = i < t->offset ? 0 : i - t->offset;
        fail(result, "%s: %s at element %zd (row %zu, column %zu)", t->name,
             in_view ? "input changed" : "write outside the view",
             (ptrdiff_t)i - (ptrdiff_t)t->offset, place / t->ld, place % t->ld);
        return;
    }
}

static void check_values(op_result *result, op_tensor *t, const op_tensor *place, const void *after)
{
    for (size_t row = 0; row < t->rows; ++row) {
        for (size_t col = 0; col < t->cols; ++col)
            t->got[row * t->cols + col] =
                get(after, t->element, place->offset + row * place->ld + col);
    }
    const size_t n = op_size(t);
    const comparison outcome = compare(t->got, t->ref, t->bound, n, t->nan_allowed);
    if (outcome.worst > result->worst) {
        result->worst = outcome.worst;
        result->worst_tensor = t->name;
    }
    if (outcome.n_wrong == 0)
        return;
    const size_t i = outcome.first_wrong;
    fail(result, "%s: %zu of %zu wrong, first at row %zu, column %zu: %.9g, expected %.9g +- %.3g",
         t->name, outcome.n_wrong, n, i / t->cols, i % t->cols, t->got[i], t->ref[i], t->bound[i]);
}

static int is_written_by(const op_case *c, unsigned index)
{
    if (c->tensors[index].role != OP_INPUT)
        return 1;
    for (unsigned i = 0; i < c->n_tensors; ++i) {
        if (c->tensors[i].alias == (int)index)
            return 1;
    }
    return 0;
}

/* Downloads every buffer and checks it. On the first pass values are checked and the images are
 * kept in `firsts`; on the second they must be the same. */
static gemlet_status check_buffers(op_case *c, gm_backend *device, void **firsts, int is_repetition,
                                   op_result *result)
{
    for (unsigned i = 0; i < c->n_tensors; ++i) {
        op_tensor *t = &c->tensors[i];
        if (t->is_none || t->alias >= 0)
            continue;
        const size_t n_bytes = t->length * element_size(t->element);
        void *after = malloc(n_bytes);
        if (after == NULL)
            abort();
        const gemlet_status status =
            gm_backend_download(device, t->buffers[OP_DEVICE], 0, t->length, after);
        if (status != GEMLET_OK) {
            free(after);
            return status;
        }
        if (is_repetition) {
            if (memcmp(firsts[i], after, n_bytes) != 0)
                fail(result, "%s: a second run gives other bits", t->name);
            free(after);
        } else {
            firsts[i] = after;
            check_untouched(result, t, after, is_written_by(c, i));
        }
    }
    for (unsigned i = 0; !is_repetition && i < c->n_tensors; ++i) {
        op_tensor *t = &c->tensors[i];
        const unsigned place = t->alias >= 0 ? (unsigned)t->alias : i;
        if (t->role != OP_INPUT)
            check_values(result, t, &c->tensors[place], firsts[place]);
    }
    return GEMLET_OK;
}

static gemlet_status run_device(op_case *c, gm_backend *device, op_result *result)
{
    for (unsigned i = 0; i < c->n_tensors; ++i) {
        op_tensor *t = &c->tensors[i];
        if (t->is_none || t->alias >= 0)
            continue;
        build_image(t);
        GEMLET_TRY(
            gm_backend_alloc(device, &t->buffers[OP_DEVICE], t->element, t->length, t->name));
    }
    void *firsts[GM_OP_MAX_OPERANDS] = {NULL};
    gm_any_args args;
    gemlet_status status = GEMLET_OK;
    op_fill_args(c, OP_DEVICE, &args);
    for (int run = 0; run < 2; ++run) {
        GEMLET_TRY_CLEANUP(status, upload_images(c, device));
        GEMLET_TRY_CLEANUP(status, c->op->op->run(device, &args));
        GEMLET_TRY_CLEANUP(status, check_buffers(c, device, firsts, run > 0, result));
    }
cleanup:
    for (unsigned i = 0; i < GM_OP_MAX_OPERANDS; ++i)
        free(firsts[i]);
    return status;
}

/* Names the random stream of a case, so that a case run alone has the data it has among others. */
static uint32_t hash_case(const op_case *c)
{
    char text[256];
    snprintf(text, sizeof text, "%s/%s/%u/%u/%u", c->op->op->name, c->variant->name,
             (unsigned)c->dims[0], (unsigned)c->dims[1], (unsigned)c->dims[2]);
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (const char *letter = text; *letter != '\0'; ++letter)
        hash = (hash ^ (unsigned char)*letter) * 16777619u;
    return hash;
}

static void release(op_case *c, gm_backend *device, gm_backend *reference)
{
    for (unsigned i = 0; i < c->n_tensors; ++i) {
        op_tensor *t = &c->tensors[i];
        gm_backend_free(device, t->buffers[OP_DEVICE]);
        gm_backend_free(reference, t->buffers[OP_REFERENCE]);
        free(t->initial);
        free(t->ref);
        free(t->got);
        free(t->bound);
        free(t->image);
    }
    c->n_tensors = 0;
}

/* The inputs and the reference's results are there. */
static gemlet_status set_bounds(op_case *c)
{
    gm_any_args args;
    gm_check_call call;
    op_fill_args(c, OP_REFERENCE, &args);
    gm_check_describe(&call, c->op->op, &args);
    for (unsigned i = 0; i < c->n_tensors; ++i) {
        const op_tensor *t = &c->tensors[i];
        if (t->is_none)
            continue;
        call.operands[i].before = t->initial;
        call.operands[i].ref = t->ref;
        call.operands[i].bound = t->bound;
    }
    GEMLET_TRY(gm_bounds_set(&call));
    if (c->op->narrow_bounds != NULL)
        c->op->narrow_bounds(c);
    return GEMLET_OK;
}

static gemlet_status run_checks(op_case *c, gm_backend *device, gm_backend *reference,
                                op_result *result)
{
    GEMLET_TRY(run_reference(c, reference));
    GEMLET_TRY(set_bounds(c));
    for (unsigned i = 0; i < c->n_tensors; ++i) {
        op_tensor *t = &c->tensors[i];
        if (t->role != OP_INPUT)
            check_spread(result, t);
    }
    return run_device(c, device, result);
}

op_result op_run(op_case *c, gm_backend *device, gm_backend *reference)
{
    op_result result = {.verdict = OP_PASSED, .worst_tensor = "-"};
    gm_rng_init(&c->rng, c->seed, GM_RNG_TEST, hash_case(c));
    if (!c->op->prepare(c)) {
        release(c, device, reference);
        result.verdict = OP_ABSENT;
        return result;
    }
    lay_out(c);
    const gemlet_status status = run_checks(c, device, reference, &result);
    if (status != GEMLET_OK)
        fail(&result, "%s: %s", gemlet_status_name(status), gemlet_last_error());
    release(c, device, reference);
    return result;
}
