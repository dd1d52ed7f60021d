/* SPDX-License-Identifier: MIT
 * The recipes. How the default was chosen, on rows held out of the training set, stands in
 * docs/recipes.md. */
#include "run/recipe.h"

const gm_name gm_recipe_names[] = {
    {"default", GM_RECIPE_DEFAULT},
    {"reference", GM_RECIPE_REFERENCE},
    {NULL, 0},
};

static const gm_recipe recipes[] = {
    [GM_RECIPE_DEFAULT] =
        {
            .init = GEMLET_INIT_AUTO,
            .output_gain = 0.1,
            .learning_rate = 0.1,
            .schedule = GEMLET_SCHEDULE_COSINE,
            .weight_decay = 5e-3,
            /* Batch-norm takes the scale of the weights out of its layer, decay only turns up the
             * effective learning rate there. Without it as much decay keeps the network from
             * fitting.
             */
            .weight_decay_without = 5e-4,
        },
    [GM_RECIPE_REFERENCE] =
        {
            /* The configuration of the reference system, read literally: it published 98.24 % test
             * accuracy and 0.0552 test loss with it. */
            .init = GEMLET_INIT_SCALED_NORMAL,
            .output_gain = 0.1,
            .learning_rate = 0.1,
            .schedule = GEMLET_SCHEDULE_CONSTANT,
            .weight_decay = 0.0,
            .weight_decay_without = 0.0,
        },
};

const gm_recipe *gm_recipe_get(gm_recipe_id recipe)
{
    return &recipes[recipe];
}
