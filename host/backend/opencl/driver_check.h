/* SPDX-License-Identifier: MIT
 * Before the OpenCL drivers are loaded into this process a child does it (driver_probe.h). Where
 * that fails each driver is tried alone, and this process loads those that answer.
 *
 * Loading them twice would cost as much again at every start (70 ms with three drivers): that all
 * is well is kept in the cache directory, for an hour, and with a hash of what it depends on. */
#ifndef GM_OPENCL_DRIVER_CHECK_H
#define GM_OPENCL_DRIVER_CHECK_H

#include "core/error.h"

/* Drivers are to be checked from now on; see gemlet_device_check_drivers(). */
gemlet_status gm_driver_check_enable(const char *directory);

/* What is to be done about the drivers: decided at the first call. */
typedef struct gm_driver_choice {
    int loads_none;       /* OpenCL must not be touched */
    const char *left_out; /* one line: which drivers are left out and why; empty: none */
} gm_driver_choice;

/* query() asks all drivers for all that will be asked. Until gm_driver_check_end() the environment
 * lets the loader find the chosen drivers only. */
gemlet_status gm_driver_check_begin(gm_driver_choice *choice, void (*query)(void));
void gm_driver_check_end(void);

#endif
