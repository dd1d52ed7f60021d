/* SPDX-License-Identifier: MIT
 * One run of `gemlet train`: its state from start to end, and saving it. */
#ifndef GM_CLI_TRAIN_RUN_H
#define GM_CLI_TRAIN_RUN_H

#include <time.h>

#include "cli/progress.h"
#include "cli/train_job.h"
#include "gemlet/gemlet.h"
#include "report/history.h"
#include "report/layer_history.h"
#include "report/result_directory.h"
#include "run/run.h"
#include "tune/tuned.h"

/* Names of the files in the directory of the results. The model's is the same whatever the data, so
 * that scripts need not know them. */
#define GM_MODEL_NAME "model_mnist.npz"
#define GM_STATS_NAME "stats.json"

/* Where the files of a run are written, and what their names begin with. */
typedef struct gm_train_place {
    const char *directory;
    const char *prefix;
} gm_train_place;

/* Zero-initialised; gm_cmd_train() fills it in the order of the members and releases it. */
typedef struct gm_train_run {
    gm_train_settings settings;
    int argc;
    char **argv;
    time_t started_at;
    double started_seconds;
    char *out;                   /* directory of the results */
    gm_result_directory results; /* the same, with what is prepared for it */
    gm_train_place place;        /* where files are written */
    gm_train_rows rows;
    gemlet_spec spec;
    char spec_text[GEMLET_SPEC_TEXT_SIZE];
    char *cache_directory;          /* NULL: nothing is kept */
    char tuned[GM_TUNED_TEXT_SIZE]; /* what of it is tuned; may be empty */
    gm_run run;                     /* device and model are the run's own */
    uint64_t n_steps;
    gm_progress_display display;
    gm_history history;
    gm_layer_history layers;
    gemlet_status history_status; /* of the last append to either */
    double load_seconds;
    double device_seconds;
    const char *graph_name; /* NULL: no graph was drawn */
} gm_train_run;

/* Finds out whether results can be written to run->out, and leaves an earlier run's as they are. */
gemlet_status gm_train_run_check_out(gm_train_run *run);

/* Takes room on the disk for the model, which must be there. */
gemlet_status gm_train_run_take_room(gm_train_run *run);

/* Puts model, metrics and statistics in place of an earlier run's results, as a whole. If that
 * fails they go elsewhere, under new names beside the results or in the directory for temporary
 * files, and the message says where. */
gemlet_status gm_train_run_save(gm_train_run *run);

/* Draws the pictures of a run that is saved, adds them to its results and names the graph in its
 * statistics. Pictures are guests: where one cannot be drawn a line on stderr says why, and nothing
 * else is different. */
void gm_train_run_draw(gm_train_run *run);

#endif
