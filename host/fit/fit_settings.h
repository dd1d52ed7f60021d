/* SPDX-License-Identifier: MIT
 * From the options of a program that trains from memory to the settings of a training. */
#ifndef GM_FIT_FIT_SETTINGS_H
#define GM_FIT_FIT_SETTINGS_H

#include "gemlet/fit.h"
#include "run/settings.h"

/* Zero-initialised; release with gm_fit_settings_free(), also after a failure. */
typedef struct gm_fit_settings {
    gm_run_settings run; /* its texts are those of argv */
    char **argv;         /* (n) */
    int n;
} gm_fit_settings;

/* Reads the options. recipe: that of these data if the options name none. GEMLET_E_ARGUMENT as the
 * command line has it. */
gemlet_status gm_fit_settings_read(gm_fit_settings *settings, const gemlet_fit_options *options,
                                   gm_recipe_id recipe);

void gm_fit_settings_free(gm_fit_settings *settings);

#endif
