/* SPDX-License-Identifier: MIT
 * Work-arounds for single drivers, each with its reason. Nothing else in the backend asks for names
 * of platforms or vendors. */
#ifndef GM_OPENCL_QUIRKS_H
#define GM_OPENCL_QUIRKS_H

#include <stddef.h>

#include "gemlet/device.h"

/* 1 if a device of type CPU must not get the kernels for CPUs. */
int gm_quirks_needs_gpu_kernels(const gemlet_device_info *info);

/* The most elements a group of the kernels for CPUs may own, as gm_launch_cpu_groups() counts them;
 * SIZE_MAX: any. A single unit of work, such as a column, may have more and is not divided. */
size_t gm_quirks_group_elements(const gemlet_device_info *info);

/* 1 if the driver keeps compiled programs itself, and handing them out costs more than it saves. */
int gm_quirks_keeps_programs(const gemlet_device_info *info);

/* 1 if the driver reports a smaller CL_KERNEL_WORK_GROUP_SIZE than it runs. */
int gm_quirks_misreports_group_size(const gemlet_device_info *info);

/* 1 if a buffer above CL_DEVICE_MAX_MEM_ALLOC_SIZE takes a flag and a build option of Intel's. */
int gm_quirks_needs_large_buffer_flag(const gemlet_device_info *info);

#endif
