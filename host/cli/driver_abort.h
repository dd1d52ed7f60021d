/* SPDX-License-Identifier: MIT
 * A driver may end the process by abort() or exit(), e.g. POCL over a damaged cache or LLVM on a
 * full disk. */
#ifndef GM_CLI_DRIVER_ABORT_H
#define GM_CLI_DRIVER_ABORT_H

#include "gemlet/device.h"

/* From now on such an end is reported as this device's driver's, with what to do, and ends the
 * program with GM_EXIT_FAILURE. Nothing happens for the CPU path and the reference. */
void gm_driver_abort_report(const gemlet_device_info *info);

/* The command has ended by itself: what ends the process now is no driver. */
void gm_driver_abort_end(void);

#endif
