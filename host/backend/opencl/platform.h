/* SPDX-License-Identifier: MIT
 * The OpenCL devices of this machine; the public part is in opencl_backend.h. */
#ifndef GM_OPENCL_PLATFORM_H
#define GM_OPENCL_PLATFORM_H

#include <CL/cl.h>

#include "backend/opencl/opencl_backend.h"

/* Handles of device `position` < count. */
cl_platform_id gm_platform_devices_platform_id(const gm_platform_devices *devices, size_t position);
cl_device_id gm_platform_devices_device_id(const gm_platform_devices *devices, size_t position);

/* Copies an info with its strings. Release with gm_platform_info_destroy(). On failure *out is all
 * zero. */
gemlet_status gm_platform_info_copy(gemlet_device_info *out, const gemlet_device_info *info);
void gm_platform_info_destroy(gemlet_device_info *info);

#endif
