/* SPDX-License-Identifier: MIT
 * The checked calls of backend.h: what every operation demands of its operands is tested here once,
 * so that the backends need not.
 *
 * A check lists the operands of a call. The first thing wrong is recorded in check.status and
 * everything after it is skipped, so that the functions at the end read as a list of demands. */
#include "backend/backend.h"

#include <stdio.h>

#include "backend/observer.h"
#include "backend/op_cost.h"
#include "core/memory.h"

/* The longest list is bn_act_bwd's. */
#define MAX_OPERANDS 9

typedef enum operand_access {
    READ,
    WRITTEN
} operand_access;

/* One view of a call, as the elements [begin, end) of its buffer. A matrix counts with the gaps
 * between its rows: matrices side by side in one buffer are not told apart from overlapping ones.
 */
typedef struct operand {
    const char *name;
    const gm_buffer *buffer;
    operand_access access;
    size_t begin;
    size_t end;
    size_t ld; /* 1 for a vector */
    gemlet_dim rows;
    gemlet_dim cols;
    int is_shape; /* 1: its extents tell an observer how large the operation is */
} operand;

typedef struct check {
    const char *op;
    gemlet_status status;
    operand operands[MAX_OPERANDS];
    unsigned n_operands;
} check;

static check begin_check(const char *op, const gm_backend *backend, const void *args)
{
    check c = {.op = op, .status = GEMLET_OK};
    if (backend == NULL || args == NULL)
        c.status = gm_error(GEMLET_E_ARGUMENT, "%s: %s is NULL", op,
                            backend == NULL ? "the backend" : "the list of arguments");
    return c;
}

static const char *element_name(gm_element element)
{
    switch (element) {
    case GM_U8:
        return "U8";
    case GM_U32:
        return "U32";
    case GM_REAL:
        break;
    }
    return "REAL";
}

static void check_element(check *c, const char *name, const gm_buffer *buffer, gm_element expected)
{
    if (c->status == GEMLET_OK && buffer->element != expected)
        c->status = gm_error(GEMLET_E_ARGUMENT, "%s: %s holds %s elements, expected %s", c->op,
                             name, element_name(buffer->element), element_name(expected));
}

/* 1 if offset + (rows - 1) * ld + cols fits into size_t; *end is that sum. */
static int find_end(size_t *end, size_t offset, size_t rows, size_t ld, size_t cols)
{
    if (rows > 1 && ld > (SIZE_MAX - cols) / (rows - 1))
        return 0;
    const size_t span = (rows - 1) * ld + cols;
    if (span > SIZE_MAX - offset)
        return 0;
    *end = offset + span;
    return 1;
}

static void add_operand(check *c, operand added)
{
    if (c->status == GEMLET_OK)
        c->operands[c->n_operands++] = added;
}

/* A matrix whose element type the caller has checked or leaves open. */
static void add_any_matrix(check *c, const char *name, const gm_matrix *m, operand_access access)
{
    if (c->status != GEMLET_OK)
        return;
    size_t end = 0;
    if (m->buffer == NULL)
        c->status = gm_error(GEMLET_E_ARGUMENT, "%s: %s has no buffer", c->op, name);
    else if (m->rows == 0 || m->cols == 0)
        c->status = gm_error(GEMLET_E_SHAPE, "%s: %s is %ux%u, expected at least 1x1", c->op, name,
                             (unsigned)m->rows, (unsigned)m->cols);
    else if (m->ld < m->cols)
        c->status = gm_error(
            GEMLET_E_SHAPE, "%s: %s is %ux%u with leading dimension %zu, expected at least %u",
            c->op, name, (unsigned)m->rows, (unsigned)m->cols, m->ld, (unsigned)m->cols);
    else if (!find_end(&end, m->offset, m->rows, m->ld, m->cols) || end > m->buffer->length)
        c->status = gm_error(
            GEMLET_E_SHAPE,
            "%s: %s is %ux%u at offset %zu with leading dimension %zu, its buffer ends after %zu",
            c->op, name, (unsigned)m->rows, (unsigned)m->cols, m->offset, m->ld, m->buffer->length);
    add_operand(c, (operand){name, m->buffer, access, m->offset, end, m->ld, m->rows, m->cols, 0});
}

