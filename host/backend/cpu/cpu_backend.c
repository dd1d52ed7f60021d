/* SPDX-License-Identifier: MIT
 * The table of the CPU backend, and what it says of itself. */
#include "backend/cpu/cpu_backend.h"

#include <stdlib.h>

#ifndef GM_CPU_DOUBLE
#include <cblas.h>

#include "backend/cpu/blas_buffer.h"
#include "backend/cpu/blas_team.h"
#endif
#include "backend/cpu/cpu_real.h"
#include "core/memory.h"

static gemlet_status sync(gm_backend *backend)
{
    (void)backend;
    return GEMLET_OK;
}

static void destroy(gm_backend *base)
{
    gm_cpu_backend *backend = (gm_cpu_backend *)base;
#ifndef GM_CPU_DOUBLE
    gm_blas_team_destroy(backend->team);
#endif
    free(backend);
}

#define SLOT(op) .op = GM_CPU(op),
static const gm_backend_ops ops = {
    .alloc = GM_CPU(alloc),
    .free = GM_CPU(free),
    .upload = GM_CPU(upload),
    .download = GM_CPU(download),
    .download_double = GM_CPU(download_double),
    .copy = GM_CPU(copy),
    .sync = sync,
    GM_OPS(SLOT).destroy = destroy,
};

static void describe(gm_cpu_backend *backend)
{
    gm_backend *base = &backend->base;
    base->info = (gemlet_device_info){
        .index = -1,
        .vendor = "",
        .platform = "host",
        .version = "",
        .compute_units = 1,
        .usable = 1,
        .unusable_reason = "",
    };
#ifdef GM_CPU_DOUBLE
    base->info.type = GEMLET_DEVICE_REFERENCE;
    base->info.name = "reference (double, plain loops)";
    base->info.driver = "C11";
    base->gemm_name = "plain loops";
#else
    base->info.type = GEMLET_DEVICE_CPU_PATH;
    base->info.name = "CPU path (float, CBLAS)";
    base->info.driver = openblas_get_config();
    base->info.compute_units = gm_blas_n_threads();
    base->gemm_name = backend->team != NULL || base->info.compute_units == 1
                          ? "CBLAS (OpenBLAS)"
                          : "CBLAS (OpenBLAS with threads of its own)";
#endif
}

gemlet_status GM_CPU(backend_create)(gm_backend **out)
{
    *out = NULL;
    gm_cpu_backend *backend;
    gemlet_status status = GEMLET_OK;
#ifndef GM_CPU_DOUBLE
    GEMLET_TRY(gm_blas_buffer_reserve());
#endif
    GEMLET_TRY(GM_ALLOC(backend, 1, "CPU backend"));
#ifndef GM_CPU_DOUBLE
    status = gm_blas_team_create(&backend->team);
#endif
    if (status != GEMLET_OK) {
        free(backend);
        return status;
    }
    backend->base.ops = &ops;
    describe(backend);
    *out = &backend->base;
    return GEMLET_OK;
}
