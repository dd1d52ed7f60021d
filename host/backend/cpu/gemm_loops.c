/* SPDX-License-Identifier: MIT
 * A thread's product in the double build: plain loops, ordered so that the innermost one runs along
 * rows. Every element is the sum of its products in the order of the inner dimension. */
#include <string.h>

#include "backend/cpu/cpu_real.h"

/* c += factor * b, the step that the compiler turns into vector instructions. */
static void add_scaled(real *restrict c, const real *restrict b, real factor, size_t n)
{
    for (size_t j = 0; j < n; ++j)
        c[j] += factor * b[j];
}

static real dot(const real *a, const real *b, size_t n)
{
    real sum = 0;
    for (size_t j = 0; j < n; ++j)
        sum += a[j] * b[j];
    return sum;
}

static void clear(const gm_matrix *c)
{
    for (size_t i = 0; i < c->rows; ++i)
        memset(gm_cpu_row(*c, i), 0, c->cols * sizeof(real));
}

gemlet_status GM_CPU(check_product)(const gm_matrix *a, const gm_matrix *b, const gm_matrix *c)
{
    (void)a;
    (void)b;
    (void)c;
    return GEMLET_OK; /* any sizes */
}

void GM_CPU(multiply)(gm_cpu_gemm_form form, const gm_matrix *a, const gm_matrix *b,
                      const gm_matrix *c)
{
    if (form != GM_CPU_GEMM_NT)
        clear(c);
    for (size_t i = 0; i < a->rows; ++i) {
        const real *a_row = gm_cpu_row(*a, i);
        switch (form) {
        case GM_CPU_GEMM_NN:
            for (size_t k = 0; k < a->cols; ++k)
                add_scaled(gm_cpu_row(*c, i), gm_cpu_row(*b, k), a_row[k], c->cols);
            break;
        case GM_CPU_GEMM_TN:
            for (size_t k = 0; k < a->cols; ++k)
                add_scaled(gm_cpu_row(*c, k), gm_cpu_row(*b, i), a_row[k], c->cols);
            break;
        case GM_CPU_GEMM_NT:
            for (size_t j = 0; j < b->rows; ++j)
                gm_cpu_row(*c, i)[j] = dot(a_row, gm_cpu_row(*b, j), a->cols);
            break;
        }
    }
}
