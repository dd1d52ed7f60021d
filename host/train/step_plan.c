/* SPDX-License-Identifier: MIT
 * See step_plan.h. An epoch is a permutation of the rows, cut into batches. */
#include "train/step_plan.h"

#include <math.h>
#include <stdlib.h>

#include "core/float_range.h"
#include "core/memory.h"
#include "core/rng.h"
#include "train/schedule.h"

/* A rate that falls to 0 on its way only ends the training early; one that overflows spoils it. */
static gemlet_status check_schedule(const gemlet_train_options *options)
{
    if (options->schedule != GEMLET_SCHEDULE_STEP)
        return GEMLET_OK;
    if (options->step_every == 0 || !(options->step_factor > 0.0) ||
        !isfinite(options->step_factor))
        return gm_error(GEMLET_E_RANGE,
                        "step schedule: factor %g every %llu steps, expected both above 0",
                        options->step_factor, (unsigned long long)options->step_every);
    const double last = gm_schedule_learning_rate(options, options->n_steps - 1);
    if (last > 1.0 && !gm_fits_float(last))
        return gm_error(GEMLET_E_RANGE,
                        "step schedule: factor %g every %llu steps makes the learning rate %g at "
                        "step %llu, expected " GM_FLOAT_RANGE,
                        options->step_factor, (unsigned long long)options->step_every, last,
                        (unsigned long long)options->n_steps);
    return GEMLET_OK;
}

static gemlet_status check_options(const gemlet_train_options *options,
                                   const gemlet_dataset *dataset)
{
    const gemlet_dim n_rows = gemlet_dataset_rows(dataset);
    if (options->batch == 0 || options->batch > n_rows)
        return gm_error(GEMLET_E_RANGE, "batch of %u rows, expected 1 to the %u rows of the data",
                        options->batch, n_rows);
    if (options->n_steps == 0)
        return gm_error(GEMLET_E_RANGE, "number of steps is 0, expected at least 1");
    if (options->log_every == 0)
        return gm_error(GEMLET_E_RANGE, "log interval is 0 steps, expected at least 1");
    if (!(options->learning_rate > 0.0) || !gm_fits_float(options->learning_rate))
        return gm_error(GEMLET_E_RANGE,
                        "learning rate is %g, expected a number above 0 " GM_FLOAT_RANGE,
                        options->learning_rate);
    if (!(options->weight_decay >= 0.0) || !gm_fits_float(options->weight_decay))
        return gm_error(GEMLET_E_RANGE, "weight decay is %g, expected 0 or more " GM_FLOAT_RANGE,
                        options->weight_decay);
    return check_schedule(options);
}

gemlet_status gm_step_plan_create(gm_step_plan *plan, gm_backend *backend,
                                  const gemlet_train_options *options,
                                  const gemlet_dataset *dataset, float input_scale)
{
    *plan = (gm_step_plan){0};
    GEMLET_TRY(check_options(options, dataset));
    plan->options = options;
    plan->n_rows = gemlet_dataset_rows(dataset);
    plan->input_scale = input_scale;
    plan->steps_per_epoch = plan->n_rows / options->batch;
    GEMLET_TRY(gm_step_records_create(&plan->records, backend, options));
    return GM_ALLOC(plan->order, plan->n_rows, "order of the rows");
}

static gemlet_status begin_epoch(gm_step_plan *plan, gm_device_data *data, uint64_t epoch)
{
    gm_rng rng;
    gm_rng_init(&rng, plan->options->seed, GM_RNG_SHUFFLE, (uint32_t)epoch);
    gm_rng_permutation(&rng, plan->order, plan->n_rows);
    GEMLET_TRY(gm_device_data_set_order(data, plan->order));
    plan->epoch = epoch;
    plan->has_order = 1;
    return GEMLET_OK;
}

gemlet_status gm_step_plan_prepare(gm_step_plan *plan, gm_device_data *data, uint64_t step,
                                   gm_step_args *args)
{
    const gemlet_train_options *options = plan->options;
    const uint64_t epoch = step / plan->steps_per_epoch;
    if (!plan->has_order || plan->epoch != epoch)
        GEMLET_TRY(begin_epoch(plan, data, epoch));
    *args = (gm_step_args){
        .first = (size_t)(step % plan->steps_per_epoch) * options->batch,
        .batch = options->batch,
        .input_scale = plan->input_scale,
    };
    return gm_step_records_find(&args->record, &plan->records, step);
}

void gm_step_plan_free(gm_step_plan *plan)
{
    gm_step_records_free(&plan->records);
    free(plan->order);
    *plan = (gm_step_plan){0};
}
