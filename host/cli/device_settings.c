/* SPDX-License-Identifier: MIT
 * From the device options to an open device. */
#include "cli/device_settings.h"

#include <stdlib.h>
#include <strings.h>

#include "cli/cache_directory.h"
#include "cli/driver_abort.h"
#include "core/blas_threads.h"
#include "core/clean_text.h"
#include "core/file.h"

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

static void report_fewer_threads(const gemlet_device_info *info)
{
    const char *wanted = getenv(GM_BLAS_THREADS_WANTED);
    if (info->type == GEMLET_DEVICE_CPU_PATH && wanted != NULL)
        gm_print_text(stderr,
                      "gemlet: note: OpenBLAS gets %u of %s threads: the limits of the system "
                      "(ulimit -v, -u) allow no more\n",
                      info->compute_units, wanted);
}

static int is_left_to_us(const char *selector)
{
    return selector == NULL || strcasecmp(selector, "auto") == 0;
}

gemlet_status gm_device_settings_open(gemlet_device **out, const gemlet_device_options *settings)
{
    gemlet_device_options options = *settings;
    char *directory;
    *out = NULL;
    GEMLET_TRY(find_program_directory(&directory));
    options.cache_directory = directory;
    const gemlet_status status = gemlet_device_open(out, &options);
    free(directory);
    GEMLET_TRY(status);
    gm_driver_abort_report(gemlet_device_get_info(*out), !is_left_to_us(settings->selector));
    report_fewer_threads(gemlet_device_get_info(*out));
    return GEMLET_OK;
}
