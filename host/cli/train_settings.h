/* SPDX-License-Identifier: MIT
 * What the command line of `gemlet train`, and of commands like it, says, read and checked before
 * any work is done. */
#ifndef GM_CLI_TRAIN_SETTINGS_H
#define GM_CLI_TRAIN_SETTINGS_H

#include "cli/device_settings.h"
#include "cli/options.h"
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
    int activation; /* position in the names: relu, sigmoid, tanh */
    int no_batch_norm;
    int batch_norm_output;
    int init; /* gemlet_init_scheme */
    double init_scale;
    double output_gain;

    /* training */
    int recipe; /* position in gm_recipe_names */
    gemlet_dim batch;
    int is_batch_given; /* 0: the default, which few rows make smaller */
    uint64_t steps;
    uint64_t epochs; /* 0: steps count */
    double learning_rate;
    int schedule;           /* gemlet_schedule */
    uint64_t lr_step_every; /* 0: not set */
    double lr_step_factor;
    double weight_decay;
    uint64_t seed;

    gm_device_settings device;
    int fused; /* gemlet_fused */
    int no_qualify;
    int no_tuned;

    /* output */
    const char *out; /* NULL: runs/<data>, or runs/<data>-<recipe> */
    uint64_t log_every;
    int quiet;
    int explain;
    uint64_t watch_layers; /* 0: no */
} gm_train_settings;

/* A command that takes the options of a training run and some of its own. */
typedef struct gm_train_command {
    const char *name;
    const char *description;
    const char *examples;
    uint64_t default_steps;
    const char *steps_help;
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

/* "auto", "kaiming" etc. for a gemlet_init_scheme. Static text. */
const char *gm_init_scheme_name(int scheme);

#endif
