/* SPDX-License-Identifier: MIT
 * Parameters and running statistics between the network's own buffers and the arena of the fused
 * training step, through the host: once before and once after many steps. */
#ifndef GM_OPENCL_FUSED_LAYOUT_H
#define GM_OPENCL_FUSED_LAYOUT_H

#include "backend/opencl/fused_plan.h"

typedef enum gm_fused_direction {
    GM_FUSED_TO_ARENA,
    GM_FUSED_TO_NETWORK
} gm_fused_direction;

gemlet_status gm_fused_layout_copy(gm_backend *backend, const gm_fused_plan *plan,
                                   const gm_fused_network *network, gm_buffer *arena,
                                   gm_fused_direction direction);

#endif
