/* SPDX-License-Identifier: MIT
 * What the command line of `gemlet train`, and of commands like it, says, read and checked before
 * any work is done. */
#ifndef GM_OPTIONS_TRAIN_SETTINGS_H
#define GM_OPTIONS_TRAIN_SETTINGS_H

#include "options/device_options.h"
#include "options/options_texts.h"
#include "run/settings.h"

/* What only some commands do; `train` points to a gemlet_train_options. */
#define GM_VALIDATION_OPTIONS(train)                                                               \
    GM_UNSIGNED(TRAINING, "validate-every", "N", &(train)->validate_every, 1, UINT32_MAX,          \
                "steps between two validations, instead of at each end of an epoch"),              \
        GM_UNSIGNED(TRAINING, "patience", "N", &(train)->patience, 1, UINT32_MAX,                  \
                    "end the training when N validations in a row have not lowered the "           \
                    "validation loss")
/* `settings` points to a gm_run_settings. */
#define GM_ENSEMBLE_OPTION(settings)                                                               \
    GM_DIM(TRAINING, "ensemble", "N", &(settings)->ensemble, 1, GEMLET_MAX_ENSEMBLE,               \
           "train N networks, from --seed and the N - 1 seeds that follow it, on the same rows: "  \
           "one model that answers with the mean of their probabilities, or numbers")
#define GM_FOLD_OPTIONS(settings)                                                                  \
    GM_DIM(DATA, "folds", "K", &(settings)->folds, 2, 10000,                                       \
           "cross-validation: cut the rows of a table, or the training rows of a directory, into " \
           "K parts by class and seed, and train K times on all but one, which tests. What each "  \
           "answers to its part is written to predictions.csv"),                                   \
        GM_DIM(DATA, "fold", "I", &(settings)->fold, 1, 10000,                                     \
               "of --folds: train once, and test with part I alone")
#define GM_LOG_EVERY_OPTION(train)                                                                 \
    GM_UNSIGNED(OUTPUT, "log-every", "N", &(train)->log_every, 1, UINT32_MAX,                      \
                "steps between two reports")

/* A command that takes the options of a training run and some of its own. */
typedef struct gm_train_command {
    const char *name;
    const char *description;
    const char *examples;
    uint64_t default_steps;
    const char *steps_help;
    unsigned without;     /* as in gm_command */
    int is_silent;        /* as in gm_command */
    const gm_option *own; /* shown last; targets hold their defaults */
    size_t n_own;
    /* Which options go together, once all are read: GM_OPTIONS_RUN or an exit code. May be NULL. */
    int (*check)(const gm_command *command, const void *user);
    const void *user;            /* handed to check */
    const gm_kept_options *kept; /* NULL: the command keeps none */
    /* Fills kept->before, once the command line says which run is to go on: GM_OPTIONS_RUN or an
     * exit code. These are the defaults then. */
    int (*recall)(void *user);
    void *recall_user;
} gm_train_command;

/* Reads the command line into *settings and the targets of the command's own options: recipe
 * first, then the flags over it. Returns GM_OPTIONS_RUN or an exit code, as gm_options_parse().
 * Own options may have targets in *settings, which gm_run_settings_init() has filled. */
int gm_train_settings_parse(gm_run_settings *settings, const gm_train_command *command, int argc,
                            char **argv);

#endif
