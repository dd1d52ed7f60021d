/* SPDX-License-Identifier: MIT
 * Recipes: named sets of training defaults. A flag on the command line overrides the recipe. */
#ifndef GM_RUN_RECIPE_H
#define GM_RUN_RECIPE_H

#include "core/names.h"
#include "gemlet/model.h"
#include "gemlet/train.h"

typedef struct gm_recipe {
    gemlet_init_scheme init;
    double output_gain; /* not of the normal schemes */
    double learning_rate;
    gemlet_schedule schedule;
    double weight_decay;
    double weight_decay_without; /* of networks without any batch-norm */
} gm_recipe;

typedef enum gm_recipe_id {
    GM_RECIPE_DEFAULT,
    GM_RECIPE_REFERENCE
} gm_recipe_id;

extern const gm_name gm_recipe_names[];

/* Static. */
const gm_recipe *gm_recipe_get(gm_recipe_id recipe);

#endif
