/* SPDX-License-Identifier: MIT
 * Recipes: named sets of defaults, as data. A flag on the command line overrides its default. */
#ifndef GM_RUN_RECIPE_H
#define GM_RUN_RECIPE_H

#include "core/dim_list.h"
#include "core/names.h"
#include "gemlet/model.h"
#include "gemlet/train.h"

/* Steps that follow from the number of rows: max(min_steps, epochs) of batches, but of many rows
 * fewer epochs, so that there are no more than `epochs` passes over many_rows, and min_epochs at
 * least; of few rows max_epochs at most. */
typedef struct gm_recipe_length {
    unsigned epochs;      /* 0: a number of steps counts, whatever the rows */
    gemlet_dim many_rows; /* 0: any, and the following do not count */
    unsigned min_epochs;
    unsigned max_epochs;
    uint64_t min_steps;
} gm_recipe_length;

typedef struct gm_recipe {
    const char *purpose; /* one line */
    /* network */
    gm_dim_list hidden;
    gemlet_activation activation;
    int no_batch_norm;
    gemlet_init_scheme init;
    double output_gain; /* not of the normal schemes */
    /* training; 0 is none */
    gemlet_dim batch;
    gm_recipe_length length;
    gemlet_optimizer optimizer;
    double beta2; /* of Adam */
    double learning_rate;
    const char *lr_scale; /* as the option of that name; NULL: one rate for all parameters */
    double momentum; /* goes with that learning rate */
    gemlet_schedule schedule;
    double warmup;
    double weight_decay;
    double weight_decay_without; /* of networks without any batch-norm */
    double dropout;
    double input_dropout;
    double label_smoothing; /* of classes */
    gemlet_fused fused;
    const char *augment; /* as the option of that name, and the following; NULL: none */
    const char *average;
    const char *validation;
} gm_recipe;

typedef enum gm_recipe_id {
    GM_RECIPE_DEFAULT,
    GM_RECIPE_PLAIN,
    GM_RECIPE_REFERENCE,
    GM_RECIPE_MNIST_DEFORM,
    GM_RECIPE_FASHION,
    GM_RECIPE_TABLE,
    GM_RECIPE_AUTO /* no recipe: table for a table, else default */
} gm_recipe_id;

extern const gm_name gm_recipe_names[];

/* Static. Not of GM_RECIPE_AUTO. */
const gm_recipe *gm_recipe_get(gm_recipe_id recipe);

/* Steps for so many rows by a length that has epochs; of a batch of at most n_rows. */
uint64_t gm_recipe_count_steps(const gm_recipe_length *length, gemlet_dim n_rows, gemlet_dim batch);

#endif
