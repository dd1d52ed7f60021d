/* SPDX-License-Identifier: MIT
 * A run, from its settings to its results: data and device, the gate, training, test, and the
 * directory of the results. Prints nothing: its events are told. */
#ifndef GM_RUN_RUN_H
#define GM_RUN_RUN_H

#include <time.h>

#include "checkpoint/writer.h"
#include "report/history.h"
#include "report/layer_history.h"
#include "report/result_directory.h"
#include "run/network_set.h"
#include "run/setup.h"
#include "train/importance.h"
#include "train/metrics.h"

/* Where files are written, and what their names begin with. */
typedef struct gm_run_place {
    const char *directory;
    const char *prefix;
} gm_run_place;

/* Zero-initialise it but for what is given. */
typedef struct gm_run {
    /* given */
    gm_setup setup; /* settings and events; the run does the rest, or has a shared one */
    const volatile sig_atomic_t *stop;
    int argc; /* the command line without the program's name, which the statistics repeat */
    char **argv;
    const gm_pairs *options; /* what checkpoints say of the settings */
    gm_checkpoint *resumed;  /* to go on from, of the run whose directory is settings.out; NULL: the
                                run is a new one. Its content goes over to the run. */

    /* made */
    time_t started_at;
    double started_seconds;
    char *out;                   /* directory of the results */
    gm_result_directory results; /* the same, with what is prepared for it */
    gm_run_place place;          /* where files are written */
    uint64_t n_steps;
    gm_history history;
    gm_layer_history layers;
    gm_train_states states; /* how often, and by whom, checkpoints are written */
    gm_pairs job;           /* what checkpoints say of it */
    gm_checkpoint_writer checkpoints;
    gemlet_status checkpoint_status; /* of the last */
    struct {
        uint32_t train;
        uint32_t validation; /* 0 without such rows */
        uint32_t test;
    } checksums;                  /* of the rows */
    gemlet_status history_status; /* of the last append to either */
    gemlet_train_result trained;
    gemlet_model *last_model;    /* of a training with validation, whose model is the best */
    gemlet_evaluation validated; /* of the model on the validation rows */
    gemlet_evaluation tested;
    gm_metrics metrics; /* of the test; all zero before it, as the following */
    gm_outcomes outcomes;
    gm_importance importance; /* of the columns of a table */
    cJSON *profile;           /* time of each kernel, as in stats.json; NULL: not measured */
    double load_seconds;
    double device_seconds;
    double test_seconds;
    double total_seconds;   /* until results are saved, pictures not counted */
    const char *graph_name; /* NULL: no graph was drawn */
    int has_report;
} gm_run;

/* Parts of its beginning, for runs of several networks: data, with what follows from their number,
 * and device. */
gemlet_status gm_run_load(gm_run *run);
gemlet_status gm_run_take_device(gm_run *run);

/* The run in three parts, for several that are trained as a set: what comes before its training;
 * *network = what is trained; and what comes behind the training, which ended with this status. A
 * run whose beginning failed has no end. */
gemlet_status gm_run_begin(gm_run *run);
gemlet_status gm_run_make_network(gm_set_network *network, gm_run *run);
gemlet_status gm_run_end(gm_run *run, gemlet_status trained);

/* All of it. A run that is stopped is no failure: run->trained.stopped. After a failure the last
 * good state is kept, if there is one that is worth it; the message says where if that is not where
 * it belongs. */
gemlet_status gm_run_execute(gm_run *run);

/* 1 if validation goes along with the training, 0 if it comes at its end or not at all. */
static inline int gm_run_validates(const gm_run *run)
{
    return run->setup.settings.validation != NULL;
}

/* Releases what was made. */
void gm_run_close(gm_run *run);

#endif
