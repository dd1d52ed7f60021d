/* SPDX-License-Identifier: MIT
 * Builds stats.json with cJSON; see run_stats.h.
 *
 * Numbers go in as text: cJSON keeps every number as a double and prints it with 15 digits if that
 * is within one rounding of its value, which loses counts of 64 bits and the last bit of reals. */
#include "report/run_stats.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "core/file.h"
#include "core/memory.h"
#include "report/clean_text.h"

/* The functions that add return 1, or 0 when memory runs out, to be chained with &&. */

/* A string item; NULL when memory runs out. cJSON would copy bytes that are not UTF-8. */
static cJSON *create_text(const char *text)
{
    char *clean;
    if (gm_clean_text(&clean, text) != GEMLET_OK)
        return NULL;
    cJSON *item = cJSON_CreateString(clean);
    free(clean);
    return item;
}

static int add_text(cJSON *object, const char *key, const char *text)
{
    if (text == NULL)
        return cJSON_AddNullToObject(object, key) != NULL;
    return cJSON_AddItemToObject(object, key, create_text(text));
}

static int add_real(cJSON *object, const char *key, double value)
{
    if (!isfinite(value))
        return cJSON_AddNullToObject(object, key) != NULL;
    char text[32];
    /* The shortest that reads back as the same value; 17 digits always do. */
    for (int digits = 15; digits <= 17; ++digits) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    return cJSON_AddRawToObject(object, key, text) != NULL;
}

static int add_count(cJSON *object, const char *key, uint64_t value)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRIu64, value);
    return cJSON_AddRawToObject(object, key, text) != NULL;
}

static int add_crc32(cJSON *object, const char *key, uint32_t crc)
{
    char text[16];
    snprintf(text, sizeof text, "%08" PRIx32, crc);
    return cJSON_AddStringToObject(object, key, text) != NULL;
}

static int add_outcome(cJSON *root, const gm_run_stats *stats)
{
    const double seconds = stats->timings.train_seconds;
    const double steps = (double)stats->steps;
    return add_count(root, "schema_version", GM_RUN_STATS_SCHEMA) &&
           add_text(root, "gemlet_version", gemlet_version()) &&
           add_real(root, "test_accuracy", stats->test_accuracy) &&
           add_real(root, "test_loss", stats->test_loss) &&
           add_real(root, "initial_loss", stats->initial_loss) &&
           add_real(root, "expected_initial_loss", log(stats->data.classes)) &&
           add_real(root, "final_train_loss", stats->final_train_loss) &&
           add_real(root, "final_train_accuracy", stats->final_train_accuracy) &&
           add_count(root, "steps", stats->steps) && add_real(root, "epochs", stats->epochs) &&
           add_real(root, "train_seconds", seconds) &&
           add_real(root, "us_per_step", 1e6 * seconds / steps) &&
           add_real(root, "samples_per_second", steps * stats->options.batch / seconds) &&
           add_text(root, "device", stats->device.name) && add_count(root, "seed", stats->seed) &&
           cJSON_AddBoolToObject(root, "stopped", stats->stopped) != NULL;
}

static int add_validation(cJSON *root, const gm_run_stats *stats)
{
    if (stats->validation_rows == 0)
        return 1;
    return add_count(root, "validation_rows", stats->validation_rows) &&
           add_real(root, "validation_accuracy", stats->validation_accuracy) &&
           add_real(root, "validation_loss", stats->validation_loss);
}

static int add_divergence(cJSON *root, const gm_run_stats *stats)
{
    if (stats->diverged.verdict == NULL)
        return cJSON_AddNullToObject(root, "diverged") != NULL;
    cJSON *object = cJSON_AddObjectToObject(root, "diverged");
    return object != NULL && add_text(object, "verdict", stats->diverged.verdict) &&
           add_count(object, "step", stats->diverged.step) &&
           add_text(object, "tensor", stats->diverged.tensor) &&
           add_count(object, "good_steps", stats->diverged.good_steps);
}

static int add_device(cJSON *root, const gm_run_stats *stats)
{
    cJSON *object = cJSON_AddObjectToObject(root, "device_info");
    return object != NULL && add_text(object, "name", stats->device.name) &&
           add_text(object, "type", stats->device.type) &&
           add_text(object, "platform", stats->device.platform) &&
           add_text(object, "vendor", stats->device.vendor) &&
           add_text(object, "driver", stats->device.driver) &&
           add_text(object, "version", stats->device.version) &&
           add_text(object, "gemm", stats->device.gemm) &&
           add_text(object, "choice", stats->device.choice);
}

