/* SPDX-License-Identifier: MIT
 * Products of the CPU backend, shared among its threads: each makes some rows or some columns of
 * the result, whichever are more, from the whole of its sums. */
#include "backend/cpu/cpu_real.h"

/* A multiple of the rows or columns that the inner kernels of libraries make together, so that only
 * the last range has ragged ones. */
#define UNIT 16u

/* Multiply-adds in the time of one addition of other loops. */
#define SPEED 32u

typedef struct product {
    gm_cpu_gemm_form form;
    gm_matrix a, b, c;
} product;

static gm_matrix take_rows(gm_matrix m, size_t first, size_t end)
{
    m.offset += first * m.ld;
    m.rows = (gemlet_dim)(end - first);
    return m;
}

static gm_matrix take_columns(gm_matrix m, size_t first, size_t end)
{
    m.offset += first;
    m.cols = (gemlet_dim)(end - first);
    return m;
}

static void multiply_rows(const void *context, size_t first, size_t end)
{
    const product *p = context;
    const gm_matrix a =
        p->form == GM_CPU_GEMM_TN ? take_columns(p->a, first, end) : take_rows(p->a, first, end);
    const gm_matrix c = take_rows(p->c, first, end);
    GM_CPU(multiply)(p->form, &a, &p->b, &c);
}

static void multiply_columns(const void *context, size_t first, size_t end)
{
    const product *p = context;
    const gm_matrix b =
        p->form == GM_CPU_GEMM_NT ? take_rows(p->b, first, end) : take_columns(p->b, first, end);
    const gm_matrix c = take_columns(p->c, first, end);
    GM_CPU(multiply)(p->form, &p->a, &b, &c);
}

gemlet_status GM_CPU(gemm)(gm_backend *backend, gm_cpu_gemm_form form, const gm_matrix *a,
                           const gm_matrix *b, const gm_matrix *c)
{
    const product p = {form, *a, *b, *c};
    const size_t n_terms = form == GM_CPU_GEMM_TN ? a->rows : a->cols;
    GEMLET_TRY(GM_CPU(check_product)(a, b, c));
    if (c->rows > c->cols)
        GM_CPU(for_each)(backend, c->rows, UNIT, n_terms * c->cols / SPEED, multiply_rows, &p);
    else
        GM_CPU(for_each)(backend, c->cols, UNIT, n_terms * c->rows / SPEED, multiply_columns, &p);
    return GEMLET_OK;
}
