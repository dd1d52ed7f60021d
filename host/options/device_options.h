/* SPDX-License-Identifier: MIT
 * The device options that several commands share: one list for all of them. */
#ifndef GM_OPTIONS_DEVICE_OPTIONS_H
#define GM_OPTIONS_DEVICE_OPTIONS_H

#include "options/options.h"

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
        GM_CHOICE(KERNELS, "kernels", "NAME", &(options)->kernels, gm_kernels_names,               \
                  "kind of device the OpenCL kernels are made for"),                               \
        GM_CHOICE(DEVICE, "program-cache", "WHEN", &(options)->program_cache,                      \
                  gm_program_cache_names,                                                          \
                  "keep compiled kernels under $XDG_CACHE_HOME/gemlet or ~/.cache/gemlet; auto: "  \
                  "where the driver does not keep them itself")

/* Of commands that use a model; `no_qualify` points to an int. */
#define GM_NO_QUALIFY_OPTION(no_qualify)                                                           \
    GM_FLAG(DEVICE, "no-qualify", no_qualify,                                                      \
            "do not try the device with the work of this command before it starts")

#endif
