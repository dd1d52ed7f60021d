/* SPDX-License-Identifier: MIT
 * Builds stats.json with cJSON; see run_stats.h. */
#include "report/run_stats.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "core/names.h"
#include "core/json.h"
#include "report/confusion.h"

/* The functions that add return 1, or 0 when memory runs out, to be chained with &&. */

static int add_crc32(cJSON *object, const char *key, uint32_t crc)
{
    char text[16];
    snprintf(text, sizeof text, "%08" PRIx32, crc);
    return cJSON_AddStringToObject(object, key, text) != NULL;
}

/* Figures of the task alone. */
static int add_metrics(cJSON *root, const gm_run_stats *stats)
{
    if (stats->data.classes == 0)
        return gm_json_add_real(root, "test_rmse", stats->test_rmse) &&
               gm_json_add_real(root, "test_mae", stats->test_mae) &&
               gm_json_add_real(root, "test_r2", stats->test_r2);
    return gm_json_add_real(root, "test_balanced_accuracy", stats->test_balanced_accuracy) &&
           gm_json_add_real(root, "test_macro_f1", stats->test_macro_f1) &&
           gm_json_add_real(root, "test_auc", stats->test_auc);
}

static int add_confusion(cJSON *root, const gm_run_stats *stats)
{
    if (stats->confusion == NULL)
        return 1;
    cJSON *object = cJSON_AddObjectToObject(root, "test_confusion");
    return object != NULL &&
           gm_confusion_add_json(object, stats->confusion, stats->class_names, stats->data.classes);
}

static int add_outcome(cJSON *root, const gm_run_stats *stats)
{
    const double seconds = stats->timings.train_seconds;
    const double steps = (double)stats->steps;
    return gm_json_add_count(root, "schema_version", GM_RUN_STATS_SCHEMA) &&
           gm_json_add_text(root, "gemlet_version", gemlet_version()) &&
           gm_json_add_real(root, "test_accuracy", stats->test_accuracy) &&
           gm_json_add_real(root, "test_loss", stats->test_loss) && add_metrics(root, stats) &&
           gm_json_add_real(root, "initial_loss", stats->initial_loss) &&
           gm_json_add_real(root, "expected_initial_loss",
                            stats->data.classes > 0 ? log(stats->data.classes) : 1.0) &&
           gm_json_add_real(root, "final_train_loss", stats->final_train_loss) &&
           gm_json_add_real(root, "final_train_accuracy", stats->final_train_accuracy) &&
           gm_json_add_count(root, "steps", stats->steps) &&
           gm_json_add_real(root, "epochs", stats->epochs) &&
           gm_json_add_real(root, "train_seconds", seconds) &&
           gm_json_add_real(root, "us_per_step", 1e6 * seconds / steps) &&
           gm_json_add_real(root, "samples_per_second",
                            steps * stats->options.train.batch / seconds) &&
           gm_json_add_text(root, "device", stats->device.name) &&
           gm_json_add_count(root, "seed", stats->seed) &&
           cJSON_AddBoolToObject(root, "stopped", stats->stopped) != NULL;
}

static int add_best(cJSON *root, const gm_run_stats *stats)
{
    return gm_json_add_count(root, "best_step", stats->best_step) &&
           gm_json_add_real(root, "best_epoch", stats->best_epoch) &&
           gm_json_add_real(root, "last_validation_accuracy", stats->last_validation_accuracy) &&
           gm_json_add_real(root, "last_validation_loss", stats->last_validation_loss) &&
           cJSON_AddBoolToObject(root, "stopped_early", stats->stopped_early) != NULL;
}

static int add_validation(cJSON *root, const gm_run_stats *stats)
{
    if (stats->validation_rows == 0)
        return 1;
    return gm_json_add_count(root, "validation_rows", stats->validation_rows) &&
           gm_json_add_real(root, "validation_accuracy", stats->validation_accuracy) &&
           gm_json_add_real(root, "validation_loss", stats->validation_loss) &&
           (stats->best_step == 0 || add_best(root, stats));
}

