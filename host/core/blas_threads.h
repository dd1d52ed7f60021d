/* SPDX-License-Identifier: MIT
 * OpenBLAS gets only as many threads as the limits of the process allow; see
 * backend/cpu/blas_threads.c, which programs link for it. */
#ifndef GM_CORE_BLAS_THREADS_H
#define GM_CORE_BLAS_THREADS_H

/* Set in a program that had to start again with fewer threads: how many there would have been. */
#define GM_BLAS_THREADS_WANTED "GEMLET_OPENBLAS_WANTED"

#endif
