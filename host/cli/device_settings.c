/* SPDX-License-Identifier: MIT
 * See device_settings.h. */
#include "cli/device_settings.h"

#include <stdlib.h>

#include "cli/driver_abort.h"
#include "core/blas_threads.h"
#include "core/clean_text.h"
#include "run/device.h"

static void report_fewer_threads(const gemlet_device_info *info)
{
    const char *wanted = getenv(GM_BLAS_THREADS_WANTED);
    if (info->type == GEMLET_DEVICE_CPU_PATH && wanted != NULL)
        gm_print_text(stderr,
                      "gemlet: note: OpenBLAS gets %u of %s threads: the limits of the system "
                      "(ulimit -v, -u) allow no more\n",
                      info->compute_units, wanted);
}

void gm_device_settings_report(const gemlet_device_info *info, int is_chosen, void *user)
{
    (void)user;
    gm_driver_abort_report(info, is_chosen);
    report_fewer_threads(info);
}

gemlet_status gm_device_settings_open(gemlet_device **out, const gemlet_device_options *settings)
{
    const gm_run_events events = {.on_device = gm_device_settings_report};
    return gm_run_open_device(out, settings, &events);
}
