/* SPDX-License-Identifier: MIT
 * The device options that several commands share, and reports on what they open. */
#ifndef GM_CLI_DEVICE_SETTINGS_H
#define GM_CLI_DEVICE_SETTINGS_H

#include "cli/options.h"
#include "cli/report_error.h"
#include "run/events.h"

/* The entries of an option table; `options` points to a gemlet_device_options. */
#define GM_DEVICE_OPTIONS(options)                                                                 \
    GM_TEXT(DEVICE, "device", "DEVICE", &(options)->selector,                                      \
            "auto, cpu (no OpenCL), reference (double precision, slow), opencl-cpu, gpu, "         \
            "accelerator, or an index or part of a name as 'gemlet devices' shows them"),          \
        GM_SIZE(DEVICE, "device-memory-limit", "SIZE", &(options)->memory_limit, 1, SIZE_MAX,      \
                "most of the device's memory that the rows of a data set may take, e.g. 16M; "     \
                "more are brought there chunk by chunk, with the same results; default: what it "  \
                "can spare"),                                                                      \
        GM_CHOICE(VARIANT, "gemm", "NAME", &(options)->gemm, gm_gemm_names,                        \
                  "what multiplies matrices on an OpenCL device"),                                 \
        GM_CHOICE(VARIANT, "kernels", "NAME", &(options)->kernels, gm_kernels_names,               \
                  "kind of device the OpenCL kernels are made for"),                               \
        GM_CHOICE(DEVICE, "program-cache", "WHEN", &(options)->program_cache,                      \
                  gm_program_cache_names,                                                          \
                  "keep compiled kernels under $XDG_CACHE_HOME/gemlet or ~/.cache/gemlet; auto: "  \
                  "where the driver does not keep them itself")

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

/* Of commands that use a model; `no_qualify` points to an int. */
#define GM_NO_QUALIFY_OPTION(no_qualify)                                                           \
    GM_FLAG(DEVICE, "no-qualify", no_qualify,                                                      \
            "do not try the device with the work of this command before it starts")

/* gm_run_open_device() with that report. Release with gemlet_device_close(). */
gemlet_status gm_device_settings_open(gemlet_device **out, const gemlet_device_options *settings);

#endif
