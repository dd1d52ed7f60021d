/* SPDX-License-Identifier: MIT
 * Work-arounds for single drivers; see quirks.h. */
#include "backend/opencl/quirks.h"

#include <string.h>

int gm_quirks_needs_gpu_kernels(const gemlet_device_info *info)
{
    /* rusticl on llvmpipe (Mesa 22.3): a work-item's loops silently end early once they have taken
     * about 65,535 turns in all, which a tile of 64x784x150 exceeds; found by gemlet verify. The
     * kernels for GPUs spread the work over many short work-items. */
    return strcmp(info->platform, "rusticl") == 0;
}
