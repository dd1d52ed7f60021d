/* SPDX-License-Identifier: MIT
 * Small questions about a network's shape, asked all over the library. */
#ifndef GM_MODEL_SPEC_H
#define GM_MODEL_SPEC_H

#include "backend/layer.h"
#include "gemlet/model.h"

/* "relu" etc., as in a spec string. Static text. */
const char *gm_activation_name(gemlet_activation activation);

/* Number of inputs of layer `layer` (0-based). */
gemlet_dim gm_spec_fan_in(const gemlet_spec *spec, unsigned layer);

/* extents = rows and columns of a tensor of the model, one row for a vector; 0 if layer `layer`
 * (0-based) has none of its kind. Returns its number of values. */
size_t gm_spec_tensor_extents(const gemlet_spec *spec, unsigned layer, gm_tensor tensor,
                              gemlet_dim extents[2]);

/* 1 if any layer has it. */
int gm_spec_has_batch_norm(const gemlet_spec *spec);

/* Width of the last layer. */
gemlet_dim gm_spec_classes(const gemlet_spec *spec);

#endif
