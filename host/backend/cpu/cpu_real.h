/* SPDX-License-Identifier: MIT
 * What the files of the CPU backend share: the storage type of this build, access to views, and
 * the declarations of the operations. Not for use outside this directory.
 *
 * GM_CPU(name) is gm_cpu32_name or gm_cpu64_name. */
#ifndef GM_BACKEND_CPU_CPU_REAL_H
#define GM_BACKEND_CPU_CPU_REAL_H

#include <stddef.h>
#include <stdint.h>

#include "backend/backend.h"
#include "core/team.h"

#ifdef GM_CPU_DOUBLE
typedef double real;
#define GM_CPU(name) gm_cpu64_##name
#else
typedef float real;
#define GM_CPU(name) gm_cpu32_##name
#endif

typedef struct gm_cpu_buffer {
    gm_buffer base;
    void *data;   /* real, uint8_t or uint32_t, by base.element; begins a cache line */
    void *memory; /* what `data` lies in, to be freed */
} gm_cpu_buffer;

typedef struct gm_cpu_backend {
    gm_backend base;
    gm_team *team; /* NULL: one thread */
} gm_cpu_backend;

/* First element of a view; NULL for "none". */
static inline void *gm_cpu_start(const gm_buffer *buffer, size_t offset)
{
    if (buffer == NULL)
        return NULL;
    void *data = ((const gm_cpu_buffer *)buffer)->data;
    switch (buffer->element) {
    case GM_U8:
        return (uint8_t *)data + offset;
    case GM_U32:
        return (uint32_t *)data + offset;
    case GM_REAL:
        break;
    }
    return (real *)data + offset;
}

static inline real *gm_cpu_vector(gm_vector vector)
{
    return gm_cpu_start(vector.buffer, vector.offset);
}

static inline uint32_t *gm_cpu_vector_u32(gm_vector vector)
{
    return gm_cpu_start(vector.buffer, vector.offset);
}

/* Row i of a REAL matrix. */
static inline real *gm_cpu_row(gm_matrix matrix, size_t i)
{
    return (real *)gm_cpu_start(matrix.buffer, matrix.offset) + i * matrix.ld;
}

/* Before a function whose loops compilers turn into vectors: built for several generations of x86,
 * of which the program takes the widest that the processor has. The results are the same bits,
 * since nothing is contracted or reordered. */
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) &&                 \
    !defined(__SANITIZE_THREAD__) && defined(__GNUC__) && !defined(__clang__)
#define GM_CPU_VECTORS __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define GM_CPU_VECTORS
#endif

/* Columns handled together where sums run down the columns: the double sums of one block stay in
 * the first-level cache, and its rows are read in stretches that hardware fetches ahead. (With 64
 * columns a step of 784-1024-1024-10 took 2 % longer.) */
#define GM_CPU_COLUMN_BLOCK 256u

/* Units of for_each(): rows, and elements or columns, of which no two threads should write to the
 * same cache line. */
#define GM_CPU_ROW  1u
#define GM_CPU_LINE 16u

typedef enum gm_cpu_gemm_form {
    GM_CPU_GEMM_NN, /* c = a b */
    GM_CPU_GEMM_TN, /* c = a^T b */
    GM_CPU_GEMM_NT  /* c = a b^T */
} gm_cpu_gemm_form;

/* c is overwritten whatever it held. GEMLET_E_RANGE if a size exceeds what the library under it can
 * count. */
gemlet_status GM_CPU(gemm)(gm_backend *backend, gm_cpu_gemm_form form, const gm_matrix *a,
                           const gm_matrix *b, const gm_matrix *c);

/* The same on the calling thread, of sizes that GM_CPU(check_product)() accepts. */
void GM_CPU(multiply)(gm_cpu_gemm_form form, const gm_matrix *a, const gm_matrix *b,
                      const gm_matrix *c);
gemlet_status GM_CPU(check_product)(const gm_matrix *a, const gm_matrix *b, const gm_matrix *c);

/* Calls `loop` for ranges of items 0 .. n_items - 1 that begin at multiples of `unit`, on several
 * threads if it is worth it: an item costs about as much as `cost` additions. No result may depend
 * on where ranges begin. `context` is what the loop gets, most often an operation's arguments. */
void GM_CPU(for_each)(gm_backend *backend, size_t n_items, size_t unit, size_t cost,
                      gm_team_loop loop, const void *context);

/* y[j] = act(z[j]) for j < n. y may be z. */
void GM_CPU(activate_row)(gemlet_activation activation, const real *z, real *y, size_t n);

/* da[j] = dy[j] * act'(z[j]), act' from y = act(z), for j < n. da may be dy. */
void GM_CPU(activation_gradient_row)(gemlet_activation activation, const real *y, const real *dy,
                                     real *da, size_t n);

/* y = m x, m of dropout of the outputs of `layer`, or of the inputs for 0. y may be x. */
void GM_CPU(drop)(gm_backend *backend, gm_matrix x, gm_vector record, unsigned layer, gm_matrix y);

gemlet_status GM_CPU(alloc)(gm_backend *backend, gm_buffer **out, gm_element element, size_t length,
                            const char *what);
void GM_CPU(free)(gm_backend *backend, gm_buffer *buffer);
gemlet_status GM_CPU(upload)(gm_backend *backend, gm_buffer *buffer, size_t offset, size_t length,
                             const void *values);
gemlet_status GM_CPU(download)(gm_backend *backend, const gm_buffer *buffer, size_t offset,
                               size_t length, void *values);
gemlet_status GM_CPU(download_double)(gm_backend *backend, const gm_buffer *buffer, size_t offset,
                                      size_t length, double *values);
gemlet_status GM_CPU(copy)(gm_backend *backend, const gm_matrix *to, const gm_matrix *from);

#define GM_CPU_OP(op) gemlet_status GM_CPU(op)(gm_backend * backend, const gm_##op##_args *args);
GM_OPS(GM_CPU_OP)
#undef GM_CPU_OP

#endif
