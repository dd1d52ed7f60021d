/* SPDX-License-Identifier: MIT
 * The fused training step on CPU-type devices: one program per network, a few launches per step.
 *
 * A call for step t enqueues what was put off of step t - 1, while the batch of step t is gathered,
 * and then the launch that ends step t - 1 and does the first layer of step t. So the loss of a
 * step is there after the next call, or after complete(); and no forward pass is ever done that no
 * step needs. Plain in-order queue: work-groups never wait for each other. */
#ifndef GM_OPENCL_FUSED_STEP_H
#define GM_OPENCL_FUSED_STEP_H

#include "backend/backend.h"

/* The slot fused_create of backend.h. */
gemlet_status gm_fused_step_create(gm_backend *backend, gm_fused **out,
                                   const gm_fused_network *network, char *reason);

/* The slot fused_fingerprint. */
gemlet_status gm_fused_step_fingerprint(gm_backend *backend, char **out,
                                        const gm_fused_network *network);

#endif
