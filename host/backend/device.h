/* SPDX-License-Identifier: MIT
 * An open device as the library sees it; the public part is gemlet/device.h. */
#ifndef GM_BACKEND_DEVICE_H
#define GM_BACKEND_DEVICE_H

#include "backend/backend.h"

/* Belongs to the device. */
gm_backend *gm_device_backend(gemlet_device *device);

#endif
