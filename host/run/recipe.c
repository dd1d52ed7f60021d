/* SPDX-License-Identifier: MIT
 * The recipes. How they were chosen, on rows held out of the training set, stands in
 * docs/recipes.md and docs/tables.md. */
#include "run/recipe.h"

#include <math.h>

const gm_name gm_recipe_names[] = {
    {"auto", GM_RECIPE_AUTO},
    {"default", GM_RECIPE_DEFAULT},
    {"plain", GM_RECIPE_PLAIN},
    {"reference", GM_RECIPE_REFERENCE},
    {"mnist-deform", GM_RECIPE_MNIST_DEFORM},
    {"fashion", GM_RECIPE_FASHION},
    {"table", GM_RECIPE_TABLE},
    {NULL, 0}, /* the comment keeps these on lines of their own */
};

/* What recipes for images share. Batch-norm takes the scale of the weights out of its layer, decay
 * only turns up the effective learning rate there; without it as much decay keeps the network from
 * fitting. */
#define OF_IMAGES                                                                                  \
    .activation = GEMLET_ACTIVATION_RELU, .init = GEMLET_INIT_AUTO, .output_gain = 0.1,            \
    .optimizer = GEMLET_OPTIMIZER_SGD, .schedule = GEMLET_SCHEDULE_COSINE,                         \
    .weight_decay_without = 5e-4

static const gm_recipe recipes[] = {
    [GM_RECIPE_DEFAULT] =
        {
            .purpose = "images and other rows of numbers of one kind: SGD with momentum, "
                       "batch-norm and dropout of inputs",
            OF_IMAGES,
            .hidden = {{150, 150}, 2},
            .batch = 64,
            .weight_decay = 5e-3,
            .learning_rate = 0.02,
            .momentum = 0.9,
            .input_dropout = 0.1,
        },
    [GM_RECIPE_PLAIN] =
        {
            .purpose = "the same without momentum and dropout: what most programs can repeat",
            OF_IMAGES,
            .hidden = {{150, 150}, 2},
            .batch = 64,
            .weight_decay = 5e-3,
            .learning_rate = 0.1,
        },
    [GM_RECIPE_REFERENCE] =
        {
            /* The configuration of the reference system, read literally: it published 98.24 % test
             * accuracy and 0.0552 test loss with it. */
            .purpose = "the published reference configuration for MNIST",
            .hidden = {{150, 150}, 2},
            .activation = GEMLET_ACTIVATION_RELU,
            .init = GEMLET_INIT_SCALED_NORMAL,
            .output_gain = 0.1,
            .batch = 64,
            .optimizer = GEMLET_OPTIMIZER_SGD,
            .learning_rate = 0.1,
            .schedule = GEMLET_SCHEDULE_CONSTANT,
        },
    [GM_RECIPE_MNIST_DEFORM] =
        {
            .purpose = "handwriting: a wide network and images deformed at random, for long",
            OF_IMAGES,
            .hidden = {{1000, 500}, 2},
            .batch = 128,
            .length = {.epochs = 300},
            .weight_decay = 2e-3,
            .learning_rate = 0.02,
            .momentum = 0.9,
            .augment = "rotate=15,scale=0.15,shear=15,shift=1,elastic=36:6",
        },
    [GM_RECIPE_FASHION] =
        {
            .purpose = "pictures of things, as in Fashion-MNIST: a wide network and images shifted "
                       "and scaled at random",
            OF_IMAGES,
            .hidden = {{1024, 1024}, 2},
            .batch = 128,
            .length = {.epochs = 80},
            .weight_decay = 2e-3,
            .learning_rate = 0.02,
            .momentum = 0.9,
            .dropout = 0.1,
            .augment = "shift=1,scale=0.05",
        },
    [GM_RECIPE_TABLE] =
        {
            .purpose = "tables with columns of all kinds: AdamW, average of weights, best epoch",
            .hidden = {{256, 256, 256}, 3},
            .activation = GEMLET_ACTIVATION_SILU,
            .no_batch_norm = 1,
            .init = GEMLET_INIT_KAIMING,
            .output_gain = 0.0,
            .batch = 128,
            .length = {.epochs = 32,
                       .many_rows = 20000,
                       .min_epochs = 12,
                       .max_epochs = 256,
                       .min_steps = 640},
            .optimizer = GEMLET_OPTIMIZER_ADAMW,
            .beta2 = 0.95,
            .learning_rate = 2e-3,
            .schedule = GEMLET_SCHEDULE_FLAT_COSINE,
            .warmup = 0.02,
            .weight_decay = 0.02,
            .weight_decay_without = 0.02,
            .dropout = 0.15,
            .label_smoothing = 0.1,
            /* Compiling the fused step of a network that is new takes longer than it saves in so
             * few steps, and each table has a network of its own. */
            .fused = GEMLET_FUSED_OFF,
            .average = "ema:0.99",
            .validation = "0.2",
        },
};

const gm_recipe *gm_recipe_get(gm_recipe_id recipe)
{
    return &recipes[recipe];
}

uint64_t gm_recipe_count_steps(const gm_recipe_length *length, gemlet_dim n_rows, gemlet_dim batch)
{
    const uint64_t per_epoch = n_rows / batch;
    uint64_t epochs = length->epochs;
    if (length->many_rows == 0)
        return epochs * per_epoch;
    if (n_rows > length->many_rows) {
        epochs = (uint64_t)round((double)length->epochs * length->many_rows / n_rows);
        if (epochs < length->min_epochs)
            epochs = length->min_epochs;
    }
    if (epochs * per_epoch < length->min_steps) {
        epochs = (length->min_steps + per_epoch - 1) / per_epoch;
        if (epochs > length->max_epochs)
            epochs = length->max_epochs;
    }
    return epochs * per_epoch;
}
