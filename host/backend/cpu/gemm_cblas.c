/* SPDX-License-Identifier: MIT
 * A thread's product in the float build: CBLAS. With beta = 0 it overwrites c without reading it.
 */
#include <cblas.h>
#include <limits.h>

#include "backend/cpu/cpu_real.h"

/* The CBLAS interface counts in int. */
static gemlet_status check_sizes(const gm_matrix *m, const char *name)
{
    if (m->rows > INT_MAX || m->cols > INT_MAX || m->ld > INT_MAX)
        return gm_error(GEMLET_E_RANGE,
                        "gemm: %s is %ux%u with leading dimension %zu, CBLAS takes at most %d",
                        name, (unsigned)m->rows, (unsigned)m->cols, m->ld, INT_MAX);
    return GEMLET_OK;
}

gemlet_status GM_CPU(check_product)(const gm_matrix *a, const gm_matrix *b, const gm_matrix *c)
{
    GEMLET_TRY(check_sizes(a, "a"));
    GEMLET_TRY(check_sizes(b, "b"));
    return check_sizes(c, "c");
}

void GM_CPU(multiply)(gm_cpu_gemm_form form, const gm_matrix *a, const gm_matrix *b,
                      const gm_matrix *c)
{
    const gemlet_dim inner = form == GM_CPU_GEMM_TN ? a->rows : a->cols;
    cblas_sgemm(CblasRowMajor, form == GM_CPU_GEMM_TN ? CblasTrans : CblasNoTrans,
                form == GM_CPU_GEMM_NT ? CblasTrans : CblasNoTrans, (int)c->rows, (int)c->cols,
                (int)inner, 1.0f, gm_cpu_row(*a, 0), (int)a->ld, gm_cpu_row(*b, 0), (int)b->ld,
                0.0f, gm_cpu_row(*c, 0), (int)c->ld);
}