static void add_matrix(check *c, const char *name, const gm_matrix *m, operand_access access)
{
    add_any_matrix(c, name, m, access);
    if (c->status != GEMLET_OK)
        return;
    c->operands[c->n_operands - 1].is_shape = 1;
    check_element(c, name, m->buffer, GM_REAL);
}

/* A vector that must have `length` elements, as `reason` says. */
static void add_vector(check *c, const char *name, const gm_vector *v, gm_element element,
                       size_t length, const char *reason, operand_access access)
{
    if (c->status != GEMLET_OK)
        return;
    size_t end = 0;
    if (v->buffer == NULL)
        c->status = gm_error(GEMLET_E_ARGUMENT, "%s: %s has no buffer", c->op, name);
    else if (v->length != length)
        c->status = gm_error(GEMLET_E_SHAPE, "%s: %s has length %zu, expected %zu (%s)", c->op,
                             name, v->length, length, reason);
    else if (v->length == 0)
        c->status = gm_error(GEMLET_E_SHAPE, "%s: %s is empty", c->op, name);
    else if (!find_end(&end, v->offset, 1, 1, v->length) || end > v->buffer->length)
        c->status = gm_error(GEMLET_E_SHAPE,
                             "%s: %s has length %zu at offset %zu, its buffer ends after %zu",
                             c->op, name, v->length, v->offset, v->buffer->length);
    else
        check_element(c, name, v->buffer, element);
    add_operand(c, (operand){name, v->buffer, access, v->offset, end, 1, 1, 0, 0});
}

/* The same where "none" is allowed. */
static void add_optional_vector(check *c, const char *name, const gm_vector *v, gm_element element,
                                size_t length, const char *reason, operand_access access)
{
    if (v->buffer != NULL)
        add_vector(c, name, v, element, length, reason, access);
}

/* Demands a relation between the extents of two matrices. */
static void demand_shapes(check *c, int holds, const char *name_a, const gm_matrix *a,
                          const char *name_b, const gm_matrix *b, const char *otherwise)
{
    if (c->status == GEMLET_OK && !holds)
        c->status = gm_error(GEMLET_E_SHAPE, "%s: %s is %ux%u, %s is %ux%u: %s", c->op, name_a,
                             (unsigned)a->rows, (unsigned)a->cols, name_b, (unsigned)b->rows,
                             (unsigned)b->cols, otherwise);
}

static void demand_equal_shapes(check *c, const char *name_a, const gm_matrix *a,
                                const char *name_b, const gm_matrix *b)
{
    demand_shapes(c, a->rows == b->rows && a->cols == b->cols, name_a, a, name_b, b,
                  "expected equal shapes");
}

static void demand_activation(check *c, gemlet_activation activation)
{
    if (c->status != GEMLET_OK)
        return;
    switch (activation) {
    case GEMLET_ACTIVATION_IDENTITY:
    case GEMLET_ACTIVATION_RELU:
    case GEMLET_ACTIVATION_SIGMOID:
    case GEMLET_ACTIVATION_TANH:
        return;
    }
    c->status =
        gm_error(GEMLET_E_ARGUMENT, "%s: there is no activation %d", c->op, (int)activation);
}

/* Demands low <= value <= high, which no NaN satisfies. */
static void demand_between(check *c, const char *name, double value, double low, double high)
{
    if (c->status == GEMLET_OK && !(value >= low && value <= high))
        c->status = gm_error(GEMLET_E_ARGUMENT, "%s: %s is %g, expected %g to %g", c->op, name,
                             value, low, high);
}

static int is_same_view(const operand *a, const operand *b)
{
    return a->begin == b->begin && a->end == b->end && a->ld == b->ld;
}

