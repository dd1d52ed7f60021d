/* SPDX-License-Identifier: MIT
 * Measures training steps of one network in three ways, in turn, so that whatever else the machine
 * does hits all of them alike. Each way does the same steps on the same data from the same weights.
 * Prints nothing. */
#ifndef GM_BENCH_BENCH_H
#define GM_BENCH_BENCH_H

#include <signal.h>

#include "bench/sample.h"
#include "bench/worker.h"

typedef enum gm_bench_mode {
    GM_BENCH_FUSED,      /* the device, gemlet train --fused on */
    GM_BENCH_OPERATIONS, /* the device, gemlet train --fused off */
    GM_BENCH_CPU_PATH,   /* gemlet train --device cpu */
    GM_BENCH_N_MODES
} gm_bench_mode;

#define GM_BENCH_MAX_ROUNDS  GM_SAMPLE_MAX
#define GM_BENCH_REASON_SIZE 1024u

struct gm_bench_result;

typedef struct gm_bench_options {
    const gemlet_model *model;
    const gemlet_dataset *dataset;
    gemlet_train_options train; /* batch, learning rate, seed; not the number of steps */
    gemlet_device_options device;
    int modes[GM_BENCH_N_MODES]; /* 1: to be measured */
    int must_measure_all;        /* 1: a mode that is impossible here is a failure; 0: left out */
    int no_starts;               /* 1: starts are not measured, caches are the user's */
    unsigned n_rounds;           /* 1 to GM_BENCH_MAX_ROUNDS */
    uint64_t steps;              /* of a round; 0: as many as take about 0.25 s */
    const volatile sig_atomic_t *stop; /* may be NULL; non-zero: ends with result->is_stopped */
    /* Told when the device is known, and when the rounds begin. May be NULL. */
    void (*on_device)(const struct gm_bench_result *result, void *user);
    void (*on_rounds)(const struct gm_bench_result *result, void *user);
    void *user;
} gm_bench_options;

typedef struct gm_bench_measured {
    int is_measured;
    char left_out[GM_BENCH_REASON_SIZE]; /* why it is not; empty if it was not asked for */
    double round_seconds[GM_BENCH_MAX_ROUNDS];
    double us_per_step; /* median of the rounds, as are the quartiles */
    double lower_quartile;
    double upper_quartile;
    double
        cold_start_seconds; /* NAN: not measured; with empty caches, to the end of the first step */
    double warm_start_seconds; /* the same with filled caches */
    uint64_t peak_memory_bytes;
    double loss; /* mean of the last steps, at most 100 */
} gm_bench_measured;

typedef struct gm_bench_result {
    int has_device; /* 0: there is only the CPU path */
    int is_stopped;
    gm_worker_device device;
    unsigned n_rounds;
    uint64_t steps_per_round;
    uint64_t total_steps; /* of each mode, those included that are not timed */
    gm_bench_measured modes[GM_BENCH_N_MODES];
} gm_bench_result;

/* The caller must not have touched OpenCL: it is forked. */
gemlet_status gm_bench_run(gm_bench_result *result, const gm_bench_options *options);

/* Steps of a round of which one takes so long in the slowest mode. */
uint64_t gm_bench_choose_steps(double seconds_per_step);

/* The fastest of the measured modes; GM_BENCH_N_MODES if there is none. */
gm_bench_mode gm_bench_fastest(const gm_bench_result *result);

/* How many times as fast `mode` is as `other`: median over the rounds. */
double gm_bench_ratio(const gm_bench_result *result, gm_bench_mode mode, gm_bench_mode other);

#endif
