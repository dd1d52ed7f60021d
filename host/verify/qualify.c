/* SPDX-License-Identifier: MIT
 * See qualify.h. */
#include "verify/qualify.h"

#include <stdlib.h>

#include "backend/device.h"
#include "verify/qualify_cache.h"

/* Tries the GEMM in use, or finds what was found earlier. */
static gemlet_status try_gemm(gm_backend *backend, const gm_qualify_job *job,
                              const char *cache_directory, gm_qualify_trial *trial)
{
    char *key = NULL;
    gemlet_status status = GEMLET_OK;
    *trial = (gm_qualify_trial){.gemm = backend->gemm_name};
    GEMLET_TRY_CLEANUP(status, gm_qualify_cache_key(&key, backend, job));
    trial->is_cached =
        cache_directory != NULL && gm_qualify_cache_find(cache_directory, key, &trial->verdict);
    if (trial->is_cached)
        goto cleanup;
    GEMLET_TRY_CLEANUP(status, gm_qualify_gemm(backend, job, &trial->verdict));
    /* A failed call may have had a passing reason. That nothing can be kept is no failure. */
    if (cache_directory != NULL && trial->verdict.state != GM_GEMM_BROKEN)
        gm_qualify_cache_store(cache_directory, key, &trial->verdict);
cleanup:
    free(key);
    return status;
}

static gemlet_status find_gemm(gm_backend *backend, const gm_qualify_job *job,
                               const char *cache_directory, gm_qualify_report *report)
{
    for (;;) {
        gm_qualify_trial *trial = &report->trials[report->n_trials++];
        GEMLET_TRY(try_gemm(backend, job, cache_directory, trial));
        if (trial->verdict.state == GM_GEMM_RIGHT)
            return GEMLET_OK;
        if (report->n_trials == GM_QUALIFY_MAX_GEMMS || gm_backend_next_gemm(backend) != GEMLET_OK)
            return gm_error(GEMLET_E_DEVICE,
                            "device %s multiplies matrices wrongly and has no other GEMM: %s: %s; "
                            "use --device cpu",
                            backend->info.name, trial->gemm, trial->verdict.fault);
    }
}

gemlet_status gm_qualify(gm_backend *backend, const gm_qualify_job *job,
                         const char *cache_directory, gm_qualify_report *report)
{
    *report = (gm_qualify_report){0};
    if (backend->ops->next_gemm == NULL)
        return GEMLET_OK;
    const gemlet_status status = find_gemm(backend, job, cache_directory, report);
    report->note = backend->note;
    return status;
}

gemlet_status gm_qualify_device(gemlet_device *device, const gm_qualify_job *job,
                                const char *cache_directory, gm_qualify_report *report)
{
    return gm_qualify(gm_device_backend(device), job, cache_directory, report);
}
