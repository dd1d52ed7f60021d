/* SPDX-License-Identifier: MIT
 * Work-arounds for single drivers; see quirks.h. */
#include "backend/opencl/quirks.h"

#include <stdint.h>
#include <string.h>

/* rusticl on llvmpipe (Mesa 22.3): a work-item's loops silently end early once they have taken
 * about 65,535 turns in all, which a tile of 64x784x150 exceeds; found by gemlet verify. */
static int limits_loops(const gemlet_device_info *info)
{
    return strcmp(info->platform, "rusticl") == 0;
}

int gm_quirks_needs_gpu_kernels(const gemlet_device_info *info)
{
    /* For limits_loops() below: the kernels for GPUs spread the work over many short work-items. */
    return limits_loops(info);
}

size_t gm_quirks_group_elements(const gemlet_device_info *info)
{
    /* An element takes at most 24 turns, where only one lane of a vector is used. */
    return limits_loops(info) ? 2048 : SIZE_MAX;
}

int gm_quirks_keeps_programs(const gemlet_device_info *info)
{
    /* POCL 3.1 keeps every kernel it compiled in a directory of its own. Asked for a program's
     * binary it first compiles all of its kernels once more, for any size of work-group: 10 s for
     * those of the operations, to save 30 ms at every later start. */
    return strcmp(info->platform, "Portable Computing Language") == 0;
}

int gm_quirks_misreports_group_size(const gemlet_device_info *info)
{
    /* rusticl of Mesa 22.3 reports 32 for every kernel and runs groups of 256. */
    return strcmp(info->platform, "rusticl") == 0;
}

int gm_quirks_needs_large_buffer_flag(const gemlet_device_info *info)
{
    /* Intel's GPUs address 32 bits within a buffer unless told otherwise (their driver's
     * documentation: allocations greater than 4 GB). */
    return info->type == GEMLET_DEVICE_GPU && strstr(info->vendor, "Intel") != NULL;
}
