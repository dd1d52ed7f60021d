/* SPDX-License-Identifier: MIT
 * From the device options to an open device. */
#include "cli/device_settings.h"

const char *const gm_gemm_names[] = {"auto", "clblast", "own", NULL};
const char *const gm_kernels_names[] = {"auto", "cpu", "gpu", NULL};

gemlet_device_options gm_device_settings_options(const gm_device_settings *settings)
{
    gemlet_device_options options = GEMLET_DEVICE_OPTIONS_DEFAULT;
    options.selector = settings->selector;
    options.gemm = (gemlet_gemm)settings->gemm;
    options.kernels = (gemlet_kernels)settings->kernels;
    return options;
}

gemlet_status gm_device_settings_open(gemlet_device **out, const gm_device_settings *settings)
{
    const gemlet_device_options options = gm_device_settings_options(settings);
    return gemlet_device_open(out, &options);
}
