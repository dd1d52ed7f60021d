/* SPDX-License-Identifier: MIT
 * What the planner of the fused step (fused_plan.h) does otherwise for GPUs: a column panel is a
 * matrix as it lies row by row, and of its columns each work-group of many items owns a tile. The
 * products of a tile go through local memory, see fused_gpu_tile.cl. */
#ifndef GM_OPENCL_FUSED_GPU_PLAN_H
#define GM_OPENCL_FUSED_GPU_PLAN_H

#include "backend/opencl/fused_plan.h"

/* Items of a work-group: of each dimension (WG_COLS, WG_ROWS), and all. An H100's driver refuses
 * 512 items of kernels with so many registers. */
#define GM_FUSED_GPU_SIDE  16u
#define GM_FUSED_GPU_ITEMS (GM_FUSED_GPU_SIDE * GM_FUSED_GPU_SIDE)

/* Tiles, blocks of rows, local memory, and the stages that are not split. Returns 1, or 0 with the
 * reason (GM_FUSED_REASON_SIZE). plan: what the network says of batch and layers is there. */
int gm_fused_gpu_plan_layers(gm_fused_plan *plan, const gm_fused_device *device, char *reason);

/* Whether the step is expected to take less time than operation by operation on a GPU of so many
 * compute units. A model, for choosing only: nothing that is calculated depends on it. */
int gm_fused_gpu_pays(const gm_fused_plan *plan, unsigned compute_units);

/* Of global memory. What a work-group has just written and reads again counts once. */
uint64_t gm_fused_gpu_stage_bytes(const gm_fused_plan *plan, const gm_fused_stage *stage);

#endif
