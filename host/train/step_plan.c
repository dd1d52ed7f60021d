/* SPDX-License-Identifier: MIT
 * See step_plan.h. An epoch is a permutation of the rows, cut into batches. */
#include "train/step_plan.h"

#include <stdlib.h>

#include "core/memory.h"
#include "core/rng.h"
#include "train/adversarial.h"
#include "train/augment.h"
#include "train/average.h"
#include "train/mixup.h"
#include "train/norms.h"
#include "train/dropout.h"
#include "train/head.h"
#include "train/rate_scale.h"
#include "train/update_rule.h"
#include "train/virtual_adversarial.h"

gemlet_status gm_step_plan_check(const gemlet_train_options *options, const gemlet_dataset *dataset,
                                 const gemlet_spec *spec)
{
    const gemlet_dim n_rows = gemlet_dataset_rows(dataset);
    if (options->batch == 0 || options->batch > n_rows)
        return gm_error(GEMLET_E_RANGE, "batch of %u rows, expected 1 to the %u rows of the data",
                        options->batch, n_rows);
    if (options->n_steps == 0)
        return gm_error(GEMLET_E_RANGE, "number of steps is 0, expected at least 1");
    if (options->log_every == 0)
        return gm_error(GEMLET_E_RANGE, "log interval is 0 steps, expected at least 1");
    GEMLET_TRY(gm_augment_check(options, dataset));
    GEMLET_TRY(gm_dropout_check(options));
    GEMLET_TRY(gm_average_check(options));
    GEMLET_TRY(gm_norms_check(options));
    GEMLET_TRY(gm_adversarial_check(options));
    GEMLET_TRY(gm_virtual_adversarial_check(options, spec));
    GEMLET_TRY(gm_mixup_check(options, dataset));
    GEMLET_TRY(gm_head_check(options, dataset));
    GEMLET_TRY(gm_update_rule_check(options));
    return gm_rate_scale_check(options, spec);
}

gemlet_status gm_step_plan_create(gm_step_plan *plan, gm_backend *backend,
                                  const gemlet_train_options *options,
                                  const gemlet_dataset *dataset, const gemlet_spec *spec,
                                  const gm_policies *policies)
{
    *plan = (gm_step_plan){0};
    GEMLET_TRY(gm_step_plan_check(options, dataset, spec));
    plan->options = options;
    plan->n_rows = gemlet_dataset_rows(dataset);
    plan->policies = *policies;
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
        .batch = options->batch,
        .policies = plan->policies,
    };
    const size_t first = (size_t)(step % plan->steps_per_epoch) * options->batch;
    GEMLET_TRY(gm_device_data_find(data, &args->first, first, options->batch));
    return gm_step_records_find(&args->record, &plan->records, step);
}

void gm_step_plan_free(gm_step_plan *plan)
{
    gm_step_records_free(&plan->records);
    free(plan->order);
    *plan = (gm_step_plan){0};
}
