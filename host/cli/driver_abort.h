/* SPDX-License-Identifier: MIT
 * A driver may end the process by abort() or exit(), e.g. POCL over a damaged cache or LLVM on a
 * full disk. */
#ifndef GM_CLI_DRIVER_ABORT_H
#define GM_CLI_DRIVER_ABORT_H

#include "core/error.h"
#include "gemlet/device.h"

/* The command may be started again with --device cpu: what it does depends little on where. The
 * arguments are those of main(). */
gemlet_status gm_driver_abort_allow_restart(int argc, char **argv);

/* From now on that would lose work. */
void gm_driver_abort_forbid_restart(void);

/* From now on such an end is reported as this device's driver's, with what to do. If the user has
 * not chosen the device and it is allowed the program then starts again without drivers; else it
 * ends with GM_EXIT_FAILURE. Nothing happens for the CPU path and the reference. */
void gm_driver_abort_report(const gemlet_device_info *info, int is_chosen);

/* After a failed call: starts again where POCL's cache may be the cause; else returns. */
void gm_driver_abort_restart_after_error(void);

/* The command has ended by itself: what ends the process now is no driver. */
void gm_driver_abort_end(void);

#endif
