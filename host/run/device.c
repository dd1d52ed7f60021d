/* SPDX-License-Identifier: MIT
 * See device.h. */
#include "run/device.h"

#include <stdlib.h>
#include <strings.h>

#include "backend/device.h"
#include "core/cache_directory.h"
#include "core/error.h"
#include "core/file.h"
#include "run/gate.h"

/* *path = NULL where there is no place for it. */
static gemlet_status find_program_directory(char **path)
{
    char *directory;
    *path = NULL;
    GEMLET_TRY(gm_cache_directory(&directory));
    if (directory == NULL)
        return GEMLET_OK;
    const gemlet_status status = gm_path_join(path, directory, "programs");
    free(directory);
    return status;
}

static int is_left_to_us(const char *selector)
{
    return selector == NULL || strcasecmp(selector, "auto") == 0;
}

gemlet_status gm_run_open_device(gemlet_device **out, const gemlet_device_options *settings,
                                 const gm_run_events *events)
{
    gemlet_device_options options = *settings;
    char *directory;
    *out = NULL;
    GEMLET_TRY(find_program_directory(&directory));
    options.cache_directory = directory;
    const gemlet_status status = gemlet_device_open(out, &options);
    free(directory);
    GEMLET_TRY(status);
    gm_device_backend(*out)->on_upload = events->on_upload;
    gm_device_backend(*out)->upload_user = events->user;
    if (events->on_device != NULL)
        events->on_device(gemlet_device_get_info(*out), !is_left_to_us(settings->selector),
                          events->user);
    return GEMLET_OK;
}

gemlet_status gm_run_check_compared(const gemlet_device *device)
{
    if (gemlet_device_get_info(device)->type == GEMLET_DEVICE_REFERENCE)
        return gm_error(GEMLET_E_DEVICE,
                        "the reference is what devices are compared with: name another device");
    return GEMLET_OK;
}

gemlet_status gm_run_try_device(gemlet_device *device, const gemlet_model *model,
                                const gemlet_dataset *rows, const gm_run_events *events)
{
    char *directory;
    GEMLET_TRY(gm_cache_directory(&directory));
    const gm_gate gate = {
        .device = device,
        .cache_directory = directory,
        .on_note = events->on_note,
        .user = events->user,
    };
    const gemlet_status status = gm_gate_evaluation(&gate, model, rows);
    free(directory);
    return status;
}
