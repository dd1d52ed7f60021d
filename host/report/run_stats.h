/* SPDX-License-Identifier: MIT
 * stats.json: everything there is to say of one training run, so that it can be compared with
 * others and repeated. */
#ifndef GM_REPORT_RUN_STATS_H
#define GM_REPORT_RUN_STATS_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cjson/cJSON.h>

#include "core/error.h"
#include "gemlet/dataset.h"
#include "gemlet/train.h"

/* Raised when a key changes its meaning or goes away. */
#define GM_RUN_STATS_SCHEMA 1

/* Filled by the caller; strings are borrowed and may be NULL (written as null), as reals may be
 * NAN. Zero-initialise it, so that what a caller does not know is null or 0. */
typedef struct gm_run_stats {
    /* outcome */
    double test_accuracy; /* 0..1 */
    double test_loss;
    /* Of classes, or else of a number in its unit; see gm_metrics of train/metrics.h. */
    double test_balanced_accuracy;
    double test_macro_f1;
    double test_auc;
    double test_rmse;
    double test_mae;
    double test_r2;
    const uint64_t
        *confusion; /* (classes, classes) rows by their class and the answer; NULL: none */
    const char *const *class_names; /* (classes); NULL: they are numbers */
    double initial_loss;            /* first batch, before any update */
    double final_train_loss;
    double final_train_accuracy;
    uint64_t validation_rows;   /* 0: no validation keys are written */
    double validation_accuracy; /* of the model */
    double validation_loss;
    uint64_t best_step; /* after so many the model was as it is; 0: the run was validated at its end
                           only, and nothing is written of the following */
    double best_epoch;
    double last_validation_accuracy; /* of the last state */
    double last_validation_loss;
    int stopped_early; /* 1: by patience */
    uint64_t steps;    /* done */
    double epochs;     /* done */
    int stopped;       /* 1: ended before its last step, by request */
    uint64_t seed;

    struct {
        const char *verdict; /* "training": on the CPU too; "device": there only; "unknown"; NULL:
                                the run did not diverge, and null is written */
        uint64_t step;       /* from 1: the first with something not finite */
        const char *tensor;
        uint64_t good_steps; /* the model is as it was after so many */
    } diverged;

    struct {
        const char *name;
        const char *type;
        const char *platform;
        const char *vendor;
        const char *driver;
        const char *version;
        uint32_t compute_units; /* of an OpenCL device; 0: it is none, and null is written */
        uint32_t blas_threads;  /* of OpenBLAS, on the CPU path; 0 as before */
        const char *gemm;       /* what multiplies matrices */
        const char *choice;     /* why this device */
    } device;

    struct {
        const char *spec;
        size_t n_parameters; /* of all networks of an ensemble */
    } network;

    struct {
        int fused;
        unsigned n_launches;   /* a step */
        const char *reason;    /* why not fused; NULL if it was */
        const char *tuned;     /* the variant that gemlet tune found; NULL: none was used */
        const char *products;  /* how they are made, as the clock said; NULL: as the
 device chooses */
        gemlet_dim chunk_rows; /* brought to the device at a time; 0: all lay there, and null is
                                  written */
        const cJSON *profile;  /* time of each kernel; NULL: not measured, and null is written */
    } step;

    struct {
        const char *recipe;
        gemlet_train_options train;
        const char *init;
        double init_std; /* of all weights; NAN: depends on the layer */
        double init_scale;
        const char *from; /* the model that it began with; NULL: new weights */
        double output_gain;
        double input_scale;
        const char *kernels; /* kind of OpenCL kernels that was asked for */
        gemlet_dim hold_out;
        const char *lr_scale;     /* as --lr-scale; NULL: one rate for all parameters */
        const char *augment;      /* as --augment; NULL: nothing is augmented */
        const char *class_weight; /* NULL: not given, as the following */
        const char *weight;       /* column of a table */
        /* What --validation says: a file or directory; or where that is NULL a share of the rows if
         * below 1, else their number; 0: nothing, and null is written. */
        const char *validation_path;
        double validation_part;
        gemlet_dim ensemble; /* networks; 0: a single one, and null is written */
        uint64_t split_seed; /* UINT64_MAX: not given, as before */
    } options;

    struct {
        const char *directory;
        gemlet_dim train_rows; /* trained on, without rows held out */
        gemlet_dim test_rows;
        gemlet_dim features;
        gemlet_dim classes;
        uint32_t train_crc32;
        uint32_t test_crc32;
        const cJSON *gaps; /* of columns of a table; NULL: it is none, and null is written */
    } data;

    struct {
        double load_seconds;
        double device_seconds;  /* opening the device, with compiling its kernels */
        double qualify_seconds; /* trying the matrix products before the first step */
        double train_seconds;   /* first step to last, without validation */
        double validation_seconds;
        double test_seconds;
        double total_seconds;
    } timings;

    struct {
        const char *model;
        const char *last_model; /* NULL: the model is the last state */
        const char *metrics;
        const char *graph; /* NULL: none was drawn */
    } files;

    int argc;                /* exact command line */
    const char *const *argv; /* (argc) */
    time_t started_at;
} gm_run_stats;

/* Writes the run as indented JSON, atomically. Derived figures (us_per_step, samples_per_second,
 * expected_initial_loss) are computed here. Numbers keep their exact value; NaN and infinity, which
 * JSON does not have, become null. */
gemlet_status gm_run_stats_write(const char *path, const gm_run_stats *stats);

#endif
