/* SPDX-License-Identifier: MIT
 * What each step of a run works on: which rows, which record. gm_train_step()
 * along this plan does what gemlet_train() does. */
#ifndef GM_TRAIN_STEP_PLAN_H
#define GM_TRAIN_STEP_PLAN_H

#include "gemlet/train.h"
#include "train/step.h"
#include "train/step_records.h"

typedef struct gm_step_plan {
    const gemlet_train_options *options;
    gemlet_dim n_rows;
    gm_policies policies;
    gm_step_records records;
    uint64_t steps_per_epoch;
    uint32_t *order; /* (n_rows) of the epoch that lies on the device */
    int has_order;
    uint64_t epoch; /* of the order */
} gm_step_plan;

/* GEMLET_E_RANGE for options that are impossible with these data, or with this network. */
gemlet_status gm_step_plan_check(const gemlet_train_options *options, const gemlet_dataset *dataset,
                                 const gemlet_spec *spec);

/* Checks the options first. They must live
 * as long as the plan. Release with gm_step_plan_free(), also after a failure. */
gemlet_status gm_step_plan_create(gm_step_plan *plan, gm_backend *backend,
                                  const gemlet_train_options *options,
                                  const gemlet_dataset *dataset, const gemlet_spec *spec,
                                  const gm_policies *policies);

/* Fills *args, but for loss and correct, for step `step` (0-based); where another epoch begins the
 * order of its rows is uploaded, and records where they end. */
gemlet_status gm_step_plan_prepare(gm_step_plan *plan, gm_device_data *data, uint64_t step,
                                   gm_step_args *args);

/* Harmless on a zeroed plan. */
void gm_step_plan_free(gm_step_plan *plan);

#endif
