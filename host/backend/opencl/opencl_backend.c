/* SPDX-License-Identifier: MIT
 * The OpenCL backend's table of operations, its making and its end; see opencl_backend.h. */
#include "backend/opencl/opencl_backend.h"

#include <stdlib.h>

#include "backend/opencl/buffers.h"
#include "backend/opencl/context.h"
#include "backend/opencl/fused_step.h"
#include "backend/opencl/gemm.h"
#include "backend/opencl/limits.h"
#include "backend/opencl/opencl_ops.h"
#include "backend/opencl/platform.h"
#include "backend/opencl/profiling.h"
#include "core/memory.h"

static void destroy_opencl(gm_backend *backend)
{
    gm_opencl *opencl = (gm_opencl *)backend;
    gm_context_destroy(opencl);
    gm_platform_info_destroy(&opencl->base.info);
    free(opencl);
}

static gemlet_status tune_opencl(gm_backend *backend, const gm_tuning *tuning)
{
    gm_opencl *opencl = (gm_opencl *)backend;
    opencl->fused_tuning = tuning->fused;
    opencl->local_tuning = tuning->local;
    opencl->n_local_choices = 0;
    opencl->launch_fmas = tuning->launch_fmas;
    if (tuning->products.n > 0 || opencl->products.n > 0)
        GEMLET_TRY(gm_gemm_choose_products(backend, &tuning->products));
    if (tuning->gemm != GEMLET_GEMM_AUTO && tuning->products.n == 0)
        gm_gemm_select(opencl, tuning->gemm);
    return tuning->clblast_set == 0 ? GEMLET_OK : gm_gemm_clblast_set(opencl, tuning->clblast_set);
}

#define SLOT(op) .op = gm_opencl_##op,
static const gm_backend_ops opencl_ops = {
    .alloc = gm_buffers_alloc,
    .free = gm_buffers_free,
    .upload = gm_buffers_upload,
    .upload_ahead = gm_buffers_upload_ahead,
    .join_uploads = gm_buffers_join_uploads,
    .download = gm_buffers_download,
    .download_double = gm_buffers_download_double,
    .copy = gm_buffers_copy,
    .sync = gm_buffers_sync,
    .next_gemm = gm_gemm_next,
    .tune = tune_opencl,
    .choose_products = gm_gemm_choose_products,
    GM_OPS(SLOT).fused_create = gm_fused_step_create,
    .fused_fingerprint = gm_fused_step_fingerprint,
    .measure_limits = gm_opencl_limits_measure,
    .start_profiling = gm_profiling_start,
    .read_launch_times = gm_profiling_read,
    .destroy = destroy_opencl,
};

gemlet_status gm_opencl_backend_create(gm_backend **out, const gm_platform_devices *devices,
                                       size_t position, const gemlet_device_options *options)
{
    gm_opencl *opencl = NULL;
    gemlet_status status = GEMLET_OK;
    *out = NULL;
    GEMLET_TRY(GM_ALLOC(opencl, 1, "OpenCL backend"));
    opencl->base.ops = &opencl_ops;
    opencl->device = gm_platform_devices_device_id(devices, position);
    GEMLET_TRY_CLEANUP(status, gm_platform_info_copy(&opencl->base.info,
                                                     gm_platform_devices_info(devices, position)));
    GEMLET_TRY_CLEANUP(
        status,
        gm_context_create(opencl, gm_platform_devices_platform_id(devices, position), options));
    gm_gemm_select(opencl, options->gemm);
    *out = &opencl->base;
    opencl = NULL;
cleanup:
    if (opencl != NULL)
        destroy_opencl(&opencl->base);
    return status;
}
