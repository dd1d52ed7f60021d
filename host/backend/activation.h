/* SPDX-License-Identifier: MIT
 * What is known of activations beside their formulas, which are those of act_fwd in backend.h, and
 * their names, which are in core/names.h. */
#ifndef GM_BACKEND_ACTIVATION_H
#define GM_BACKEND_ACTIVATION_H

#include "gemlet/model.h"

/* As activation.cl has them. The two of SELU: G. Klambauer, T. Unterthiner, A. Mayr, S. Hochreiter,
 * "Self-normalizing neural networks", NIPS 2017. */
#define GM_LEAKY_RELU_SLOPE 0.01f
#define GM_SELU_ALPHA       1.6732632423543772848f
#define GM_SELU_SCALE       1.0507009873554804934f

/* mish and its slope are a and 1 beyond, to far less than any rounding. */
#define GM_MISH_LIMIT 30.0f

/* Whether the activation is an operation of its own, act_fwd, with its input kept for the way back.
 * The others are part of the operation before them. */
static inline int gm_activation_is_separate(gemlet_activation activation)
{
    return activation > GEMLET_ACTIVATION_TANH;
}

#endif
