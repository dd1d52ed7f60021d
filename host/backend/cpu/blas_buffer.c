/* SPDX-License-Identifier: MIT
 * See blas_buffer.h. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */

#include "backend/cpu/blas_buffer.h"

#include <cblas.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "core/memory.h"

/* And some pages for alignment. */
#define BUFFER_BYTES (GM_BLAS_BUFFER_BYTES + (64ul << 10))

/* Rows and columns of matrices that are too large for the kernels without a buffer. */
#define BUFFERED_SIZE 128

static int is_reserved;

void *gm_blas_buffer_map(void)
{
    void *buffer =
        mmap(NULL, BUFFER_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return buffer != MAP_FAILED ? buffer : NULL;
}

void gm_blas_buffer_unmap(void *buffer)
{
    munmap(buffer, BUFFER_BYTES);
}

void gm_blas_buffer_is_mapped(void)
{
    is_reserved = 1;
}

gemlet_status gm_blas_buffer_reserve(void)
{
    const size_t n = (size_t)BUFFERED_SIZE * BUFFERED_SIZE;
    float *matrices;
    if (is_reserved)
        return GEMLET_OK;
    GEMLET_TRY(GM_ALLOC(matrices, 2 * n, "OpenBLAS"));
    void *buffer = gm_blas_buffer_map();
    if (buffer == NULL) {
        free(matrices);
        return gm_error(GEMLET_E_MEMORY, "CPU path: " GM_BLAS_NEEDS_BUFFER);
    }
    gm_blas_buffer_unmap(buffer);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, BUFFERED_SIZE, BUFFERED_SIZE,
                BUFFERED_SIZE, 1.0f, matrices, BUFFERED_SIZE, matrices, BUFFERED_SIZE, 0.0f,
                matrices + n, BUFFERED_SIZE);
    free(matrices);
    is_reserved = 1;
    return GEMLET_OK;
}
