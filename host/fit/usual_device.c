/* SPDX-License-Identifier: MIT
 * A device as the program opens it; see gemlet/fit.h. */
#include <stdlib.h>

#include "core/cache_directory.h"
#include "gemlet/fit.h"
#include "run/device.h"

gemlet_status gemlet_device_open_usual(gemlet_device **out, const char *selector)
{
    const gm_run_events events = {.on_note = NULL};
    gemlet_device_options options;
    char *directory;
    *out = NULL;
    GEMLET_TRY(gm_cache_directory(&directory));
    const gemlet_status status = gemlet_device_check_drivers(directory);
    free(directory);
    GEMLET_TRY(status);
    gemlet_device_options_init(&options);
    if (selector != NULL)
        options.selector = selector;
    return gm_run_open_device(out, &options, &events);
}
