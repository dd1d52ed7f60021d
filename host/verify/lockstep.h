/* SPDX-License-Identifier: MIT
 * Training steps in lockstep: the device, the double-precision reference and the float CPU path do
 * every operation from the same inputs, which are the device's. What runs is gm_train_step() over a
 * checked backend, so what is verified is what gemlet_train() does.
 *
 * Where gemlet_train() would fuse the steps the device does each of them fused, by itself; then the
 * operations that it stands for are checked one after the other, with what the device calculated as
 * their inputs and outputs. At the end the same steps are done in a row, as training does them, and
 * must give the same bits. */
#ifndef GM_VERIFY_LOCKSTEP_H
#define GM_VERIFY_LOCKSTEP_H

#include "gemlet/gemlet.h"
#include "verify/statistics.h"

typedef struct gm_lockstep_options {
    const gemlet_train_options *train; /* n_steps only shapes the schedule; on_plan is called. Of no
                                          use without steps */
    uint64_t n_steps;                  /* to verify; 0: only an evaluation */
    double density;                    /* of the data, for a fused step; 0: measured */
    const char *op;                    /* only operations whose label contains it; NULL: all */
    int skips_products;                /* 1: none of the dense layers' products are compared */
    gemlet_dim test_rows; /* of an evaluation behind steps that are not fused, of the first
                             rows; 0: none */
    const volatile sig_atomic_t *stop; /* may be NULL; non-zero ends the run after this step */
} gm_lockstep_options;

/* The first value that changed although no operation writes it. */
typedef struct gm_stray_report {
    uint64_t n; /* findings */
    uint64_t step;
    char label[GM_STATISTICS_LABEL]; /* the operation that met it */
    char text[256];                  /* what was found, one line */
} gm_stray_report;

typedef struct gm_lockstep_result {
    uint64_t steps; /* done */
    uint64_t n_ops; /* compared */
    gm_statistics statistics;
    gm_stray_report stray;
    uint64_t diverged_step; /* 0: never. On the device and on the host alike; the run ends there */
    char diverged_label[2 * GM_STATISTICS_LABEL]; /* operation and tensor where it showed first */
    double first_loss;
    double last_loss;
    double seconds;
} gm_lockstep_result;

/* 1 if everything that was compared was right and nothing strayed. */
int gm_lockstep_is_verified(const gm_lockstep_result *result);

/* 1 if a stray value came before the first wrong result; in one step the result is first, because a
 * stray value is often found later than it was written. */
int gm_lockstep_is_stray_first(const gm_lockstep_result *result);

/* Label of the operation that was wrong first, and the step; NULL if none was. */
const char *gm_lockstep_first_wrong(const gm_lockstep_result *result, uint64_t *step);

/* The model stays as it is. Neither a wrong device nor a divergence is a failure of this function:
 * see the result. GEMLET_E_ARGUMENT if `op` names no operation. Release *result with
 * gm_lockstep_result_free(), also after a failure. */
gemlet_status gm_lockstep_run(gm_lockstep_result *result, const gemlet_model *model,
                              gemlet_device *device, const gemlet_dataset *dataset,
                              const gm_lockstep_options *options);

/* Harmless on a zeroed object. */
void gm_lockstep_result_free(gm_lockstep_result *result);

#endif
