/* SPDX-License-Identifier: MIT
 * Reads a portable reference (trace_file.h), trusting nothing in it. */
#ifndef GM_VERIFY_TRACE_READER_H
#define GM_VERIFY_TRACE_READER_H

#include "verify/trace_file.h"

typedef struct gm_trace_reader gm_trace_reader;

/* Reads what the file says of itself. GEMLET_E_IO or GEMLET_E_FORMAT, with the file in the message,
 * if it is missing, something else, of another version, or calculated with other constants. On
 * failure *out = NULL. Release with gm_trace_reader_close(). */
gemlet_status gm_trace_reader_open(gm_trace_reader **out, const char *path);

/* Both belong to the reader. */
const gm_trace_info *gm_trace_reader_info(const gm_trace_reader *reader);
const char *gm_trace_reader_path(const gm_trace_reader *reader);

/* The network. GEMLET_E_FORMAT if it is none, or if the file has not the bytes that its tensors
 * need: after this a caller may allocate it. */
gemlet_status gm_trace_reader_spec(const gm_trace_reader *reader, gemlet_spec *spec);

gemlet_status gm_trace_reader_rates(gm_trace_reader *reader, uint64_t step, float *learning_rate,
                                    float *weight_decay);

/* values (operand->n) = an input or output of operation `index` of a step; all finite. */
gemlet_status gm_trace_reader_values(gm_trace_reader *reader, double *values, uint64_t step,
                                     unsigned index, const char *label,
                                     const gm_check_operand *operand, gm_trace_when when);

/* NULL is allowed. */
void gm_trace_reader_close(gm_trace_reader *reader);

#endif
