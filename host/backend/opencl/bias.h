/* SPDX-License-Identifier: MIT
 * Launchers of bias.cl: what a dense layer does beside its products. */
#ifndef GM_OPENCL_BIAS_H
#define GM_OPENCL_BIAS_H

#include "backend/opencl/context.h"

/* y (B,N) in and out: y = act(y + bias); bias (N) in, or none. */
gemlet_status gm_bias_act_fwd(gm_opencl *opencl, const gm_matrix *y, const gm_vector *bias,
                              gemlet_activation activation);

/* dbias (N) out = column sums of dz (B,N) in. */
gemlet_status gm_bias_bwd(gm_opencl *opencl, const gm_matrix *dz, const gm_vector *dbias);

#endif
