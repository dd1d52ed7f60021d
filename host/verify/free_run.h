/* SPDX-License-Identifier: MIT
 * The device, the float CPU path and the double-precision reference each train on their own, from
 * the same state and with the same batches: how far do they drift apart?
 *
 * No bound follows from theory here. Where a rounding error flips the sign of a ReLU's input the
 * gradient jumps, and the trajectories of two right machines separate. So this measures, beside the
 * drift of the float CPU path, and only calls a device wrong where its values stop being finite
 * while both others go on. */
#ifndef GM_VERIFY_FREE_RUN_H
#define GM_VERIFY_FREE_RUN_H

#include "gemlet/gemlet.h"

/* Steps 1, 2, 5, 10, 20, 50, ... and the last, to any number of steps that fits into 64 bits. */
#define GM_FREE_RUN_MAX_LINES 64u

typedef struct gm_free_run_options {
    const gemlet_train_options *train; /* its n_steps only shapes the schedule */
    uint64_t n_steps;
    const volatile sig_atomic_t *stop; /* may be NULL; non-zero ends the run after this step */
} gm_free_run_options;

/* One way to calculate, against the reference. */
typedef struct gm_drift {
    double loss;       /* loss of the step's batch, before its update */
    double loss_error; /* less that of the reference */
    double parameters; /* after the step: ||p - p_ref|| / ||p_ref||, Euclidean norms over all */
    double statistics; /* the same of the running statistics; 0 if there are none */
} gm_drift;

typedef struct gm_free_run_line {
    uint64_t step; /* counted from 1 */
    double reference_loss;
    gm_drift device;
    gm_drift cpu;
} gm_free_run_line;

typedef enum gm_free_run_verdict {
    GM_FREE_RUN_FINITE,
    GM_FREE_RUN_DEVICE_FAILED, /* only the device left the finite numbers */
    GM_FREE_RUN_DIVERGED       /* so did the float CPU path or the reference, at the latest then */
} gm_free_run_verdict;

typedef struct gm_free_run_result {
    gm_free_run_verdict verdict; /* seen in the last line */
    uint64_t steps;              /* done */
    gm_free_run_line lines[GM_FREE_RUN_MAX_LINES];
    unsigned n_lines;
    double seconds;
} gm_free_run_result;

/* The model stays as it is. Values that are not finite are not a failure of this function: see the
 * verdict. */
gemlet_status gm_free_run(gm_free_run_result *result, const gemlet_model *model,
                          gemlet_device *device, const gemlet_dataset *dataset,
                          const gm_free_run_options *options);

/* Drift of the device's parameters over that of the float CPU path's in a line; NaN if there is no
 * such number. */
double gm_free_run_ratio(const gm_free_run_line *line);

#endif
