/* SPDX-License-Identifier: MIT
 * A hash of what decides whether the OpenCL drivers can be loaded: their files, the libraries and
 * the limits of this process, and its environment. */
#ifndef GM_OPENCL_DRIVER_STATE_H
#define GM_OPENCL_DRIVER_STATE_H

#include <stdint.h>

#include "backend/opencl/driver_files.h"

uint64_t gm_driver_state_hash(const gm_driver_files *files);

#endif
