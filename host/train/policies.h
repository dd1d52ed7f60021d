/* SPDX-License-Identifier: MIT
 * The policies of a training step, each of which has a file of its own. */
#ifndef GM_TRAIN_POLICIES_H
#define GM_TRAIN_POLICIES_H

#include "gemlet/train.h"
#include "train/average.h"
#include "train/head.h"
#include "train/update_rule.h"

static inline gm_policies gm_policies_of(const gemlet_model *model,
                                         const gemlet_train_options *options)
{
    return (gm_policies){
        .input_scale = gemlet_model_input_scale(model),
        .mixup = options->mixup > 0,
        .input_noise = options->input_noise > 0,
        .input_dropout = options->input_dropout > 0,
        .adversarial = options->adversarial > 0,
        .virtual_adversarial = options->virtual_adversarial > 0,
        .head = gm_head_of(model),
        .rule = gm_update_rule_of(options),
        .clip_norm = options->clip_norm > 0,
        .max_norm = options->max_norm > 0,
        .average = gm_average_is_on(options),
    };
}

#endif
