/* SPDX-License-Identifier: MIT
 * The table of the CPU backend, and what it says of itself. */
#include "backend/cpu/cpu_backend.h"

#include <stdlib.h>

#ifndef GM_CPU_DOUBLE
#include <cblas.h>
#endif

#ifndef GM_CPU_DOUBLE
#include "backend/cpu/blas_buffer.h"
#endif
#include "backend/cpu/cpu_real.h"
#include "core/memory.h"

static gemlet_status sync(gm_backend *backend)
{
    (void)backend;
    return GEMLET_OK;
}

static void destroy(gm_backend *backend)
{
    free(backend);
}

#define SLOT(op) .op = GM_CPU(op),
static const gm_backend_ops ops = {
    .alloc = GM_CPU(alloc),
    .free = GM_CPU(free),
    .upload = GM_CPU(upload),
    .download = GM_CPU(download),
    .download_double = GM_CPU(download_double),
    .sync = sync,
    GM_OPS(SLOT).destroy = destroy,
};

static void describe(gm_backend *backend)
{
    backend->info = (gemlet_device_info){
        .index = -1,
        .vendor = "",
        .platform = "host",
        .version = "",
        .compute_units = 1,
        .usable = 1,
        .unusable_reason = "",
    };
#ifdef GM_CPU_DOUBLE
    backend->info.type = GEMLET_DEVICE_REFERENCE;
    backend->info.name = "reference (double, plain loops)";
    backend->info.driver = "C11";
    backend->gemm_name = "plain loops";
#else
    backend->info.type = GEMLET_DEVICE_CPU_PATH;
    backend->info.name = "CPU path (float, CBLAS)";
    backend->info.driver = openblas_get_config();
    backend->info.compute_units = (uint32_t)openblas_get_num_threads();
    backend->gemm_name = "CBLAS (OpenBLAS)";
#endif
}

gemlet_status GM_CPU(backend_create)(gm_backend **out)
{
    *out = NULL;
    gm_backend *backend;
#ifndef GM_CPU_DOUBLE
    GEMLET_TRY(gm_blas_buffer_reserve());
#endif
    GEMLET_TRY(GM_ALLOC(backend, 1, "CPU backend"));
    backend->ops = &ops;
    describe(backend);
    *out = backend;
    return GEMLET_OK;
}