static int add_divergence(cJSON *root, const gm_run_stats *stats)
{
    if (stats->diverged.verdict == NULL)
        return cJSON_AddNullToObject(root, "diverged") != NULL;
    cJSON *object = cJSON_AddObjectToObject(root, "diverged");
    return object != NULL && gm_json_add_text(object, "verdict", stats->diverged.verdict) &&
           gm_json_add_count(object, "step", stats->diverged.step) &&
           gm_json_add_text(object, "tensor", stats->diverged.tensor) &&
           gm_json_add_count(object, "good_steps", stats->diverged.good_steps);
}

/* null for 0. */
static int add_known_count(cJSON *object, const char *key, uint64_t value)
{
    return value > 0 ? gm_json_add_count(object, key, value) : gm_json_add_text(object, key, NULL);
}

static int add_device(cJSON *root, const gm_run_stats *stats)
{
    cJSON *object = cJSON_AddObjectToObject(root, "device_info");
    return object != NULL && gm_json_add_text(object, "name", stats->device.name) &&
           gm_json_add_text(object, "type", stats->device.type) &&
           gm_json_add_text(object, "platform", stats->device.platform) &&
           gm_json_add_text(object, "vendor", stats->device.vendor) &&
           gm_json_add_text(object, "driver", stats->device.driver) &&
           gm_json_add_text(object, "version", stats->device.version) &&
           add_known_count(object, "compute_units", stats->device.compute_units) &&
           add_known_count(object, "blas_threads", stats->device.blas_threads) &&
           gm_json_add_text(object, "gemm", stats->device.gemm) &&
           gm_json_add_text(object, "choice", stats->device.choice);
}

static int add_network(cJSON *root, const gm_run_stats *stats)
{
    cJSON *object = cJSON_AddObjectToObject(root, "network");
    return object != NULL && gm_json_add_text(object, "spec", stats->network.spec) &&
           gm_json_add_count(object, "n_parameters", stats->network.n_parameters);
}

/* A copy of what the caller made; null for NULL. */
static int add_copy(cJSON *object, const char *key, const cJSON *item)
{
    cJSON *copy = item != NULL ? cJSON_Duplicate(item, 1) : cJSON_CreateNull();
    return cJSON_AddItemToObject(object, key, copy);
}

static int add_step(cJSON *root, const gm_run_stats *stats)
{
    cJSON *object = cJSON_AddObjectToObject(root, "step");
    return object != NULL && cJSON_AddBoolToObject(object, "fused", stats->step.fused) != NULL &&
           gm_json_add_count(object, "launches", stats->step.n_launches) &&
           gm_json_add_text(object, "reason", stats->step.reason) &&
           gm_json_add_text(object, "tuned", stats->step.tuned) &&
           gm_json_add_text(object, "products", stats->step.products) &&
           add_known_count(object, "chunk_rows", stats->step.chunk_rows) &&
           add_copy(object, "profile", stats->step.profile);
}

static int add_validation_option(cJSON *object, const gm_run_stats *stats)
{
    return stats->options.validation_part > 0
               ? gm_json_add_real(object, "validation", stats->options.validation_part)
               : gm_json_add_text(object, "validation", stats->options.validation_path);
}

/* NULL for the squared error. */
static const char *robust_loss(const gemlet_train_options *train)
{
    return train->regression_loss != GEMLET_REGRESSION_LOSS_SQUARED
               ? gm_name_of(gm_regression_loss_names, train->regression_loss)
               : NULL;
}

