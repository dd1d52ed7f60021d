/* SPDX-License-Identifier: MIT
 * See qualify_fused.h. */
#include "verify/qualify_fused.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/device.h"
#include "core/memory.h"
#include "model/network.h"
#include "train/device_data.h"
#include "train/fused.h"
#include "verify/lockstep.h"
#include "verify/qualify_cache.h"
#include "verify/report.h"

/* Multiply-adds of a step, of which the reference does about 10^9 a second, from which on there is
 * but one. */
#define MANY_FMAS 5e8

/* The first rows of a data set, enough for two steps. */
static gemlet_status take_rows(gemlet_dataset **out, const gemlet_dataset *dataset,
                               gemlet_dim batch)
{
    const gemlet_dim rows = gemlet_dataset_rows(dataset);
    return gemlet_dataset_create(out, rows / 2 < batch ? rows : 2 * batch,
                                 gemlet_dataset_features(dataset), gemlet_dataset_element(dataset),
                                 gemlet_dataset_values(dataset), gemlet_dataset_labels(dataset));
}

/* *step = another text for other fused steps; NULL if they are not fused. Release with free(). */
static gemlet_status describe_steps(char **step, gm_backend *backend, const gm_fused_job *job,
                                    const gemlet_dataset *rows, double density)
{
    gm_network *network = NULL;
    gm_device_data data = {0};
    gemlet_status status = GEMLET_OK;
    *step = NULL;
    if (job->options->fused == GEMLET_FUSED_OFF || backend->ops->fused_describe == NULL)
        return GEMLET_OK;
    GEMLET_TRY_CLEANUP(status, gm_network_create(&network, backend, job->model, GM_NETWORK_TRAIN,
                                                 job->options->batch));
    GEMLET_TRY_CLEANUP(status, gm_device_data_create(&data, backend, rows, job->options->batch));
    data.density = density;
    GEMLET_TRY_CLEANUP(status, gm_train_fused_describe(step, network, &data, job->options,
                                                       gemlet_model_input_scale(job->model)));
cleanup:
    gm_device_data_destroy(&data);
    gm_network_destroy(network);
    return status;
}

static void describe_fault(char *fault, size_t size, const gm_lockstep_result *result)
{
    uint64_t step = 0;
    const char *label = gm_report_first_wrong(result, &step);
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

static gemlet_status try_steps(gm_gemm_verdict *verdict, gemlet_device *device,
                               const gm_fused_job *job, const gemlet_dataset *rows, double density)
{
    const gemlet_spec *spec = gemlet_model_spec(job->model);
    const double n_fmas =
        3.0 * (double)gemlet_spec_n_parameters(spec) * (double)job->options->batch;
    gemlet_train_options train = *job->options;
    train.on_plan = NULL;
    train.fused = GEMLET_FUSED_ON;
    const gm_lockstep_options options = {
        .train = &train, .n_steps = n_fmas < MANY_FMAS ? 2 : 1, .density = density};
    gm_lockstep_result result;
    *verdict = (gm_gemm_verdict){.state = GM_GEMM_RIGHT};
    const gemlet_status status = gm_lockstep_run(&result, job->model, device, rows, &options);
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
static gemlet_status find_verdict(gm_fused_report *report, gemlet_device *device,
                                  const gm_fused_job *job, const gemlet_dataset *rows,
                                  double density, const char *step, const char *cache_directory)
{
    char *key = NULL;
    gm_gemm_verdict verdict;
    gemlet_status status = GEMLET_OK;
    GEMLET_TRY_CLEANUP(status, gm_qualify_cache_fused_key(&key, gm_device_backend(device),
                                                          gemlet_model_spec(job->model), step));
    report->is_cached =
        cache_directory != NULL && gm_qualify_cache_find(cache_directory, key, &verdict);
    if (!report->is_cached) {
        status = try_steps(&verdict, device, job, rows, density);
        if (status == GEMLET_E_BUILD && job->options->fused == GEMLET_FUSED_AUTO) {
            report->is_fused = 0; /* nor will they be trained */
            status = GEMLET_OK;
            goto cleanup;
        }
        if (status != GEMLET_OK)
            goto cleanup;
        if (cache_directory != NULL)
            gm_qualify_cache_store(cache_directory, key, &verdict);
    }
    report->is_wrong = verdict.state != GM_GEMM_RIGHT;
    snprintf(report->fault, sizeof report->fault, "%s", verdict.fault);
cleanup:
    free(key);
    return status;
}

gemlet_status gm_qualify_fused(gm_fused_report *report, gemlet_device *device,
                               const gm_fused_job *job, const char *cache_directory)
{
    const double density = gm_device_data_density(job->dataset);
    gemlet_dataset *rows = NULL;
    char *step = NULL;
    gemlet_status status = GEMLET_OK;
    *report = (gm_fused_report){0};
    GEMLET_TRY_CLEANUP(status, take_rows(&rows, job->dataset, job->options->batch));
    GEMLET_TRY_CLEANUP(status,
                       describe_steps(&step, gm_device_backend(device), job, rows, density));
    report->is_fused = step != NULL;
    if (report->is_fused)
        GEMLET_TRY_CLEANUP(status,
                           find_verdict(report, device, job, rows, density, step, cache_directory));
cleanup:
    free(step);
    gemlet_dataset_destroy(rows);
    return status;
}
