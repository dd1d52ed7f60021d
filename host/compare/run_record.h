/* SPDX-License-Identifier: MIT
 * One finished run, as its stats.json tells it. Reading trusts nothing: the file may be of another
 * program, of another version, or damaged. */
#ifndef GM_COMPARE_RUN_RECORD_H
#define GM_COMPARE_RUN_RECORD_H

#include <stddef.h>
#include <sys/types.h>

#include <cjson/cJSON.h>

#include "core/error.h"

typedef enum gm_figure {
    GM_FIGURE_TEST_ACCURACY,     /* 0..1, as all accuracies */
    GM_FIGURE_BALANCED_ACCURACY, /* these as in gm_run_stats */
    GM_FIGURE_MACRO_F1,
    GM_FIGURE_AUC,
    GM_FIGURE_TEST_RMSE,
    GM_FIGURE_TEST_MAE,
    GM_FIGURE_TEST_R2,
    GM_FIGURE_TEST_LOSS,
    GM_FIGURE_VALIDATION_ACCURACY,
    GM_FIGURE_VALIDATION_LOSS,
    GM_FIGURE_EPOCHS,
    GM_FIGURE_BEST_EPOCH, /* whose model is that of the run; only of runs validated on the way */
    GM_FIGURE_TRAIN_SECONDS,
    GM_FIGURE_US_PER_STEP,
    GM_FIGURE_PARAMETERS,
    GM_N_FIGURES
} gm_figure;

/* One of the things that decide the outcome of a run, all but its seed: the network, an option of
 * the training, the device, the data... */
typedef struct gm_trait {
    char *name;  /* "learning rate" */
    char *value; /* as text, "-" for null */
} gm_trait;

#define GM_RUN_RECORD_MAX_TRAITS 96u

typedef struct gm_run_record {
    char *directory;              /* as given, without slashes at its end */
    double figures[GM_N_FIGURES]; /* NAN: not measured */
    double test_rows;             /* NAN: unknown */
    double seed;                  /* NAN: beyond 2^53, where a number in JSON is not exact */
    gm_trait traits[GM_RUN_RECORD_MAX_TRAITS];
    size_t n_traits;
    dev_t file_device; /* of the stats.json that was read */
    ino_t file_number;
    cJSON *json; /* the file: an object */
} gm_run_record;

/* Reads `directory`/stats.json. Failures name that file and the place in it. On failure *record is
 * all zero. */
gemlet_status gm_run_record_read(gm_run_record *record, const char *directory);

/* 1 if the stats.json that was read is still in place, 0 if another run's has come: then what else
 * was read from there since may be of the other run. */
int gm_run_record_is_current(const gm_run_record *record);

/* The same from the content of the file: n_bytes of `text` and a zero byte behind them; `path`
 * names it in messages. */
gemlet_status gm_run_record_parse(gm_run_record *record, const char *text, size_t n_bytes,
                                  const char *directory, const char *path);

/* Text of a trait, "-" if the run has none of that name. Belongs to the record. */
const char *gm_run_record_trait(const gm_run_record *record, const char *name);

/* Harmless on a zeroed record. */
void gm_run_record_free(gm_run_record *record);

#endif