static int is_pair(const operand *a, const operand *b, const char *name_a, const char *name_b)
{
    return (a->name == name_a && b->name == name_b) || (a->name == name_b && b->name == name_a);
}

/* Demands that nothing written overlaps anything else, except that the operands named by `output`
 * and `input` (both NULL: no exception) may be the same view. Operands that are only read may
 * overlap: no operation can tell. */
static void demand_apart(check *c, const char *output, const char *input)
{
    for (unsigned i = 0; i < c->n_operands; ++i) {
        for (unsigned j = i + 1; j < c->n_operands && c->status == GEMLET_OK; ++j) {
            const operand *a = &c->operands[i];
            const operand *b = &c->operands[j];
            if (a->buffer != b->buffer || a->begin >= b->end || b->begin >= a->end)
                continue;
            if (a->access == READ && b->access == READ)
                continue;
            const int exempt = output != NULL && is_pair(a, b, output, input);
            if (exempt && is_same_view(a, b))
                continue;
            c->status = gm_error(GEMLET_E_ARGUMENT, "%s: %s and %s overlap%s", c->op, a->name,
                                 b->name, exempt ? " without being the same view" : "");
        }
    }
}

/* Tells the extents of what is read (of x, where that is a data set), each once. */
static void tell_observer(const check *c, const gm_backend *backend, gm_op_cost cost)
{
    char shape[96] = "";
    size_t length = 0;
    const gm_observer *observer = backend->observer;
    if (observer == NULL)
        return;
    for (unsigned i = 0; i < c->n_operands; ++i) {
        const operand *o = &c->operands[i];
        int is_shown = o->is_shape && (o->access == READ || length == 0);
        for (unsigned k = 0; k < i; ++k)
            is_shown &= !c->operands[k].is_shape || c->operands[k].rows != o->rows ||
                        c->operands[k].cols != o->cols;
        if (is_shown)
            length += (size_t)snprintf(shape + length, sizeof shape - length, "%s%ux%u",
                                       length > 0 ? " " : "", (unsigned)o->rows, (unsigned)o->cols);
    }
    if (length == 0) /* vectors only */
        snprintf(shape, sizeof shape, "%zu", c->operands[0].end - c->operands[0].begin);
    observer->on_operation(observer->user, c->op, shape, cost);
}

/* ---- memory --------------------------------------------------------------------------------- */

gemlet_status gm_backend_alloc(gm_backend *backend, gm_buffer **out, gm_element element,
                               size_t length, const char *what)
{
    if (backend == NULL || out == NULL)
        return gm_error(GEMLET_E_ARGUMENT, "alloc: %s is NULL",
                        backend == NULL ? "the backend" : "the result");
    *out = NULL;
    if (what == NULL)
        what = "buffer";
    if (element != GM_REAL && element != GM_U8 && element != GM_U32)
        return gm_error(GEMLET_E_ARGUMENT, "%s: there is no element type %d", what, (int)element);
    if (length == 0)
        return gm_error(GEMLET_E_SHAPE, "%s: no elements, expected at least 1", what);
    /* The slack and the widest element, so that no backend can overflow. */
    size_t n_bytes;
    GEMLET_TRY(gm_checked_add(&n_bytes, length, GM_BUFFER_SLACK, what));
    GEMLET_TRY(gm_checked_mul(&n_bytes, n_bytes, sizeof(double), what));
    return backend->ops->alloc(backend, out, element, length, what);
}

void gm_backend_free(gm_backend *backend, gm_buffer *buffer)
{
    if (backend != NULL && buffer != NULL)
        backend->ops->free(backend, buffer);
}

