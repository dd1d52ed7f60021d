/* SPDX-License-Identifier: MIT
 * The device options that several commands share, and opening what they say. */
#ifndef GM_CLI_DEVICE_SETTINGS_H
#define GM_CLI_DEVICE_SETTINGS_H

#include "cli/options.h"
#include "gemlet/device.h"

/* The entries of an option table; `options` points to a gemlet_device_options. */
#define GM_DEVICE_OPTIONS(options)                                                                 \
    GM_TEXT(DEVICE, "device", "DEVICE", &(options)->selector,                                      \
            "auto, cpu (no OpenCL), reference (double precision, slow), opencl-cpu, gpu, "         \
            "accelerator, or an index or part of a name as 'gemlet devices' shows them"),          \
        GM_CHOICE(VARIANT, "gemm", "NAME", &(options)->gemm, gm_gemm_names,                        \
                  "what multiplies matrices on an OpenCL device"),                                 \
        GM_CHOICE(VARIANT, "kernels", "NAME", &(options)->kernels, gm_kernels_names,               \
                  "kind of device the OpenCL kernels are made for"),                               \
        GM_CHOICE(DEVICE, "program-cache", "WHEN", &(options)->program_cache,                      \
                  gm_program_cache_names,                                                          \
                  "keep compiled kernels under $XDG_CACHE_HOME/gemlet or ~/.cache/gemlet; auto: "  \
                  "where the driver does not keep them itself")

/* Opens the device, with the program's own directory for compiled kernels. Release with
 * gemlet_device_close(). */
gemlet_status gm_device_settings_open(gemlet_device **out, const gemlet_device_options *settings);

#endif
