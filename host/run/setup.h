/* SPDX-License-Identifier: MIT
 * What is trained, and on what: data, device, network and model, made from the settings. Of every
 * command that takes the steps of a run: what it needs of this it calls, in the order below. */
#ifndef GM_RUN_SETUP_H
#define GM_RUN_SETUP_H

#include "run/rows.h"
#include "tune/tuned.h"

/* Zero-initialise it but for what is given; release with gm_setup_free(), also after a failure. */
typedef struct gm_setup {
    /* given */
    gm_run_settings settings; /* the calls fill in what follows from data and device */
    gm_run_events events;
    struct gm_setup *before; /* NULL, or one that needs its device no longer: this one takes it over
                                if it has the same network and rows a step, and its rows if
                                has_same_rows */
    int has_same_rows; /* 1: the settings differ in nothing that says which rows there are, or what
                          they count */

    /* made; or, but for the model, another setup's, which outlives this one */
    int is_shared;
    char *cache_directory; /* NULL: nothing is kept */
    gm_rows rows;
    gemlet_spec spec;
    char spec_text[GEMLET_SPEC_TEXT_SIZE];
    gemlet_device *device;
    gemlet_model *model;
    char tuned[GM_TUNED_TEXT_SIZE]; /* what of the steps is tuned; may be empty */
    gm_tuning tuning;               /* the same */
} gm_setup;

/* Finds the cache directory, loads the data and fits network and batch to them. */
gemlet_status gm_setup_load(gm_setup *setup);

/* The same with the rows of a table, or of items, in memory, which stay the caller's. */
gemlet_status gm_setup_take_table(gm_setup *setup, const gm_table *table);
gemlet_status gm_setup_take_items(gm_setup *setup, const gemlet_dataset *items);

/* The same with these rows, which the setup takes over, in place of the data of the settings;
 * n_classes: of them. */
gemlet_status gm_setup_take_rows(gm_setup *setup, gemlet_dataset *train, gemlet_dim n_classes);

gemlet_status gm_setup_open_device(gm_setup *setup);

/* *out = rows, network and device of a setup that has them, for another model: with these settings,
 * which differ from those of `of` in what is neither rows, network nor device. */
void gm_setup_share(gm_setup *out, const gm_setup *of, const gm_run_settings *settings);

/* The untrained model with the input scale for these data. */
gemlet_status gm_setup_create_model(gm_setup *setup);

/* Applies what gemlet tune found for this device, network and batch, unless the settings say how to
 * multiply or what to fuse: settings.train.fused becomes OFF where that was faster. A file that
 * cannot be used is noted. */
gemlet_status gm_setup_use_tuned(gm_setup *setup);

/* The same with the tuning that a run has told of (gm_tuned_format()). GEMLET_E_FORMAT if it is
 * none. */
gemlet_status gm_setup_use_earlier_tuning(gm_setup *setup, const char *text);

void gm_setup_free(gm_setup *setup);

#endif
