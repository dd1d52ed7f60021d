/* SPDX-License-Identifier: MIT
 * Which device a selector means: pure text and lists, no OpenCL. */
#ifndef GM_BACKEND_DEVICE_SELECT_H
#define GM_BACKEND_DEVICE_SELECT_H

#include <stddef.h>

#include "core/error.h"
#include "gemlet/device.h"

/* Position that stands for the double-precision reference, which is in no list. */
#define GM_DEVICE_SELECT_REFERENCE ((size_t)-1)

/* Finds the device that `selector` means by the rules of gemlet_device_open().
 *   infos (n_infos) in: OpenCL devices by index, then the CPU path
 * *position = its place in infos, or GM_DEVICE_SELECT_REFERENCE; *why = one line that says which
 * and why, a new string to be released with free(). On failure *why = NULL. */
gemlet_status gm_device_select(size_t *position, char **why, const gemlet_device_info *infos,
                               size_t n_infos, const char *selector);

/* 1 if the selector means the CPU path or the reference, which need no OpenCL: *type says which. */
int gm_device_select_is_host(gemlet_device_type *type, const char *selector);

#endif
