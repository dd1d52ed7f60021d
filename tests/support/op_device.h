/* SPDX-License-Identifier: MIT
 * Opens the device an operation test runs on. */
#ifndef GM_TESTS_SUPPORT_OP_DEVICE_H
#define GM_TESTS_SUPPORT_OP_DEVICE_H

#include "backend/backend.h"
#include "gemlet/device.h"

typedef struct op_device {
    gemlet_device *device;
    gm_backend *backend;
} op_device;

gemlet_status op_device_open(op_device *out, const gemlet_device_options *options);
void op_device_close(op_device *device);

#endif
