/* SPDX-License-Identifier: MIT
 * What the rest of the library sees of OpenCL: the devices there are, and a backend on one of them.
 * No OpenCL type appears here. */
#ifndef GM_OPENCL_OPENCL_BACKEND_H
#define GM_OPENCL_OPENCL_BACKEND_H

#include <stddef.h>

#include "backend/backend.h"

typedef struct gm_platform_devices gm_platform_devices;

/* Finds all devices of all platforms. No platform and no device are no failure. Release with
 * gm_platform_devices_destroy(). */
gemlet_status gm_platform_devices_create(gm_platform_devices **out);
size_t gm_platform_devices_count(const gm_platform_devices *devices);

/* Info of device `position` < count; its index is its position. Belongs to the list. */
const gemlet_device_info *gm_platform_devices_info(const gm_platform_devices *devices,
                                                   size_t position);

/* What was odd about the search, one line, or empty. Belongs to the list. */
const char *gm_platform_devices_note(const gm_platform_devices *devices);

/* Of that: the drivers that were left out because they fail, and why. */
const char *gm_platform_devices_left_out(const gm_platform_devices *devices);
void gm_platform_devices_destroy(gm_platform_devices *devices); /* NULL is allowed */

/* Backend on device `position`, which must be usable: context and queue. The list may be destroyed
 * afterwards. The kernels are compiled by the first operation that needs them, which returns
 * GEMLET_E_BUILD with the build log as detail if they do not compile, and GEMLET_E_DEVICE if the
 * device's limits are too small for them. On failure *out = NULL. Release with
 * gm_backend_destroy().
 *
 * The environment variable GEMLET_KERNEL_DIR, for the development of kernels, names a directory
 * whose .cl files are compiled instead of the embedded ones. */
gemlet_status gm_opencl_backend_create(gm_backend **out, const gm_platform_devices *devices,
                                       size_t position, const gemlet_device_options *options);

#endif