static int add_network(cJSON *root, const gm_run_stats *stats)
{
    cJSON *object = cJSON_AddObjectToObject(root, "network");
    return object != NULL && add_text(object, "spec", stats->network.spec) &&
           add_count(object, "n_parameters", stats->network.n_parameters);
}

static int add_options(cJSON *root, const gm_run_stats *stats)
{
    cJSON *object = cJSON_AddObjectToObject(root, "options");
    return object != NULL && add_text(object, "recipe", stats->options.recipe) &&
           add_count(object, "batch", stats->options.batch) &&
           add_count(object, "steps", stats->options.steps) &&
           add_real(object, "learning_rate", stats->options.learning_rate) &&
           add_text(object, "schedule", stats->options.schedule) &&
           add_count(object, "lr_step_every", stats->options.lr_step_every) &&
           add_real(object, "lr_step_factor", stats->options.lr_step_factor) &&
           add_real(object, "weight_decay", stats->options.weight_decay) &&
           add_text(object, "init", stats->options.init) &&
           add_real(object, "init_std", stats->options.init_std) &&
           add_real(object, "init_scale", stats->options.init_scale) &&
           add_real(object, "output_gain", stats->options.output_gain) &&
           add_real(object, "input_scale", stats->options.input_scale) &&
           add_count(object, "log_every", stats->options.log_every) &&
           add_count(object, "hold_out", stats->options.hold_out);
}

static int add_data(cJSON *root, const gm_run_stats *stats)
{
    cJSON *object = cJSON_AddObjectToObject(root, "data");
    return object != NULL && add_text(object, "directory", stats->data.directory) &&
           add_count(object, "train_rows", stats->data.train_rows) &&
           add_count(object, "test_rows", stats->data.test_rows) &&
           add_count(object, "features", stats->data.features) &&
           add_count(object, "classes", stats->data.classes) &&
           add_crc32(object, "train_crc32", stats->data.train_crc32) &&
           add_crc32(object, "test_crc32", stats->data.test_crc32);
}

static int add_timings(cJSON *root, const gm_run_stats *stats)
{
    cJSON *object = cJSON_AddObjectToObject(root, "timings");
    return object != NULL && add_real(object, "load_seconds", stats->timings.load_seconds) &&
           add_real(object, "device_seconds", stats->timings.device_seconds) &&
           add_real(object, "qualify_seconds", stats->timings.qualify_seconds) &&
           add_real(object, "train_seconds", stats->timings.train_seconds) &&
           add_real(object, "test_seconds", stats->timings.test_seconds) &&
           add_real(object, "total_seconds", stats->timings.total_seconds);
}

static int add_origin(cJSON *root, const gm_run_stats *stats)
{
    cJSON *command = cJSON_AddArrayToObject(root, "command");
    int ok = command != NULL;
    for (int i = 0; ok && i < stats->argc; ++i)
        ok = cJSON_AddItemToArray(command, create_text(stats->argv[i]));
    char started_at[sizeof "0000-00-00T00:00:00Z" + 16];
    struct tm utc;
    if (gmtime_r(&stats->started_at, &utc) == NULL ||
        strftime(started_at, sizeof started_at, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
        started_at[0] = '\0';
    return ok && add_text(root, "started_at", started_at);
}

static int add_files(cJSON *root, const gm_run_stats *stats)
{
    cJSON *object = cJSON_AddObjectToObject(root, "files");
    return object != NULL && add_text(object, "model", stats->files.model) &&
           add_text(object, "metrics", stats->files.metrics) &&
           add_text(object, "graph", stats->files.graph);
}

gemlet_status gm_run_stats_write(const char *path, const gm_run_stats *stats)
{
    cJSON *root = cJSON_CreateObject();
    char *text = NULL;
    if (root != NULL && add_outcome(root, stats) && add_validation(root, stats) &&
        add_divergence(root, stats) && add_device(root, stats) && add_network(root, stats) &&
        add_options(root, stats) && add_data(root, stats) && add_timings(root, stats) &&
        add_origin(root, stats) && add_files(root, stats))
        text = cJSON_Print(root);
    cJSON_Delete(root);
    if (text == NULL)
        return gm_error(GEMLET_E_MEMORY, "%s: out of memory", path);
    char *line_ended = NULL;
    gemlet_status status = gm_format_string(&line_ended, "%s\n", text);
    cJSON_free(text);
    if (status == GEMLET_OK)
        status = gm_file_write(path, line_ended, strlen(line_ended));
    free(line_ended);
    return status;
}