static gemlet_status check_transfer(const char *op, const gm_backend *backend,
                                    const gm_buffer *buffer, size_t offset, size_t length,
                                    const void *values)
{
    if (backend == NULL || buffer == NULL || (values == NULL && length > 0))
        return gm_error(GEMLET_E_ARGUMENT, "%s: %s is NULL", op,
                        backend == NULL  ? "the backend"
                        : buffer == NULL ? "the buffer"
                                         : "the host memory");
    if (offset > buffer->length || length > buffer->length - offset)
        return gm_error(GEMLET_E_SHAPE, "%s: %zu elements at offset %zu of a buffer of %zu", op,
                        length, offset, buffer->length);
    return GEMLET_OK;
}

gemlet_status gm_backend_upload(gm_backend *backend, gm_buffer *buffer, size_t offset,
                                size_t length, const void *values)
{
    GEMLET_TRY(check_transfer("upload", backend, buffer, offset, length, values));
    return length == 0 ? GEMLET_OK : backend->ops->upload(backend, buffer, offset, length, values);
}

gemlet_status gm_backend_download(gm_backend *backend, const gm_buffer *buffer, size_t offset,
                                  size_t length, void *values)
{
    GEMLET_TRY(check_transfer("download", backend, buffer, offset, length, values));
    return length == 0 ? gm_backend_sync(backend)
                       : backend->ops->download(backend, buffer, offset, length, values);
}

gemlet_status gm_backend_download_double(gm_backend *backend, const gm_buffer *buffer,
                                         size_t offset, size_t length, double *values)
{
    GEMLET_TRY(check_transfer("download_double", backend, buffer, offset, length, values));
    if (buffer->element != GM_REAL)
        return gm_error(GEMLET_E_ARGUMENT,
                        "download_double: the buffer holds %s elements, expected REAL",
                        element_name(buffer->element));
    return length == 0 ? gm_backend_sync(backend)
                       : backend->ops->download_double(backend, buffer, offset, length, values);
}

gemlet_status gm_backend_sync(gm_backend *backend)
{
    if (backend == NULL)
        return gm_error(GEMLET_E_ARGUMENT, "sync: the backend is NULL");
    return backend->ops->sync(backend);
}

gemlet_status gm_backend_next_gemm(gm_backend *backend)
{
    if (backend->ops->next_gemm == NULL)
        return gm_error(GEMLET_E_DEVICE, "device %s: no other GEMM than %s", backend->info.name,
                        backend->gemm_name);
    return backend->ops->next_gemm(backend);
}

gemlet_status gm_backend_tune(gm_backend *backend, const gm_tuning *tuning)
{
    if (backend->ops->tune == NULL)
        return gm_error(GEMLET_E_DEVICE, "device %s: nothing can be tuned", backend->info.name);
    return backend->ops->tune(backend, tuning);
}

void gm_backend_destroy(gm_backend *backend)
{
    if (backend != NULL)
        backend->ops->destroy(backend);
}

/* ---- operations ----------------------------------------------------------------------------- */

gemlet_status gm_gather_batch(gm_backend *backend, const gm_gather_batch_args *args)
{
    check c = begin_check("gather_batch", backend, args);
    GEMLET_TRY(c.status);
    add_any_matrix(&c, "features", &args->features, READ);
    if (c.status == GEMLET_OK && args->features.buffer->element != GM_U8)
        check_element(&c, "features", args->features.buffer, GM_REAL);
    add_matrix(&c, "x", &args->x, WRITTEN);
    demand_shapes(&c, args->features.cols == args->x.cols, "features", &args->features, "x",
                  &args->x, "numbers of columns differ");
    add_vector(&c, "order", &args->order, GM_U32, args->x.rows, "rows of x", READ);
    if (c.status == GEMLET_OK &&
        (args->labels.buffer == NULL) != (args->batch_labels.buffer == NULL))
        c.status = gm_error(GEMLET_E_ARGUMENT, "%s: %s has no buffer, but %s has", c.op,
                            args->labels.buffer == NULL ? "labels" : "batch_labels",
                            args->labels.buffer == NULL ? "batch_labels" : "labels");
    add_optional_vector(&c, "labels", &args->labels, GM_U32, args->features.rows,
                        "rows of features", READ);
    add_optional_vector(&c, "batch_labels", &args->batch_labels, GM_U32, args->x.rows, "rows of x",
                        WRITTEN);
    demand_apart(&c, NULL, NULL);
    GEMLET_TRY(c.status);
    tell_observer(&c, backend, gm_op_cost_gather_batch(args));
    return backend->ops->gather_batch(backend, args);
}

