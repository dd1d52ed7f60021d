/* SPDX-License-Identifier: MIT
 * Launchers of batch_norm.cl: bn_act_fwd_train, bn_act_fwd_test, bn_act_bwd of backend.h. */
#ifndef GM_OPENCL_BATCH_NORM_H
#define GM_OPENCL_BATCH_NORM_H

#include "backend/backend.h"

gemlet_status gm_batch_norm_fwd_train(gm_backend *backend, const gm_bn_act_fwd_train_args *args);
gemlet_status gm_batch_norm_fwd_test(gm_backend *backend, const gm_bn_act_fwd_test_args *args);
gemlet_status gm_batch_norm_bwd(gm_backend *backend, const gm_bn_act_bwd_args *args);

#endif
