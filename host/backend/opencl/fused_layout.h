/* SPDX-License-Identifier: MIT
 * What lies in the arena of the fused training step, as the rest of the program knows it, through
 * the host. Parameters, states and running statistics travel between it and the network's own
 * buffers, once before and once after many steps; what a step calculated can be looked at. */
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

/* `inspect` of backend.h; side: where the batch of the last step lies. */
gemlet_status gm_fused_layout_inspect(gm_backend *backend, const gm_fused_plan *plan,
                                      const gm_buffer *arena, unsigned side, unsigned tensor,
                                      unsigned layer, void *values, gm_fused_stray *stray);

#endif
