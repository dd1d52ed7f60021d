/* SPDX-License-Identifier: MIT
 * See qualify_cache.h. A text is a line with state, products and worst error, and a line with the
 * fault. */
#include "verify/qualify_cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/kept_file.h"
#include "core/memory.h"

/* Raised when the procedure changes, so that older verdicts no longer count. */
#define PROCEDURE 3

static const gm_kept_kind kind = {.name = "qualification", .extension = "txt", .max_bytes = 16384};

static const char *const state_names[] = {[GM_GEMM_RIGHT] = "right", [GM_GEMM_WRONG] = "wrong"};
#define N_STATES (sizeof state_names / sizeof state_names[0])

gemlet_status gm_qualify_cache_key(char **key, const gm_backend *backend, const gm_qualify_job *job)
{
    const gemlet_device_info *info = &backend->info;
    char spec[GEMLET_SPEC_TEXT_SIZE];
    *key = NULL;
    GEMLET_TRY(gemlet_spec_format(job->spec, spec, sizeof spec));
    return gm_format_string(key,
                            "gemlet qualification %d of gemlet %s\n"
                            "device %s\nplatform %s\nversion %s\ndriver %s\ncompute units %u\n"
                            "gemm %s\nproducts %s\nkernels %s\n"
                            "network %s\nbatch %u\ntest rows %u %u\n",
                            PROCEDURE, gemlet_version(), info->name, info->platform, info->version,
                            info->driver, info->compute_units, backend->gemm_name,
                            backend->products != NULL ? backend->products : "",
                            backend->kernels_id != NULL ? backend->kernels_id : "", spec,
                            job->batch, job->test_rows[0], job->test_rows[1]);
}

gemlet_status gm_qualify_cache_steps_key(char **key, const gm_backend *backend,
                                         const gemlet_spec *spec, const char *step)
{
    const gemlet_device_info *info = &backend->info;
    char spec_text[GEMLET_SPEC_TEXT_SIZE];
    *key = NULL;
    GEMLET_TRY(gemlet_spec_format(spec, spec_text, sizeof spec_text));
    return gm_format_string(key,
                            "gemlet qualification of steps %d of gemlet %s\n"
                            "device %s\nplatform %s\nversion %s\ndriver %s\ncompute units %u\n"
                            "network %s\nstep %s\n",
                            PROCEDURE, gemlet_version(), info->name, info->platform, info->version,
                            info->driver, info->compute_units, spec_text, step);
}

/* What stands behind the key. Its hash was right, so this program, or one like it, wrote it. */
static int parse_verdict(gm_gemm_verdict *verdict, const char *text)
{
    char state[16];
    int n_read = 0;
    *verdict = (gm_gemm_verdict){0};
    if (sscanf(text, "verdict %15s %u %lf\n%n", state, &verdict->n_products, &verdict->worst,
               &n_read) != 3 ||
        n_read == 0 || strncmp(text + n_read, "fault ", 6) != 0)
        return 0;
    const char *fault = text + n_read + 6;
    snprintf(verdict->fault, sizeof verdict->fault, "%.*s", (int)strcspn(fault, "\n"), fault);
    for (size_t i = 0; i < N_STATES; ++i) {
        if (strcmp(state, state_names[i]) == 0) {
            verdict->state = (gm_gemm_state)i;
            return 1;
        }
    }
    return 0;
}

int gm_qualify_cache_find(const char *directory, const char *key, gm_gemm_verdict *verdict)
{
    char *text;
    size_t length;
    const int is_found = gm_kept_find(&text, &length, directory, &kind, key) == GM_KEPT_FOUND &&
                         parse_verdict(verdict, text);
    free(text);
    return is_found;
}

gemlet_status gm_qualify_cache_store(const char *directory, const char *key,
                                     const gm_gemm_verdict *verdict)
{
    char *text;
    GEMLET_TRY(gm_format_string(&text, "verdict %s %u %.17g\nfault %s\n",
                                state_names[verdict->state], verdict->n_products, verdict->worst,
                                verdict->fault));
    const gemlet_status status = gm_kept_store(directory, &kind, key, text, strlen(text));
    free(text);
    return status;
}
