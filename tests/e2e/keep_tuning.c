/* SPDX-License-Identifier: MIT
 * Keeps a tuning, as gemlet tune would for the kernels for GPUs, with the choices of products that
 * the test wants:
 *
 *   keep_tuning DIRECTORY NETWORK BATCH PRODUCTS
 *
 * Ends with 77 where there is no OpenCL CPU device. */
#include <stdio.h>
#include <stdlib.h>

#include "backend/product_choice.h"
#include "gemlet/gemlet.h"
#include "tune/tuned.h"

static gemlet_status keep(gemlet_device *device, char **argv)
{
    gm_tuning tuning = {.is_unfused = 1, .gemm = GEMLET_GEMM_OWN, .is_timed = 1};
    gemlet_spec spec;
    char *key;
    GEMLET_TRY(gemlet_spec_parse(&spec, argv[2]));
    GEMLET_TRY(gm_product_choices_parse(&tuning.products, argv[4]));
    GEMLET_TRY(gm_tuned_device_key(&key, device, &spec, (gemlet_dim)strtoul(argv[3], NULL, 10)));
    const gemlet_status status = gm_tuned_store(argv[1], key, &tuning);
    free(key);
    return status;
}

int main(int argc, char **argv)
{
    gemlet_device *device;
    gemlet_device_options options;
    gemlet_device_options_init(&options);
    options.selector = "opencl-cpu";
    options.kernels = GEMLET_KERNELS_GPU;
    if (argc != 5 || gemlet_device_open(&device, &options) != GEMLET_OK)
        return argc != 5 ? 2 : 77;
    const gemlet_status status = keep(device, argv);
    if (status != GEMLET_OK)
        fprintf(stderr, "keep_tuning: %s\n", gemlet_last_error());
    gemlet_device_close(device);
    return status != GEMLET_OK;
}
