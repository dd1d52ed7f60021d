/* SPDX-License-Identifier: MIT
 * From the device options to an open device, and to one that is known to be right. */
#ifndef GM_RUN_DEVICE_H
#define GM_RUN_DEVICE_H

#include "run/events.h"

/* Opens the device, with the program's own directory for compiled kernels, and tells on_device.
 * Release with gemlet_device_close(). */
gemlet_status gm_run_open_device(gemlet_device **out, const gemlet_device_options *settings,
                                 const gm_run_events *events);

/* GEMLET_E_DEVICE for the reference, which there is nothing to compare with. */
gemlet_status gm_run_check_compared(const gemlet_device *device);

/* The gate of a command that uses a model: tries the device with what an evaluation of these rows,
 * or without labels a prediction, does; see gm_gate_evaluation(). Verdicts are kept. */
gemlet_status gm_run_try_device(gemlet_device *device, const gemlet_model *model,
                                const gemlet_dataset *rows, const gm_run_events *events);

#endif
