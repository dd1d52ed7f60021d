/* SPDX-License-Identifier: MIT
 * Memory of the device: the entries alloc to sync of the backend's table, whose contracts are in
 * backend.h. */
#ifndef GM_OPENCL_BUFFERS_H
#define GM_OPENCL_BUFFERS_H

#include "backend/opencl/context.h"

gemlet_status gm_buffers_alloc(gm_backend *backend, gm_buffer **out, gm_element element,
                               size_t length, const char *what);
void gm_buffers_free(gm_backend *backend, gm_buffer *buffer);
gemlet_status gm_buffers_upload(gm_backend *backend, gm_buffer *buffer, size_t offset,
                                size_t length, const void *values);
gemlet_status gm_buffers_upload_ahead(gm_backend *backend, gm_buffer *buffer, size_t offset,
                                      size_t length, const void *values);
gemlet_status gm_buffers_join_uploads(gm_backend *backend);

/* Before the context goes: releases what is known of uploads ahead. */
void gm_buffers_forget_uploads(gm_opencl *opencl);

gemlet_status gm_buffers_download(gm_backend *backend, const gm_buffer *buffer, size_t offset,
                                  size_t length, void *values);
gemlet_status gm_buffers_download_double(gm_backend *backend, const gm_buffer *buffer,
                                         size_t offset, size_t length, double *values);
gemlet_status gm_buffers_copy(gm_backend *backend, const gm_matrix *to, const gm_matrix *from);
gemlet_status gm_buffers_sync(gm_backend *backend);

#endif
