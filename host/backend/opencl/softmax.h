/* SPDX-License-Identifier: MIT
 * Launchers of softmax.cl: softmax, softmax_xent of backend.h. */
#ifndef GM_OPENCL_SOFTMAX_H
#define GM_OPENCL_SOFTMAX_H

#include "backend/backend.h"

gemlet_status gm_softmax_fwd(gm_backend *backend, const gm_softmax_args *args);
gemlet_status gm_softmax_xent_run(gm_backend *backend, const gm_softmax_xent_args *args);

#endif
