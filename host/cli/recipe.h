/* SPDX-License-Identifier: MIT
 * Recipes: named sets of training defaults. A flag on the command line overrides the recipe. */
#ifndef GM_CLI_RECIPE_H
#define GM_CLI_RECIPE_H

#include "gemlet/model.h"
#include "gemlet/train.h"

typedef struct gm_recipe {
    const char *name;
    gemlet_init_scheme init;
    double output_gain; /* not of the normal schemes */
    double learning_rate;
    gemlet_schedule schedule;
    double weight_decay;
    double weight_decay_without; /* of networks without any batch-norm */
} gm_recipe;

/* Names of all recipes, in the order of gm_recipe_get(); ends with NULL. The first is the default.
 */
extern const char *const gm_recipe_names[];

/* The recipe at `position` of gm_recipe_names. Static. */
const gm_recipe *gm_recipe_get(int position);

#endif
