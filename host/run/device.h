/* SPDX-License-Identifier: MIT
 * From the device options to an open device. */
#ifndef GM_RUN_DEVICE_H
#define GM_RUN_DEVICE_H

#include "run/events.h"

/* Opens the device, with the program's own directory for compiled kernels, and tells on_device.
 * Release with gemlet_device_close(). */
gemlet_status gm_run_open_device(gemlet_device **out, const gemlet_device_options *settings,
                                 const gm_run_events *events);

#endif