gemlet_status gm_dense_fwd(gm_backend *backend, const gm_dense_fwd_args *args)
{
    check c = begin_check("dense_fwd", backend, args);
    GEMLET_TRY(c.status);
    add_matrix(&c, "x", &args->x, READ);
    add_matrix(&c, "w", &args->w, READ);
    add_matrix(&c, "y", &args->y, WRITTEN);
    demand_shapes(&c, args->x.cols == args->w.rows, "x", &args->x, "w", &args->w,
                  "inner dimensions differ");
    demand_shapes(&c, args->y.rows == args->x.rows, "x", &args->x, "y", &args->y,
                  "numbers of rows differ");
    demand_shapes(&c, args->y.cols == args->w.cols, "w", &args->w, "y", &args->y,
                  "numbers of columns differ");
    add_optional_vector(&c, "bias", &args->bias, GM_REAL, args->w.cols, "columns of w", READ);
    demand_activation(&c, args->activation);
    demand_apart(&c, NULL, NULL);
    GEMLET_TRY(c.status);
    tell_observer(&c, backend, gm_op_cost_dense_fwd(args));
    return backend->ops->dense_fwd(backend, args);
}

gemlet_status gm_dense_bwd_w(gm_backend *backend, const gm_dense_bwd_w_args *args)
{
    check c = begin_check("dense_bwd_w", backend, args);
    GEMLET_TRY(c.status);
    add_matrix(&c, "x", &args->x, READ);
    add_matrix(&c, "dz", &args->dz, READ);
    add_matrix(&c, "dw", &args->dw, WRITTEN);
    demand_shapes(&c, args->x.rows == args->dz.rows, "x", &args->x, "dz", &args->dz,
                  "numbers of rows differ");
    demand_shapes(&c, args->dw.rows == args->x.cols, "x", &args->x, "dw", &args->dw,
                  "dw needs a row for each column of x");
    demand_shapes(&c, args->dw.cols == args->dz.cols, "dz", &args->dz, "dw", &args->dw,
                  "numbers of columns differ");
    add_optional_vector(&c, "dbias", &args->dbias, GM_REAL, args->dz.cols, "columns of dz",
                        WRITTEN);
    demand_apart(&c, NULL, NULL);
    GEMLET_TRY(c.status);
    tell_observer(&c, backend, gm_op_cost_dense_bwd_w(args));
    return backend->ops->dense_bwd_w(backend, args);
}

gemlet_status gm_dense_bwd_x(gm_backend *backend, const gm_dense_bwd_x_args *args)
{
    check c = begin_check("dense_bwd_x", backend, args);
    GEMLET_TRY(c.status);
    add_matrix(&c, "dz", &args->dz, READ);
    add_matrix(&c, "w", &args->w, READ);
    add_matrix(&c, "dx", &args->dx, WRITTEN);
    demand_shapes(&c, args->dz.cols == args->w.cols, "dz", &args->dz, "w", &args->w,
                  "inner dimensions differ");
    demand_shapes(&c, args->dx.rows == args->dz.rows, "dz", &args->dz, "dx", &args->dx,
                  "numbers of rows differ");
    demand_shapes(&c, args->dx.cols == args->w.rows, "w", &args->w, "dx", &args->dx,
                  "dx needs a column for each row of w");
    demand_apart(&c, NULL, NULL);
    GEMLET_TRY(c.status);
    tell_observer(&c, backend, gm_op_cost_dense_bwd_x(args));
    return backend->ops->dense_bwd_x(backend, args);
}

