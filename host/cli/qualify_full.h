/* SPDX-License-Identifier: MIT
 * gemlet qualify --full: all that can be found out about a device within eight minutes. */
#ifndef GM_CLI_QUALIFY_FULL_H
#define GM_CLI_QUALIFY_FULL_H

#include "gemlet/device.h"

/* Runs the parts one after the other, each in a process of its own, and prints a line for each.
 * json: file that is written anew behind each part, so that what was found stays whatever comes
 * later; NULL: none. quiet: prints what is wrong and the verdict only. *is_right = 1 if every part
 * was done and right. What is wrong with the device is no failure of this function. The caller must
 * not have touched OpenCL. */
gemlet_status gm_qualify_full(int *is_right, const gemlet_device_options *device, const char *json,
                              int quiet);

#endif