static int add_options(cJSON *root, const gm_run_stats *stats)
{
    const gemlet_train_options *train = &stats->options.train;
    const int is_virtual = train->virtual_adversarial > 0;
    const int is_adam = train->optimizer != GEMLET_OPTIMIZER_SGD;
    cJSON *object = cJSON_AddObjectToObject(root, "options");
    return object != NULL && gm_json_add_text(object, "recipe", stats->options.recipe) &&
           gm_json_add_count(object, "batch", train->batch) &&
           gm_json_add_count(object, "steps", train->n_steps) &&
           gm_json_add_real(object, "learning_rate", train->learning_rate) &&
           gm_json_add_text(object, "lr_scale", stats->options.lr_scale) &&
           gm_json_add_text(object, "schedule", gm_name_of(gm_schedule_names, train->schedule)) &&
           gm_json_add_count(object, "lr_step_every", train->step_every) &&
           gm_json_add_real(object, "lr_step_factor", train->step_factor) &&
           /* null where it is not used: so that it counts as equal to runs that knew of none */
           gm_json_add_real(object, "warmup", train->warmup > 0 ? train->warmup : (double)NAN) &&
           add_known_count(object, "lr_cycle", train->cycle_steps) &&
           add_known_count(object, "lr_cycle_factor",
                           train->cycle_steps > 0 ? train->cycle_factor : 0) &&
           gm_json_add_real(object, "weight_decay", train->weight_decay) &&
           gm_json_add_real(object, "momentum",
                            train->momentum > 0 ? train->momentum : (double)NAN) &&
           gm_json_add_text(object, "nesterov", train->nesterov ? "yes" : NULL) &&
           gm_json_add_text(object, "optimizer",
                            is_adam ? gm_name_of(gm_optimizer_names, train->optimizer) : NULL) &&
           gm_json_add_real(object, "beta1", is_adam ? train->beta1 : (double)NAN) &&
           gm_json_add_real(object, "beta2", is_adam ? train->beta2 : (double)NAN) &&
           gm_json_add_real(object, "epsilon", is_adam ? train->epsilon : (double)NAN) &&
           gm_json_add_real(object, "average_decay",
                            train->average_decay > 0 ? train->average_decay : (double)NAN) &&
           gm_json_add_real(object, "average_last",
                            train->average_last > 0 ? train->average_last : (double)NAN) &&
           gm_json_add_real(object, "input_noise",
                            train->input_noise > 0 ? train->input_noise : (double)NAN) &&
           gm_json_add_real(object, "hidden_noise",
                            train->hidden_noise > 0 ? train->hidden_noise : (double)NAN) &&
           gm_json_add_real(object, "mixup", train->mixup > 0 ? train->mixup : (double)NAN) &&
           gm_json_add_real(object, "adversarial",
                            train->adversarial > 0 ? train->adversarial : (double)NAN) &&
           gm_json_add_real(object, "virtual_adversarial",
                            is_virtual ? train->virtual_adversarial : (double)NAN) &&
           gm_json_add_real(object, "virtual_adversarial_xi",
                            is_virtual ? train->virtual_adversarial_xi : (double)NAN) &&
           gm_json_add_real(object, "virtual_adversarial_weight",
                            is_virtual ? train->virtual_adversarial_weight : (double)NAN) &&
           gm_json_add_real(object, "clip_norm",
                            train->clip_norm > 0 ? train->clip_norm : (double)NAN) &&
           gm_json_add_real(object, "max_norm",
                            train->max_norm > 0 ? train->max_norm : (double)NAN) &&
           gm_json_add_real(object, "label_smoothing",
                            train->label_smoothing > 0 ? train->label_smoothing : (double)NAN) &&
           gm_json_add_text(object, "class_weight", stats->options.class_weight) &&
           gm_json_add_text(object, "weight", stats->options.weight) &&
           gm_json_add_text(object, "regression_loss", robust_loss(train)) &&
           gm_json_add_real(object, "huber_delta",
                            train->regression_loss == GEMLET_REGRESSION_LOSS_HUBER
                                ? train->huber_delta
                                : (double)NAN) &&
           gm_json_add_real(object, "dropout", train->dropout > 0 ? train->dropout : (double)NAN) &&
           gm_json_add_real(object, "input_dropout",
                            train->input_dropout > 0 ? train->input_dropout : (double)NAN) &&
           gm_json_add_text(object, "augment", stats->options.augment) &&
           gm_json_add_text(object, "init", stats->options.init) &&
           gm_json_add_real(object, "init_std", stats->options.init_std) &&
           gm_json_add_real(object, "init_scale", stats->options.init_scale) &&
           gm_json_add_text(object, "from", stats->options.from) &&
           gm_json_add_real(object, "output_gain", stats->options.output_gain) &&
           gm_json_add_real(object, "input_scale", stats->options.input_scale) &&
           gm_json_add_text(object, "kernels", stats->options.kernels) &&
           gm_json_add_count(object, "log_every", train->log_every) &&
           gm_json_add_count(object, "hold_out", stats->options.hold_out) &&
           add_validation_option(object, stats) &&
           add_known_count(object, "validate_every", train->validate_every) &&
           add_known_count(object, "patience", train->patience) &&
           add_known_count(object, "ensemble", stats->options.ensemble) &&
           (stats->options.split_seed != UINT64_MAX
                ? gm_json_add_count(object, "split_seed", stats->options.split_seed)
                : gm_json_add_text(object, "split_seed", NULL));
}