gemlet_status gm_act_bwd(gm_backend *backend, const gm_act_bwd_args *args)
{
    check c = begin_check("act_bwd", backend, args);
    GEMLET_TRY(c.status);
    const char *dy = "dy";
    const char *dz = "dz";
    add_matrix(&c, "y", &args->y, READ);
    add_matrix(&c, dy, &args->dy, READ);
    add_matrix(&c, dz, &args->dz, WRITTEN);
    demand_equal_shapes(&c, "y", &args->y, dy, &args->dy);
    demand_equal_shapes(&c, "y", &args->y, dz, &args->dz);
    demand_activation(&c, args->activation);
    demand_apart(&c, dz, dy);
    GEMLET_TRY(c.status);
    tell_observer(&c, backend, gm_op_cost_act_bwd(args));
    return backend->ops->act_bwd(backend, args);
}

/* What all three batch-norm operations take per column. */
static void add_column_vector(check *c, const char *name, const gm_vector *v, const gm_matrix *z,
                              operand_access access)
{
    add_vector(c, name, v, GM_REAL, z->cols, "columns of z", access);
}

static void demand_eps(check *c, float eps)
{
    demand_between(c, "eps", (double)eps, 0.0, 1.0);
}

gemlet_status gm_bn_act_fwd_train(gm_backend *backend, const gm_bn_act_fwd_train_args *args)
{
    check c = begin_check("bn_act_fwd_train", backend, args);
    GEMLET_TRY(c.status);
    add_matrix(&c, "z", &args->z, READ);
    add_column_vector(&c, "gamma", &args->gamma, &args->z, READ);
    add_column_vector(&c, "beta", &args->beta, &args->z, READ);
    add_column_vector(&c, "mean", &args->mean, &args->z, WRITTEN);
    add_column_vector(&c, "var", &args->var, &args->z, WRITTEN);
    add_column_vector(&c, "running_mean", &args->running_mean, &args->z, WRITTEN);
    add_column_vector(&c, "running_var", &args->running_var, &args->z, WRITTEN);
    add_matrix(&c, "y", &args->y, WRITTEN);
    demand_equal_shapes(&c, "z", &args->z, "y", &args->y);
    demand_eps(&c, args->eps);
    demand_between(&c, "momentum", (double)args->momentum, 0.0, 1.0);
    demand_activation(&c, args->activation);
    demand_apart(&c, NULL, NULL);
    GEMLET_TRY(c.status);
    tell_observer(&c, backend, gm_op_cost_bn_act_fwd_train(args));
    return backend->ops->bn_act_fwd_train(backend, args);
}

gemlet_status gm_bn_act_fwd_test(gm_backend *backend, const gm_bn_act_fwd_test_args *args)
{
    check c = begin_check("bn_act_fwd_test", backend, args);
    GEMLET_TRY(c.status);
    const char *z = "z";
    const char *y = "y";
    add_matrix(&c, z, &args->z, READ);
    add_column_vector(&c, "gamma", &args->gamma, &args->z, READ);
    add_column_vector(&c, "beta", &args->beta, &args->z, READ);
    add_column_vector(&c, "running_mean", &args->running_mean, &args->z, READ);
    add_column_vector(&c, "running_var", &args->running_var, &args->z, READ);
    add_matrix(&c, y, &args->y, WRITTEN);
    demand_equal_shapes(&c, z, &args->z, y, &args->y);
    demand_eps(&c, args->eps);
    demand_activation(&c, args->activation);
    demand_apart(&c, y, z);
    GEMLET_TRY(c.status);
    tell_observer(&c, backend, gm_op_cost_bn_act_fwd_test(args));
    return backend->ops->bn_act_fwd_test(backend, args);
}

