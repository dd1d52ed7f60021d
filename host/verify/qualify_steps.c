/* SPDX-License-Identifier: MIT
 * See qualify_steps.h. */
#include "verify/qualify_steps.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/device.h"
#include "core/memory.h"
#include "data/rows.h"
#include "model/network.h"
#include "train/dropout.h"
#include "train/device_data.h"
#include "train/evaluate.h"
#include "train/policies.h"
#include "train/rate_scale.h"
#include "train/stepper.h"
#include "verify/lockstep.h"
#include "verify/qualify_cache.h"

/* Multiply-adds of a step, of which the reference does about 10^9 a second, from which on there is
 * but one. */
#define MANY_FMAS 5e8

/* From here on composed steps are compared without their products: these were tried before, against
 * a faster reference. */
#define TOO_MANY_FMAS 2e9

/* What is tried, and how. */
typedef struct trial {
    gemlet_device *device;
    const gm_step_job *job;
    gemlet_dataset *rows; /* the first ones of the data */
    gemlet_fused fused;
    double density;
    const char *cache_directory;
} trial;

/* The first rows of a data set, enough for two steps and a batch of an evaluation. */
static gemlet_status take_rows(gemlet_dataset **out, const gemlet_dataset *dataset,
                               gemlet_dim batch)
{
    const gemlet_dim rows = gemlet_dataset_rows(dataset);
    gemlet_dim n = rows / 2 < batch ? rows : 2 * batch;
    if (n < GM_EVALUATION_BATCH)
        n = rows < GM_EVALUATION_BATCH ? rows : GM_EVALUATION_BATCH;
    return gm_dataset_take_first(out, dataset, n);
}

/* *step = a fingerprint of the fused steps; NULL if they are not fused. Release with free(). */
static gemlet_status describe_fused(char **step, const trial *t)
{
    gm_backend *backend = gm_device_backend(t->device);
    const gm_step_job *job = t->job;
    gm_network *network = NULL;
    gm_device_data data = {0};
    const gm_policies policies = gm_policies_of(job->model, job->options);
    gemlet_status status = GEMLET_OK;
    *step = NULL;
    if (job->options->fused == GEMLET_FUSED_OFF || backend->ops->fused_fingerprint == NULL)
        return GEMLET_OK;
    GEMLET_TRY_CLEANUP(status, gm_network_create(&network, backend, job->model,
                                                 gm_dropout_network_use(job->options),
                                                 job->options->batch, 0));
    gm_rate_scale_assign(network, job->options);
    GEMLET_TRY_CLEANUP(status, gm_device_data_create(&data, backend, t->rows, job->options->batch));
    GEMLET_TRY_CLEANUP(status, gm_device_data_augment(&data, t->rows, job->options));
    data.density = t->density;
    GEMLET_TRY_CLEANUP(status,
                       gm_stepper_fingerprint(step, network, &data, job->options, &policies));
cleanup:
    gm_device_data_destroy(&data);
    gm_network_destroy(network);
    return status;
}

static gemlet_dim evaluation_rows(const trial *t)
{
    const gemlet_dim n_rows = gemlet_dataset_rows(t->rows);
    return n_rows < GM_EVALUATION_BATCH ? n_rows : GM_EVALUATION_BATCH;
}

/* What the rows are, which decides how a batch is made of them. */
static const char *describe_rows(const trial *t)
{
    if (gm_dataset_encoding(t->rows) != NULL)
        return "encoded";
    return gemlet_dataset_element(t->rows) == GEMLET_ELEMENT_U8 ? "u8" : "f32";
}

/* A fingerprint of steps operation by operation: of which operations they are made. */
static gemlet_status describe_composed(char **step, const trial *t)
{
    const gm_backend *backend = gm_device_backend(t->device);
    const gm_policies p = gm_policies_of(t->job->model, t->job->options);
    return gm_format_string(
        step,
        "operation by operation, gemm %s, products %s, kernels %s, batch %u, evaluation %u, "
        "features %s, head %d, update rule %d, norms %d and %d, average %d, "
        "mixup %d, noise %d and %d, adversarial %d and %d, dropout %d and %d%s%s%s",
        backend->gemm_name, backend->products != NULL ? backend->products : "none",
        backend->kernels_id != NULL ? backend->kernels_id : "none", t->job->options->batch,
        evaluation_rows(t), describe_rows(t), (int)p.head, (int)p.rule, p.clip_norm, p.max_norm,
        p.average, p.mixup, p.input_noise, t->job->options->hidden_noise > 0, p.adversarial,
        p.virtual_adversarial, p.input_dropout, t->job->options->dropout > 0,
        !gm_augment_is_on(t->job->options)     ? ""
        : t->job->options->augment.elastic > 0 ? ", augmented, elastic"
                                               : ", augmented",
        gemlet_dataset_weights(t->rows) != NULL ? ", weighted rows" : "",
        t->job->options->n_rate_scales > 0 ? ", rates of groups" : "");
}

/* A fingerprint of an evaluation. */
static gemlet_status describe_evaluation(char **step, const trial *t)
{
    const gm_backend *backend = gm_device_backend(t->device);
    const int has_labels =
        gemlet_dataset_labels(t->rows) != NULL || gemlet_dataset_targets(t->rows) != NULL;
    return gm_format_string(
        step, "evaluation, gemm %s, kernels %s, rows %u, features %s, %s", backend->gemm_name,
        backend->kernels_id != NULL ? backend->kernels_id : "none", evaluation_rows(t),
        describe_rows(t), has_labels ? "loss" : "predictions");
}

