/* SPDX-License-Identifier: MIT
 * The checked calls of backend.h: what is wrong with the arguments of any call is found here once,
 * so that the backends need not look for it. */
#include "backend/backend.h"

#include <stdio.h>

#include "backend/observer.h"
#include "backend/ops.h"
#include "core/memory.h"

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

gemlet_status gm_backend_upload_ahead(gm_backend *backend, gm_buffer *buffer, size_t offset,
                                      size_t length, const void *values)
{
    if (backend == NULL || backend->ops->upload_ahead == NULL)
        return gm_backend_upload(backend, buffer, offset, length, values);
    GEMLET_TRY(check_transfer("upload_ahead", backend, buffer, offset, length, values));
    return length == 0 ? GEMLET_OK
                       : backend->ops->upload_ahead(backend, buffer, offset, length, values);
}

gemlet_status gm_backend_join_uploads(gm_backend *backend)
{
    return backend->ops->join_uploads == NULL ? GEMLET_OK : backend->ops->join_uploads(backend);
}

void gm_backend_end_uploads(gm_backend *backend)
{
    char message[1024];
    snprintf(message, sizeof message, "%s", gemlet_last_error());
    const gemlet_status status = gm_backend_join_uploads(backend);
    if (status != GEMLET_OK)
        gm_error(status, "%s", message);
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
                        gm_element_name(buffer->element));
    return length == 0 ? gm_backend_sync(backend)
                       : backend->ops->download_double(backend, buffer, offset, length, values);
}

static int is_within_buffer(const gm_matrix *m)
{
    return m->buffer != NULL && m->rows > 0 && m->cols > 0 && m->cols <= m->ld &&
           m->offset <= m->buffer->length &&
           (m->rows - 1) * m->ld + m->cols <= m->buffer->length - m->offset;
}

gemlet_status gm_backend_copy(gm_backend *backend, const gm_matrix *to, const gm_matrix *from)
{
    if (backend->ops->copy == NULL)
        return gm_error(GEMLET_E_ARGUMENT, "copy: the backend has none");
    if (!is_within_buffer(to) || !is_within_buffer(from) || to->rows != from->rows ||
        to->cols != from->cols || to->buffer->element != from->buffer->element)
        return gm_error(GEMLET_E_SHAPE,
                        "copy: %u x %u elements to %u x %u, expected the same, "
                        "within their buffers",
                        from->rows, from->cols, to->rows, to->cols);
    return backend->ops->copy(backend, to, from);
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

gemlet_status gm_backend_choose_products(gm_backend *backend, const gm_product_choices *choices)
{
    if (backend->ops->choose_products == NULL)
        return gm_error(GEMLET_E_DEVICE, "device %s: products leave no choice", backend->info.name);
    return backend->ops->choose_products(backend, choices);
}

void gm_backend_destroy(gm_backend *backend)
{
    if (backend != NULL)
        backend->ops->destroy(backend);
}

/* ---- operations ----------------------------------------------------------------------------- */

static void notify_observer(const gm_backend *backend, const gm_op *op, const void *args)
{
    char shape[GM_OP_SHAPE_SIZE];
    const gm_observer *observer = backend->observer;
    if (observer == NULL)
        return;
    gm_op_format_shape(shape, op, args);
    observer->on_operation(observer->user, op->name, shape, gm_op_cost_of(op, args));
}

#define DEFINE(op)                                                                                 \
    gemlet_status gm_##op(gm_backend *backend, const gm_##op##_args *args)                         \
    {                                                                                              \
        GEMLET_TRY(gm_op_check(&gm_op_##op, backend, args));                                       \
        notify_observer(backend, &gm_op_##op, args);                                               \
        return backend->ops->op(backend, args);                                                    \
    }
GM_OPS(DEFINE)