gemlet_status gm_bn_act_bwd(gm_backend *backend, const gm_bn_act_bwd_args *args)
{
    check c = begin_check("bn_act_bwd", backend, args);
    GEMLET_TRY(c.status);
    const char *dy = "dy";
    const char *dz = "dz";
    add_matrix(&c, "z", &args->z, READ);
    add_matrix(&c, "y", &args->y, READ);
    add_matrix(&c, dy, &args->dy, READ);
    add_column_vector(&c, "mean", &args->mean, &args->z, READ);
    add_column_vector(&c, "var", &args->var, &args->z, READ);
    add_column_vector(&c, "gamma", &args->gamma, &args->z, READ);
    add_column_vector(&c, "dgamma", &args->dgamma, &args->z, WRITTEN);
    add_column_vector(&c, "dbeta", &args->dbeta, &args->z, WRITTEN);
    add_matrix(&c, dz, &args->dz, WRITTEN);
    demand_equal_shapes(&c, "z", &args->z, "y", &args->y);
    demand_equal_shapes(&c, "z", &args->z, dy, &args->dy);
    demand_equal_shapes(&c, "z", &args->z, dz, &args->dz);
    demand_eps(&c, args->eps);
    demand_activation(&c, args->activation);
    demand_apart(&c, dz, dy);
    GEMLET_TRY(c.status);
    tell_observer(&c, backend, gm_op_cost_bn_act_bwd(args));
    return backend->ops->bn_act_bwd(backend, args);
}

gemlet_status gm_softmax(gm_backend *backend, const gm_softmax_args *args)
{
    check c = begin_check("softmax", backend, args);
    GEMLET_TRY(c.status);
    const char *logits = "logits";
    const char *probabilities = "probabilities";
    add_matrix(&c, logits, &args->logits, READ);
    add_matrix(&c, probabilities, &args->probabilities, WRITTEN);
    demand_equal_shapes(&c, logits, &args->logits, probabilities, &args->probabilities);
    demand_apart(&c, probabilities, logits);
    GEMLET_TRY(c.status);
    tell_observer(&c, backend, gm_op_cost_softmax(args));
    return backend->ops->softmax(backend, args);
}

gemlet_status gm_softmax_xent(gm_backend *backend, const gm_softmax_xent_args *args)
{
    check c = begin_check("softmax_xent", backend, args);
    GEMLET_TRY(c.status);
    const char *logits = "logits";
    const char *dlogits = "dlogits";
    add_matrix(&c, logits, &args->logits, READ);
    add_vector(&c, "labels", &args->labels, GM_U32, args->logits.rows, "rows of logits", READ);
    add_matrix(&c, dlogits, &args->dlogits, WRITTEN);
    add_vector(&c, "loss", &args->loss, GM_REAL, 1, "one number", WRITTEN);
    add_vector(&c, "correct", &args->correct, GM_U32, 1, "one number", WRITTEN);
    demand_equal_shapes(&c, logits, &args->logits, dlogits, &args->dlogits);
    demand_apart(&c, dlogits, logits);
    GEMLET_TRY(c.status);
    tell_observer(&c, backend, gm_op_cost_softmax_xent(args));
    return backend->ops->softmax_xent(backend, args);
}

gemlet_status gm_sgd_step(gm_backend *backend, const gm_sgd_step_args *args)
{
    check c = begin_check("sgd_step", backend, args);
    GEMLET_TRY(c.status);
    add_vector(&c, "parameters", &args->parameters, GM_REAL, args->parameters.length, "", WRITTEN);
    add_vector(&c, "gradients", &args->gradients, GM_REAL, args->parameters.length,
               "length of parameters", READ);
    if (c.status == GEMLET_OK && args->n_decayed > args->parameters.length)
        c.status = gm_error(GEMLET_E_SHAPE, "%s: n_decayed is %zu, expected at most %zu", c.op,
                            args->n_decayed, args->parameters.length);
    demand_apart(&c, NULL, NULL);
    GEMLET_TRY(c.status);
    tell_observer(&c, backend, gm_op_cost_sgd_step(args));
    return backend->ops->sgd_step(backend, args);
}
