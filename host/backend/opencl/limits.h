/* SPDX-License-Identifier: MIT
 * Measures the limits of a device with the kernels of limits.cl. */
#ifndef GM_OPENCL_LIMITS_H
#define GM_OPENCL_LIMITS_H

#include "backend/backend.h"
#include "backend/limits.h"

/* measure_limits of backend.h. */
gemlet_status gm_opencl_limits_measure(gm_backend *backend, gm_device_limits *limits);

#endif
