/* SPDX-License-Identifier: MIT
 * Writes the OpenCL text that belongs to one plan: the constants, which stand before the kernel
 * files fused_tile.cl and fused_stage.cl, and the kernels, which stand behind them. */
#ifndef GM_OPENCL_FUSED_SOURCE_H
#define GM_OPENCL_FUSED_SOURCE_H

#include "backend/opencl/fused_plan.h"

/* Release with free(). */
gemlet_status gm_fused_source_constants(char **out, const gm_fused_plan *plan,
                                        const gm_fused_network *network);

/* The kernel of launch i (from 0) is called fused_launch_<i>. Release with free(). */
gemlet_status gm_fused_source_kernels(char **out, const gm_fused_plan *plan);

#endif
