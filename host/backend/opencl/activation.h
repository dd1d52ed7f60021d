/* SPDX-License-Identifier: MIT
 * Launcher of activation.cl: act_bwd of backend.h. */
#ifndef GM_OPENCL_ACTIVATION_H
#define GM_OPENCL_ACTIVATION_H

#include "backend/backend.h"

gemlet_status gm_activation_bwd(gm_backend *backend, const gm_act_bwd_args *args);

#endif
