/* SPDX-License-Identifier: MIT
 * The CPU backend: the operations of backend.h in plain C.
 *
 * The same source is built twice. gm_cpu32_*: float storage, GEMM through CBLAS, a device to train
 * on. gm_cpu64_* (GM_CPU_DOUBLE): double storage, GEMM as plain loops, the reference that every
 * other backend is checked against. In both, sums over rows or columns (statistics, bias
 * gradients, softmax, loss) are taken in double. Calls run to their end, so nothing is enqueued
 * and no failure is sticky. */
#ifndef GM_BACKEND_CPU_CPU_BACKEND_H
#define GM_BACKEND_CPU_CPU_BACKEND_H

#include "backend/backend.h"

/* Makes the backend of one build. On failure *out = NULL. Release with gm_backend_destroy(). */
gemlet_status gm_cpu32_backend_create(gm_backend **out);
gemlet_status gm_cpu64_backend_create(gm_backend **out);

/* x (n) = the inputs of one row of encode_batch: columns its values, codes (GM_CODE_N_PARTS, n)
 * with leading dimension ld. */
void gm_cpu32_encode_row(float *x, const float *columns, const float *codes, size_t ld, size_t n);
void gm_cpu64_encode_row(double *x, const double *columns, const double *codes, size_t ld,
                         size_t n);

#endif
