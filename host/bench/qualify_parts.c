/* SPDX-License-Identifier: MIT
 * See qualify_parts.h. */
#include "bench/qualify_parts.h"

#include <stdio.h>

#include "backend/device.h"
#include "backend/limits.h"
#include "bench/synthetic.h"
#include "bench/tiles.h"
#include "core/json.h"
#include "verify/lockstep.h"
#include "verify/op_table.h"
#include "verify/op_table_json.h"

/* Of the made-up data, about that of MNIST. */
#define DENSITY 0.2
#define N_ROWS  4096u
#define SCALE   (1.0f / 255.0f)

static gemlet_status out_of_memory(void)
{
    return gm_error(GEMLET_E_MEMORY, "results of a part: out of memory");
}

static gemlet_status conclude(cJSON *results, const char *verdict, const char *summary)
{
    if (gm_json_add_text(results, "verdict", verdict) &&
        gm_json_add_text(results, "summary", summary))
        return GEMLET_OK;
    return out_of_memory();
}

static gemlet_status open_device(gemlet_device **device, const gm_qualify_part *p)
{
    GEMLET_TRY(p->open(device, &p->device));
    if (p->tuning.local.tile != 0)
        return gm_backend_tune(gm_device_backend(*device), &p->tuning);
    return GEMLET_OK;
}

/* ---- the device ----------------------------------------------------------------------------- */

static int add_limits(cJSON *results, const gm_device_limits *limits)
{
    cJSON *rates = cJSON_AddArrayToObject(results, "copies");
    int ok = rates != NULL && gm_json_add_real(results, "flops", limits->flops_per_second) &&
             gm_json_add_real(results, "launch_us", 1e6 * limits->launch_seconds) &&
             gm_json_add_real(results, "split_launch_us", 1e6 * limits->split_launch_seconds);
    for (unsigned i = 0; ok && i < GM_LIMITS_N_SIZES; ++i) {
        cJSON *rate = cJSON_CreateObject();
        ok = cJSON_AddItemToArray(rates, rate) &&
             gm_json_add_count(rate, "within_bytes", gm_limits_size(i)) &&
             gm_json_add_real(rate, "bytes_per_second", limits->bytes_per_second[i]);
    }
    return ok;
}

gemlet_status gm_qualify_part_device(cJSON *results, const void *part)
{
    gemlet_device *device = NULL;
    gm_device_limits limits;
    char summary[256];
    gemlet_status status = GEMLET_OK;
    GEMLET_TRY_CLEANUP(status, open_device(&device, part));
    gm_backend *backend = gm_device_backend(device);
    if (!gm_op_table_add_device(results, device))
        GEMLET_TRY_CLEANUP(status, out_of_memory());
    if (backend->ops->measure_limits == NULL) {
        status = conclude(results, "measured", "no OpenCL: no limits");
        goto cleanup;
    }
    GEMLET_TRY_CLEANUP(status, backend->ops->measure_limits(backend, &limits));
    if (!add_limits(results, &limits))
        GEMLET_TRY_CLEANUP(status, out_of_memory());
    snprintf(summary, sizeof summary,
             "launch %.1f us, on all units %.1f us; %.0f GFLOP/s; copies %.0f GB/s within 4 MiB, "
             "%.0f GB/s within 256 MiB",
             1e6 * limits.launch_seconds, 1e6 * limits.split_launch_seconds,
             1e-9 * limits.flops_per_second, 1e-9 * limits.bytes_per_second[2],
             1e-9 * limits.bytes_per_second[GM_LIMITS_N_SIZES - 1]);
    status = conclude(results, "measured", summary);
cleanup:
    gemlet_device_close(device);
    return status;
}

/* ---- operations ----------------------------------------------------------------------------- */

static gemlet_status conclude_table(cJSON *results, const gm_op_table *table)
{
    char summary[512];
    size_t n_right = 0;
    double largest = 0.0;
    for (size_t i = 0; i < table->lines.n_lines; ++i) {
        const gm_statistics_line *line = &table->lines.lines[i];
        n_right += line->n_wrong == 0;
        largest = line->device.largest > largest ? line->device.largest : largest;
    }
    const int is_right = gm_op_table_is_right(table);
    snprintf(summary, sizeof summary,
             "%zu of %zu results within their bounds, largest error %.3g%s%s", n_right,
             table->lines.n_lines, largest, is_right ? "" : "; first wrong: ",
             is_right                ? ""
             : table->lines.is_wrong ? table->lines.lines[table->lines.first_wrong_line].label
                                     : table->stray);
    if (!gm_op_table_add_results(results, table))
        return out_of_memory();
    return conclude(results, is_right ? "pass" : "fail", summary);
}

gemlet_status gm_qualify_part_operations(cJSON *results, const void *part)
{
    gemlet_device *device = NULL;
    gm_op_table table = {.n_strays = 0};
    gemlet_status status = GEMLET_OK;
    GEMLET_TRY_CLEANUP(status, open_device(&device, part));
    for (size_t i = 0; i < gm_op_table_n_cases; ++i)
        GEMLET_TRY_CLEANUP(status, gm_op_table_add(&table, device, &gm_op_table_cases[i]));
    status = conclude_table(results, &table);
cleanup:
    gm_op_table_free(&table);
    gemlet_device_close(device);
    return status;
}

/* ---- steps ---------------------------------------------------------------------------------- */

typedef struct job {
    gemlet_device *device;
    gemlet_model *model;
    gemlet_dataset *dataset;
    gemlet_train_options train;
} job;

