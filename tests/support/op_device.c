/* SPDX-License-Identifier: MIT
 * The device of an operation test; see op_device.h. */
#include "support/op_device.h"

#include "backend/device.h"

gemlet_status op_device_open(op_device *out, const gemlet_device_options *options)
{
    *out = (op_device){0};
    GEMLET_TRY(gemlet_device_open(&out->device, options));
    out->backend = gm_device_backend(out->device);
    return GEMLET_OK;
}

void op_device_close(op_device *device)
{
    gemlet_device_close(device->device);
    *device = (op_device){0};
}
