/* SPDX-License-Identifier: MIT
 * The memory OpenBLAS works in: a buffer for each of its threads, mapped at first use. Where the
 * system refuses it, OpenBLAS asks again for ever instead of failing; so it is tried beforehand. */
#ifndef GM_BACKEND_CPU_BLAS_BUFFER_H
#define GM_BACKEND_CPU_BLAS_BUFFER_H

#include "core/error.h"

/* On the processors of today (OpenBLAS 0.3.21 and 0.3.29). */
#define GM_BLAS_BUFFER_BYTES (128ul << 20)

/* What to say where there is no room for it. */
#define GM_BLAS_NEEDS_BUFFER                                                                       \
    "OpenBLAS needs 128 MB of address space for each thread, which the system refuses; raise the " \
    "limit (ulimit -v), or lower the number of threads (OPENBLAS_NUM_THREADS=1)"

/* As much address space as one thread of OpenBLAS takes; NULL if there is not as much. Uses nothing
 * of the heap. */
void *gm_blas_buffer_map(void);
void gm_blas_buffer_unmap(void *buffer);

/* OpenBLAS has that of the main thread since its start. */
void gm_blas_buffer_is_mapped(void);

/* Lets OpenBLAS map the buffer of the calling thread, which it keeps; its other threads have theirs
 * from their start. GEMLET_E_MEMORY if there is no room for it. */
gemlet_status gm_blas_buffer_reserve(void);

#endif