static gemlet_status begin_job(job *j, const gm_qualify_part *p)
{
    gemlet_spec spec;
    gemlet_init_options init;
    gemlet_init_options_init(&init);
    gemlet_train_options_init(&j->train);
    j->train.batch = p->batch;
    j->train.n_steps = p->n_steps;
    j->train.fused = p->fused;
    GEMLET_TRY(gemlet_spec_parse(&spec, p->network));
    const gm_synthetic_options data = {
        .rows = N_ROWS,
        .features = spec.n_inputs,
        .classes = spec.layers[spec.n_layers - 1].width,
        .density = DENSITY,
        .seed = 1,
    };
    GEMLET_TRY(open_device(&j->device, p));
    GEMLET_TRY(gm_synthetic_create(&j->dataset, &data));
    GEMLET_TRY(gemlet_model_create(&j->model, &spec, &init));
    return gemlet_model_set_input_scale(j->model, SCALE);
}

static void end_job(job *j)
{
    gemlet_model_destroy(j->model);
    gemlet_dataset_destroy(j->dataset);
    gemlet_device_close(j->device);
}

static void take_summary(const char *summary, const char *plan, void *user)
{
    (void)plan;
    snprintf(user, 128, "%s", summary);
}

gemlet_status gm_qualify_part_steps(cJSON *results, const void *part)
{
    const gm_qualify_part *p = part;
    job j = {.device = NULL};
    char how[128] = "";
    char summary[512];
    gm_lockstep_result result = {.steps = 0};
    gemlet_status status = GEMLET_OK;
    GEMLET_TRY_CLEANUP(status, begin_job(&j, p));
    j.train.on_plan = take_summary;
    j.train.user = how;
    const gm_lockstep_options options = {.train = &j.train, .n_steps = p->n_steps};
    GEMLET_TRY_CLEANUP(status, gm_lockstep_run(&result, j.model, j.device, j.dataset, &options));
    const int is_right = gm_lockstep_is_verified(&result) && result.diverged_step == 0;
    const gm_statistics_line *worst = gm_statistics_worst(&result.statistics);
    uint64_t step = 0;
    const char *wrong = gm_lockstep_first_wrong(&result, &step);
    snprintf(summary, sizeof summary, "%s; %llu operations, largest error %.3g%s%s", how,
             (unsigned long long)result.n_ops, worst != NULL ? worst->device.largest : 0.0,
             wrong != NULL ? "; first wrong: " : "", wrong != NULL ? wrong : "");
    status = conclude(results, is_right ? "pass" : "fail", summary);
cleanup:
    gm_lockstep_result_free(&result);
    end_job(&j);
    return status;
}

gemlet_status gm_qualify_part_training(cJSON *results, const void *part)
{
    job j = {.device = NULL};
    char how[128] = "";
    char summary[512];
    gemlet_train_result result;
    gemlet_status status = GEMLET_OK;
    GEMLET_TRY_CLEANUP(status, begin_job(&j, part));
    j.train.on_plan = take_summary;
    j.train.user = how;
    GEMLET_TRY_CLEANUP(status, gemlet_train(j.model, j.device, j.dataset, &j.train, &result));
    const double us = 1e6 * result.seconds / (double)result.steps;
    snprintf(summary, sizeof summary, "%s; %llu steps, %.1f us each, loss %.4f to %.4f", how,
             (unsigned long long)result.steps, us, result.initial_loss, result.train_loss);
    if (!gm_json_add_real(results, "us_per_step", us))
        GEMLET_TRY_CLEANUP(status, out_of_memory());
    status = conclude(results, result.train_loss < result.initial_loss ? "pass" : "fail", summary);
cleanup:
    end_job(&j);
    return status;
}

/* ---- tiles ---------------------------------------------------------------------------------- */

typedef struct tile_list {
    cJSON *times;
    double best_gflops;
    char best[128]; /* which product and way that was */
    int is_full;    /* memory ran out */
} tile_list;

static void add_tile_time(const gm_tile_time *time, void *user)
{
    tile_list *list = user;
    char way[GM_TILE_WAY_SIZE];
    char shape[64];
    cJSON *object = cJSON_CreateObject();
    gm_tile_describe_way(way, time->choice);
    snprintf(shape, sizeof shape, "%ux%ux%u", time->choice->batch, time->choice->n_in,
             time->choice->n_out);
    if (!cJSON_AddItemToArray(list->times, object) ||
        !gm_json_add_text(object, "operation", time->operation) ||
        !gm_json_add_text(object, "shape", shape) || !gm_json_add_text(object, "tile", way) ||
        !gm_json_add_real(object, "us", time->us) ||
        !gm_json_add_real(object, "gflops", time->gflops))
        list->is_full = 1;
    if (time->gflops <= list->best_gflops)
        return;
    list->best_gflops = time->gflops;
    snprintf(list->best, sizeof list->best, "%s %s, tile %s", time->operation, shape, way);
}

gemlet_status gm_qualify_part_tiles(cJSON *results, const void *part)
{
    const gm_qualify_part *p = part;
    gemlet_device *device = NULL;
    gemlet_spec spec;
    char summary[256];
    tile_list list = {.times = cJSON_AddArrayToObject(results, "times")};
    gemlet_status status = list.times != NULL ? GEMLET_OK : out_of_memory();
    GEMLET_TRY_CLEANUP(status, status);
    GEMLET_TRY_CLEANUP(status, gemlet_spec_parse(&spec, p->network));
    GEMLET_TRY_CLEANUP(status, open_device(&device, p));
    GEMLET_TRY_CLEANUP(status, gm_tiles_run(device, &spec, p->batch, add_tile_time, &list));
    if (list.is_full)
        GEMLET_TRY_CLEANUP(status, out_of_memory());
    snprintf(summary, sizeof summary, "most: %.0f GFLOP/s, %s", list.best_gflops, list.best);
    status = conclude(results, "measured", summary);
cleanup:
    gemlet_device_close(device);
    return status;
}
