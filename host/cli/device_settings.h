/* SPDX-License-Identifier: MIT
 * The device options that several commands share, and opening what they say. */
#ifndef GM_CLI_DEVICE_SETTINGS_H
#define GM_CLI_DEVICE_SETTINGS_H

#include "cli/options.h"
#include "gemlet/device.h"

typedef struct gm_device_settings {
    const char *selector;
    int gemm;          /* gemlet_gemm */
    int kernels;       /* gemlet_kernels */
    int program_cache; /* gemlet_program_cache */
} gm_device_settings;

#define GM_DEVICE_SETTINGS_DEFAULT                                                                 \
    {                                                                                              \
        "auto", GEMLET_GEMM_AUTO, GEMLET_KERNELS_AUTO, GEMLET_PROGRAM_CACHE_AUTO                   \
    }

/* In the order of their enums; each ends with NULL. */
extern const char *const gm_gemm_names[];
extern const char *const gm_kernels_names[];
extern const char *const gm_program_cache_names[];

/* The entries of an option table; `settings` is a gm_device_settings pointer. */
#define GM_DEVICE_OPTIONS(settings)                                                                \
    GM_OPTION_HEADING("Device"),                                                                   \
        GM_TEXT("device", "DEVICE", &(settings)->selector,                                         \
                "auto, cpu (no OpenCL), reference (double precision, slow), opencl-cpu, gpu, "     \
                "accelerator, or an index or part of a name as 'gemlet devices' shows them"),      \
        GM_CHOICE("gemm", "NAME", &(settings)->gemm, gm_gemm_names,                                \
                  "what multiplies matrices on an OpenCL device"),                                 \
        GM_CHOICE("kernels", "NAME", &(settings)->kernels, gm_kernels_names,                       \
                  "kind of device the OpenCL kernels are made for"),                               \
        GM_CHOICE("program-cache", "WHEN", &(settings)->program_cache, gm_program_cache_names,     \
                  "keep compiled kernels under $XDG_CACHE_HOME/gemlet or ~/.cache/gemlet; auto: "  \
                  "where the driver does not keep them itself")

/* Options for gemlet_device_open(), without the directory of kept programs. Texts belong to
 * the settings. */
gemlet_device_options gm_device_settings_options(const gm_device_settings *settings);

/* Opens the device. Release with gemlet_device_close(). */
gemlet_status gm_device_settings_open(gemlet_device **out, const gm_device_settings *settings);

#endif
