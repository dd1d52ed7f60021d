/* SPDX-License-Identifier: MIT
 * See tuned_report.h. */
#include "cli/tuned_report.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/cache_directory.h"
#include "core/clean_text.h"
#include "tune/tuned.h"

static gemlet_status apply(char *text, gm_train_settings *settings, gemlet_device *device,
                           const gm_tuning *tuning)
{
    const gm_tuning none = {0};
    if (gm_tuned_is_equal(tuning, &none))
        return GEMLET_OK;
    GEMLET_TRY(gm_tuned_apply(device, tuning));
    if (tuning->is_unfused)
        settings->train.fused = GEMLET_FUSED_OFF;
    gm_tuned_describe(text, tuning);
    return GEMLET_OK;
}

static void report_damaged(const char *command, const char *directory, const char *key)
{
    char *path;
    if (gm_kept_path(&path, directory, &gm_tuned_kind, key) != GEMLET_OK)
        return;
    gm_print_text(stderr,
                  "gemlet %s: %s: damaged, or not the tuning of this device and network: ignored\n",
                  command, path);
    free(path);
}

gemlet_status gm_tuned_use(const char *command, char *text, gm_train_settings *settings,
                           gemlet_device *device, const gemlet_spec *spec)
{
    char *directory = NULL;
    char *key = NULL;
    gm_tuning tuning;
    gemlet_status status = GEMLET_OK;
    const gemlet_device_options *chosen = &settings->device;
    text[0] = '\0';
    if (settings->no_tuned || settings->train.fused != GEMLET_FUSED_AUTO ||
        chosen->gemm != GEMLET_GEMM_AUTO || chosen->kernels != GEMLET_KERNELS_AUTO)
        return GEMLET_OK;
    GEMLET_TRY_CLEANUP(status, gm_cache_directory(&directory));
    if (directory == NULL)
        goto cleanup;
    GEMLET_TRY_CLEANUP(status, gm_tuned_device_key(&key, device, spec, settings->train.batch));
    switch (gm_tuned_find(&tuning, directory, key)) {
    case GM_KEPT_FOUND:
        status = apply(text, settings, device, &tuning);
        break;
    case GM_KEPT_DAMAGED:
        report_damaged(command, directory, key);
        break;
    case GM_KEPT_NONE:
        break;
    }
cleanup:
    free(key);
    free(directory);
    return status;
}
