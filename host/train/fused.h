/* SPDX-License-Identifier: MIT
 * Chooses between the fused training step of the backend and the composition in step.c. */
#ifndef GM_TRAIN_FUSED_H
#define GM_TRAIN_FUSED_H

#include "gemlet/train.h"
#include "model/network.h"
#include "train/device_data.h"

/* *out = the fused step of this network on these data, or NULL where step.c is to be used: because
 * the options say so, or because the backend cannot fuse the network. GEMLET_E_DEVICE if it cannot
 * although the options demand it. With a fused step options->on_plan is called; else `why`
 * (GM_FUSED_REASON_SIZE) says why there is none. Parameters and running statistics are
 * stale in the network until out->ops->store(). Release with out->ops->destroy(). */
gemlet_status gm_train_fused_create(gm_fused **out, char *why, const gm_network *network,
                                    const gm_device_data *data, const gemlet_train_options *options,
                                    float input_scale);

/* *out = fingerprint of the fused step (see backend.h); NULL where step.c is to be used. Release
 * with free(). */
gemlet_status gm_train_fused_fingerprint(char **out, const gm_network *network,
                                         const gm_device_data *data,
                                         const gemlet_train_options *options, float input_scale);

/* Puts what the last step calculated into the batch and the tensors of the network, as step.c
 * leaves them there, but for the gradients of weights. Behind fused->ops->store() only. */
gemlet_status gm_train_fused_show(gm_fused *fused, gm_network *network, gm_device_data *data);

/* The same for outputs and gradients of the layers only. */
gemlet_status gm_train_fused_show_layers(gm_fused *fused, gm_network *network);

#endif
