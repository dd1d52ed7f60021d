/* SPDX-License-Identifier: MIT
 * What a training run is made from, before anything is loaded or opened. */
#ifndef GM_RUN_SETTINGS_H
#define GM_RUN_SETTINGS_H

#include "core/dim_list.h"
#include "gemlet/gemlet.h"
#include "run/recipe.h"
#include "table/load.h"

#define GM_RUN_DEFAULT_STEPS 20000u

/* The newest, and one to go back to if that is damaged. */
#define GM_RUN_KEEP_CHECKPOINTS 2u

/* As gm_run_settings.split_seed: not given. */
#define GM_RUN_SEED UINT64_MAX

typedef enum gm_span_unit {
    GM_SPAN_STEPS,
    GM_SPAN_EPOCHS
} gm_span_unit;

extern const gm_name gm_span_unit_names[];

/* Strings are borrowed. */
typedef struct gm_run_settings {
    /* data */
    const char *data;
    /* Rows kept out of training. Only with `validation` are they looked at before its end. */
    gemlet_dim hold_out;      /* a number of them, whatever their classes; 0: none */
    const char *validation;   /* --validation, see validation_rows.h; NULL: none */
    uint64_t max_memory;      /* of the content of one file, in bytes; 0: not given */
    gm_table_settings table;  /* if `data` is a file */
    const char *test;         /* of a table: a part as a number, or a file; NULL: the default */
    const char *class_weight; /* as of gm_row_weights_apply(); NULL: not given */
    double input_scale;       /* NAN: by the type of the data */

    gemlet_dim folds;    /* parts of a cross-validation; 0: none */
    gemlet_dim fold;     /* from 1: the one that tests; 0: each of them in turn */
    uint64_t split_seed; /* of the rows drawn for test and validation; GM_RUN_SEED: the seed */

    /* network */
    const char *from;    /* a model to begin with, see start.h; NULL: new weights */
    const char *network; /* spec string; NULL: that of `from`, or built from the following */
    gm_dim_list hidden;
    gemlet_activation activation;
    int no_batch_norm;
    int batch_norm_output;
    gemlet_init_options init;

    /* training */
    gm_recipe_id recipe;        /* never AUTO once it is known what the data are */
    gemlet_train_options train; /* n_steps: --steps, 0 if there is none; see
                                   gm_run_settings_count_steps() */
    const char *augment;        /* --augment, as the following */
    const char *lr_scale;       /* --lr-scale, of which train holds the numbers; NULL: none */
    const char *average;        /* --average, of which train holds the numbers; NULL: none */
    int is_batch_given;         /* 0: the default, which few rows make smaller */
    int is_smoothing_given;     /* 0: the recipe's, which only classes have */
    int is_validation_given;    /* 0: the recipe's, for which there may be too few rows */
    gemlet_dim ensemble;        /* networks, trained from as many seeds; 1: a single one */
    uint64_t epochs;            /* 0: steps count */
    gm_span_unit schedule_unit; /* of train.warmup from 1 on, .step_every and .cycle_steps */

    gemlet_device_options device;
    int no_tuned;

    uint64_t checkpoint_every;   /* steps; 0: as in gm_train_states */
    gemlet_dim keep_checkpoints; /* 0: none are written */

    const char *out; /* directory of the results; NULL: see out.h */
    int overwrite;   /* 1: another run's results there are replaced */
} gm_run_settings;

/* What rows for test and validation are drawn by. */
static inline uint64_t gm_run_settings_split_seed(const gm_run_settings *settings)
{
    return settings->split_seed != GM_RUN_SEED ? settings->split_seed : settings->train.seed;
}

/* The same rows with another seed for all else. */
void gm_run_settings_take_seed(gm_run_settings *settings, uint64_t seed);

/* The settings of a recipe without any option. */
void gm_run_settings_init(gm_run_settings *settings, gm_recipe_id recipe);

/* The recipe for data of this kind. */
gm_recipe_id gm_run_settings_usual_recipe(const gm_run_settings *settings);

/* 1 if any layer of the network that the settings describe has batch-norm, or if --network or
 * --from cannot be read, which is reported when the network is made. */
int gm_run_settings_have_batch_norm(const gm_run_settings *settings);

/* The network for data with so many features and classes; 0 classes: a number to predict.
 * GEMLET_E_SHAPE if --network says otherwise. */
gemlet_status gm_run_settings_spec(gemlet_spec *spec, const gm_run_settings *settings,
                                   gemlet_dim n_features, gemlet_dim n_classes);

/* The steps that --steps or --epochs asks for, or else the recipe, of so many rows to train on. */
uint64_t gm_run_settings_count_steps(const gm_run_settings *settings, gemlet_dim n_rows);

/* What the schedule has in epochs of so many rows becomes steps. */
void gm_run_settings_fit_schedule(gm_run_settings *settings, gemlet_dim n_rows);

/* GEMLET_E_RANGE where batch-norm would see a single row a step, which cannot be learned from. */
gemlet_status gm_run_settings_check_batch(const gm_run_settings *settings, const gemlet_spec *spec);

#endif
