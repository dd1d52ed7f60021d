/* SPDX-License-Identifier: MIT
 * Reports on the devices that commands open. */
#ifndef GM_CLI_DEVICE_SETTINGS_H
#define GM_CLI_DEVICE_SETTINGS_H

#include "options/device_options.h"
#include "cli/report_error.h"
#include "run/events.h"

/* The on_device of gm_run_events: gets ready for a driver that ends the program, and says what the
 * device lacks. */
void gm_device_settings_report(const gemlet_device_info *info, int is_chosen, void *user);

/* Events of a command without stages: notes are printed under its name, devices are reported. */
#define GM_COMMAND_EVENTS(name_)                                                                   \
    {                                                                                              \
        .on_note = gm_print_note, .on_device = gm_device_settings_report, .user = (char[])         \
        {                                                                                          \
            name_                                                                                  \
        }                                                                                          \
    }

/* gm_run_open_device() with that report. Release with gemlet_device_close(). */
gemlet_status gm_device_settings_open(gemlet_device **out, const gemlet_device_options *settings);

#endif