static void describe_fault(char *fault, size_t size, const gm_lockstep_result *result)
{
    uint64_t step = 0;
    const char *label = gm_lockstep_first_wrong(result, &step);
    if (!result->statistics.is_wrong) {
        snprintf(fault, size, "%s %s", label, result->stray.text);
        return;
    }
    const gm_statistics_line *line = &result->statistics.lines[result->statistics.first_wrong_line];
    const gm_place *at = &line->first_wrong;
    snprintf(fault, size,
             "%s, %s: element (%zu, %zu) is %g, expected %g within %.3g; %llu of %llu "
             "elements are wrong",
             line->label, line->tensor, at->row, at->col, at->got, at->ref, at->bound,
             (unsigned long long)line->n_wrong, (unsigned long long)line->n_values);
}

static gemlet_status try_steps(gm_gemm_verdict *verdict, const trial *t)
{
    const gm_step_job *job = t->job;
    const gemlet_spec *spec = gemlet_model_spec(job->model);
    const int is_evaluation = job->options == NULL;
    const double n_rows = is_evaluation ? evaluation_rows(t) : 3.0 * job->options->batch;
    const double n_fmas = (double)gemlet_spec_n_parameters(spec) * n_rows;
    const int is_composed = t->fused == GEMLET_FUSED_OFF;
    gemlet_train_options train = {.struct_size = 0};
    if (!is_evaluation)
        train = *job->options;
    train.on_plan = NULL;
    train.fused = t->fused;
    const gm_lockstep_options options = {
        .train = &train,
        .n_steps = is_evaluation        ? 0
                   : n_fmas < MANY_FMAS ? 2
                                        : 1,
        .density = t->density,
        .skips_products = is_composed && n_fmas >= TOO_MANY_FMAS,
        .test_rows = evaluation_rows(t),
    };
    gm_lockstep_result result;
    *verdict = (gm_gemm_verdict){.state = GM_GEMM_RIGHT};
    const gemlet_status status = gm_lockstep_run(&result, job->model, t->device, t->rows, &options);
    if (status == GEMLET_OK) {
        verdict->n_products = (unsigned)result.n_ops;
        if (!gm_lockstep_is_verified(&result)) {
            verdict->state = GM_GEMM_WRONG;
            describe_fault(verdict->fault, sizeof verdict->fault, &result);
        }
    }
    gm_lockstep_result_free(&result);
    return status;
}

/* Tries the steps, or finds what was found earlier. */
static gemlet_status find_verdict(gm_step_report *report, const trial *t, const char *step)
{
    char *key = NULL;
    gm_gemm_verdict verdict;
    gemlet_status status = GEMLET_OK;
    GEMLET_TRY_CLEANUP(status, gm_qualify_cache_steps_key(&key, gm_device_backend(t->device),
                                                          gemlet_model_spec(t->job->model), step));
    report->is_cached =
        t->cache_directory != NULL && gm_qualify_cache_find(t->cache_directory, key, &verdict);
    if (!report->is_cached) {
        GEMLET_TRY_CLEANUP(status, try_steps(&verdict, t));
        if (t->cache_directory != NULL)
            gm_qualify_cache_store(t->cache_directory, key, &verdict);
    }
    report->is_wrong = verdict.state != GM_GEMM_RIGHT;
    snprintf(report->fault, sizeof report->fault, "%s", verdict.fault);
cleanup:
    free(key);
    return status;
}

static gemlet_status qualify(gm_step_report *report, trial *t,
                             gemlet_status (*describe)(char **, const trial *))
{
    char *step = NULL;
    gemlet_status status = GEMLET_OK;
    *report = (gm_step_report){0};
    const gemlet_train_options *options = t->job->options;
    if (options != NULL)
        GEMLET_TRY(gm_device_data_density(&t->density, t->job->dataset));
    GEMLET_TRY_CLEANUP(status,
                       take_rows(&t->rows, t->job->dataset, options != NULL ? options->batch : 1));
    GEMLET_TRY_CLEANUP(status, describe(&step, t));
    report->is_tried = step != NULL;
    if (report->is_tried)
        GEMLET_TRY_CLEANUP(status, find_verdict(report, t, step));
cleanup:
    free(step);
    gemlet_dataset_destroy(t->rows);
    return status;
}

gemlet_status gm_qualify_fused(gm_step_report *report, gemlet_device *device,
                               const gm_step_job *job, const char *cache_directory)
{
    trial t = {
        .device = device, .job = job, .fused = GEMLET_FUSED_ON, .cache_directory = cache_directory};
    const gemlet_status status = qualify(report, &t, describe_fused);
    if (status != GEMLET_E_BUILD || job->options->fused != GEMLET_FUSED_AUTO)
        return status;
    report->is_tried = 0; /* nor will they be trained */
    return GEMLET_OK;
}

gemlet_status gm_qualify_composed(gm_step_report *report, gemlet_device *device,
                                  const gm_step_job *job, const char *cache_directory)
{
    trial t = {.device = device,
               .job = job,
               .fused = GEMLET_FUSED_OFF,
               .cache_directory = cache_directory};
    *report = (gm_step_report){0};
    if (gm_device_backend(device)->kernels_id == NULL) /* the CPU path, the reference */
        return GEMLET_OK;
    return qualify(report, &t, job->options != NULL ? describe_composed : describe_evaluation);
}

gemlet_status gm_qualify_evaluation(gm_step_report *report, gemlet_device *device,
                                    const gemlet_model *model, const gemlet_dataset *dataset,
                                    const char *cache_directory)
{
    const gm_step_job job = {model, dataset, NULL};
    return gm_qualify_composed(report, device, &job, cache_directory);
}
