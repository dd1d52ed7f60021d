/* SPDX-License-Identifier: MIT
 * What the command line of `gemlet train`, and of commands like it, says, read and checked before
 * any work is done. */
#ifndef GM_CLI_TRAIN_SETTINGS_H
#define GM_CLI_TRAIN_SETTINGS_H

#include "cli/device_settings.h"
#include "cli/options.h"
#include "cli/recipe.h"
#include "gemlet/gemlet.h"

#define GM_TRAIN_DEFAULT_STEPS 20000u

typedef struct gm_train_settings {
    /* data */
    const char *data;
    gemlet_dim hold_out; /* rows kept out of training; 0: none */
    uint64_t max_memory; /* of the content of one file, in bytes; 0: not given */
    double input_scale;  /* NAN: by the type of the data */

    /* network */
    const char *network; /* spec string; NULL: built from the following */
    gm_dim_list hidden;
    gemlet_activation activation;
    int no_batch_norm;
    int batch_norm_output;
    gemlet_init_options init;

    /* training */
    gm_recipe_id recipe;
    gemlet_train_options train; /* n_steps: --steps, 0 if there is none; see
                                   gm_train_job_count_steps() */
    int is_batch_given;         /* 0: the default, which few rows make smaller */
    uint64_t epochs;            /* 0: steps count */

    gemlet_device_options device;
    int no_qualify;
    int no_tuned;

    /* output */
    const char *out; /* NULL: runs/<data>, or runs/<data>-<recipe> */
    int quiet;
    int explain;
} gm_train_settings;

/* A command that takes the options of a training run and some of its own. */
typedef struct gm_train_command {
    const char *name;
    const char *description;
    const char *examples;
    uint64_t default_steps;
    const char *steps_help;
    unsigned without;     /* as in gm_command */
    const gm_option *own; /* shown last; targets hold their defaults */
    size_t n_own;
    /* Which options go together, once all are read: GM_OPTIONS_RUN or an exit code. May be NULL. */
    int (*check)(const gm_command *command, const void *user);
    const void *user; /* handed to check */
} gm_train_command;

/* Reads the command line into *settings and the targets of the command's own options: recipe
 * first, then the flags over it. Returns GM_OPTIONS_RUN or an exit code, as gm_options_parse().
 * Own options may have targets in *settings, which gm_train_settings_defaults() has filled. */
int gm_train_settings_parse(gm_train_settings *settings, const gm_train_command *command, int argc,
                            char **argv);

/* The settings without any flag. */
void gm_train_settings_defaults(gm_train_settings *settings);

/* The network for data with so many features and classes. GEMLET_E_SHAPE if --network says
 * otherwise. */
gemlet_status gm_train_settings_spec(gemlet_spec *spec, const gm_train_settings *settings,
                                     gemlet_dim n_features, gemlet_dim n_classes);

#endif
