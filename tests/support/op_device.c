/* SPDX-License-Identifier: MIT
 * The device of an operation test; see op_device.h. */
#include "support/op_device.h"

#include <string.h>

#include "backend/cpu/cpu_backend.h"

gemlet_status op_device_open(op_device *out, const gemlet_device_options *options)
{
    *out = (op_device){0};
    if (strcmp(options->selector, "cpu") != 0)
        return gm_error(GEMLET_E_DEVICE, "no device '%s'", options->selector);
    return gm_cpu32_backend_create(&out->backend);
}

void op_device_close(op_device *device)
{
    gm_backend_destroy(device->backend);
    *device = (op_device){0};
}
