/* SPDX-License-Identifier: MIT
 * Small questions about a network's shape, asked all over the library. */
#ifndef GM_MODEL_SPEC_H
#define GM_MODEL_SPEC_H

#include "gemlet/model.h"

/* "relu" etc., as in a spec string. Static text. */
const char *gm_activation_name(gemlet_activation activation);

/* Number of inputs of layer `layer` (0-based). */
gemlet_dim gm_spec_fan_in(const gemlet_spec *spec, unsigned layer);

/* Width of the last layer. */
gemlet_dim gm_spec_classes(const gemlet_spec *spec);

#endif
