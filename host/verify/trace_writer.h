/* SPDX-License-Identifier: MIT
 * Writes a portable reference; what is in it says trace_file.h. */
#ifndef GM_VERIFY_TRACE_WRITER_H
#define GM_VERIFY_TRACE_WRITER_H

#include "verify/trace_file.h"

typedef struct gm_trace_writer gm_trace_writer;

/* `info` is copied; its steps are not read: those that are added count. On failure *out = NULL.
 * Release with gm_trace_writer_destroy(). */
gemlet_status gm_trace_writer_create(gm_trace_writer **out, const gm_trace_info *info);

/* The calls that follow belong to this step. */
gemlet_status gm_trace_writer_begin_step(gm_trace_writer *writer, uint64_t step,
                                         float learning_rate, float weight_decay);

/* Adds the inputs and outputs of a call that was carried out: those of the reference if the info
 * says double, else those of the device. */
gemlet_status gm_trace_writer_add_call(gm_trace_writer *writer, const char *label,
                                       const gm_check_call *call);

/* Writes the file atomically. Nothing can be added after that. */
gemlet_status gm_trace_writer_write(gm_trace_writer *writer, const char *path);

/* NULL is allowed. */
void gm_trace_writer_destroy(gm_trace_writer *writer);

#endif
