/* SPDX-License-Identifier: MIT
 * The defaults are those of the default recipe of `gemlet train`. */
#include "train/train_options.h"

#include "core/struct_size.h"

static const gemlet_train_options defaults = {
    .struct_size = sizeof defaults,
    .batch = 64,
    .n_steps = 20000,
    .learning_rate = 0.1,
    .schedule = GEMLET_SCHEDULE_COSINE,
    .step_factor = 0.1,
    .weight_decay = 5e-3,
    .seed = 1,
    .log_every = 100,
    .cycle_factor = 1,
    .fused = GEMLET_FUSED_AUTO,
    .optimizer = GEMLET_OPTIMIZER_SGD,
    .beta1 = 0.9,
    .beta2 = 0.999,
    .epsilon = 1e-8,
    .huber_delta = 1,
    .virtual_adversarial_xi = 0.1,
    .virtual_adversarial_weight = 1,
};

void gemlet_train_options_init_sized(void *options, size_t struct_size)
{
    gm_struct_init(options, struct_size, &defaults, sizeof defaults);
}

gemlet_status gm_train_options_complete(gemlet_train_options *full,
                                        const gemlet_train_options *given)
{
    *full = defaults;
    return gm_struct_complete(full, sizeof *full, given, "train options");
}