static int add_data(cJSON *root, const gm_run_stats *stats)
{
    cJSON *object = cJSON_AddObjectToObject(root, "data");
    return object != NULL && gm_json_add_text(object, "directory", stats->data.directory) &&
           gm_json_add_count(object, "train_rows", stats->data.train_rows) &&
           gm_json_add_count(object, "test_rows", stats->data.test_rows) &&
           gm_json_add_count(object, "features", stats->data.features) &&
           gm_json_add_count(object, "classes", stats->data.classes) &&
           add_crc32(object, "train_crc32", stats->data.train_crc32) &&
           add_crc32(object, "test_crc32", stats->data.test_crc32) &&
           add_copy(object, "gaps", stats->data.gaps);
}

static int add_timings(cJSON *root, const gm_run_stats *stats)
{
    cJSON *object = cJSON_AddObjectToObject(root, "timings");
    return object != NULL &&
           gm_json_add_real(object, "load_seconds", stats->timings.load_seconds) &&
           gm_json_add_real(object, "device_seconds", stats->timings.device_seconds) &&
           gm_json_add_real(object, "qualify_seconds", stats->timings.qualify_seconds) &&
           gm_json_add_real(object, "train_seconds", stats->timings.train_seconds) &&
           gm_json_add_real(object, "validation_seconds", stats->timings.validation_seconds) &&
           gm_json_add_real(object, "test_seconds", stats->timings.test_seconds) &&
           gm_json_add_real(object, "total_seconds", stats->timings.total_seconds);
}

static int add_origin(cJSON *root, const gm_run_stats *stats)
{
    cJSON *command = cJSON_AddArrayToObject(root, "command");
    int ok = command != NULL;
    for (int i = 0; ok && i < stats->argc; ++i)
        ok = cJSON_AddItemToArray(command, gm_json_create_text(stats->argv[i]));
    char started_at[sizeof "0000-00-00T00:00:00Z" + 16];
    struct tm utc;
    if (gmtime_r(&stats->started_at, &utc) == NULL ||
        strftime(started_at, sizeof started_at, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
        started_at[0] = '\0';
    return ok && gm_json_add_text(root, "started_at", started_at);
}

static int add_files(cJSON *root, const gm_run_stats *stats)
{
    cJSON *object = cJSON_AddObjectToObject(root, "files");
    return object != NULL && gm_json_add_text(object, "model", stats->files.model) &&
           gm_json_add_text(object, "last_model", stats->files.last_model) &&
           gm_json_add_text(object, "metrics", stats->files.metrics) &&
           gm_json_add_text(object, "graph", stats->files.graph);
}

gemlet_status gm_run_stats_write(const char *path, const gm_run_stats *stats)
{
    cJSON *root = cJSON_CreateObject();
    if (root != NULL && add_outcome(root, stats) && add_validation(root, stats) &&
        add_divergence(root, stats) && add_device(root, stats) && add_network(root, stats) &&
        add_step(root, stats) && add_options(root, stats) && add_data(root, stats) &&
        add_timings(root, stats) && add_origin(root, stats) && add_files(root, stats) &&
        add_confusion(root, stats))
        return gm_json_write(path, root);
    cJSON_Delete(root);
    return gm_json_write(path, NULL);
}
