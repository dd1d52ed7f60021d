/* SPDX-License-Identifier: MIT
 * See stats.h. */
#include "run/stats.h"

#include <math.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/error.h"
#include "core/memory.h"
#include "core/names.h"
#include "model/model.h"
#include "model/spec.h"
#include "report/run_stats.h"
#include "run/products.h"
#include "run/results.h"
#include "run/validation_rows.h"

/* NULL if the run did not diverge. */
static const char *divergence_name(gemlet_divergence divergence)
{
    switch (divergence) {
    case GEMLET_DIVERGENCE_TRAINING:
        return "training";
    case GEMLET_DIVERGENCE_DEVICE:
        return "device";
    case GEMLET_DIVERGENCE_UNKNOWN:
        return "unknown";
    case GEMLET_DIVERGENCE_NONE:
        break;
    }
    return NULL;
}

static gemlet_dim steps_per_epoch(const gm_run *r)
{
    return gemlet_dataset_rows(r->setup.rows.train) / r->setup.settings.train.batch;
}

static void fill_validation(gm_run_stats *stats, const gm_run *r)
{
    const gemlet_train_result *trained = &r->trained;
    stats->validation_rows = r->validated.rows;
    stats->validation_accuracy = r->validated.accuracy;
    stats->validation_loss = r->validated.loss;
    stats->timings.validation_seconds = trained->validation_seconds;
    if (!gm_run_validates(r) || gemlet_model_networks(r->setup.model) > 0)
        return;
    stats->best_step = trained->good_steps;
    stats->best_epoch = (double)trained->good_steps / steps_per_epoch(r);
    stats->last_validation_accuracy = trained->last_validation.accuracy;
    stats->last_validation_loss = trained->last_validation.loss;
    stats->stopped_early = trained->stopped_early;
}

/* Not a number where the run was not tested. */
static void fill_metrics(gm_run_stats *stats, const gm_run *r)
{
    const int is_tested = r->tested.rows > 0;
    const gm_metrics *m = &r->metrics;
    const gm_schema *schema = r->setup.rows.schema;
    stats->test_balanced_accuracy = is_tested ? m->balanced_accuracy : (double)NAN;
    stats->test_macro_f1 = is_tested ? m->macro_f1 : (double)NAN;
    stats->test_auc = is_tested ? m->auc : (double)NAN;
    stats->test_rmse = is_tested ? m->rmse : (double)NAN;
    stats->test_mae = is_tested ? m->mae : (double)NAN;
    stats->test_r2 = is_tested ? m->r2 : (double)NAN;
    stats->confusion = m->confusion;
    if (schema != NULL)
        stats->class_names = (const char *const *)schema->classes;
}

static void fill_outcome(gm_run_stats *stats, const gm_run *r)
{
    stats->test_accuracy = r->tested.accuracy;
    stats->test_loss = r->tested.loss;
    fill_metrics(stats, r);
    stats->initial_loss = r->trained.initial_loss;
    stats->final_train_loss = r->trained.train_loss;
    stats->final_train_accuracy = r->trained.train_accuracy;
    stats->steps = r->trained.steps;
    stats->epochs = (double)r->trained.steps / steps_per_epoch(r);
    stats->stopped = r->trained.stopped;
    stats->seed = r->setup.settings.train.seed;
    stats->diverged.verdict = divergence_name(r->trained.divergence);
    stats->diverged.step = r->trained.diverged_step;
    stats->diverged.tensor = r->trained.diverged_tensor;
    stats->diverged.good_steps = r->trained.good_steps;
    stats->timings.load_seconds = r->load_seconds;
    stats->timings.device_seconds = r->device_seconds;
    stats->timings.qualify_seconds = r->trained.qualify_seconds;
    stats->timings.train_seconds = r->trained.seconds;
    stats->timings.test_seconds = r->test_seconds;
    stats->timings.total_seconds = r->total_seconds;
}

/* Standard deviation of all initial weights; NAN where it depends on the layer. */
static double fixed_std(const gm_run_settings *s)
{
    if (s->init.scheme == GEMLET_INIT_NORMAL)
        return s->init.scale;
    return s->init.scheme == GEMLET_INIT_SCALED_NORMAL ? GEMLET_INIT_SCALED_STD * s->init.scale
                                                       : (double)NAN;
}

static void fill_options(gm_run_stats *stats, const gm_run *r,
                         const gm_validation_source *validation)
{
    const gm_run_settings *s = &r->setup.settings;
    stats->options.recipe = gm_name_of(gm_recipe_names, s->recipe);
    stats->options.train = s->train;
    stats->options.train.n_steps = r->n_steps;
    stats->options.init = gm_name_of(gm_init_scheme_names, s->init.scheme);
    stats->options.init_std = fixed_std(s);
    stats->options.init_scale = s->init.scale;
    stats->options.from = s->from;
    stats->options.output_gain = s->init.output_gain;
    stats->options.input_scale = (double)gemlet_model_input_scale(r->setup.model);
    stats->options.kernels = gm_name_of(gm_kernels_names, s->device.kernels);
    stats->options.hold_out = s->hold_out;
    stats->options.class_weight = s->class_weight;
    stats->options.augment = s->augment;
    stats->options.lr_scale = s->lr_scale;
    stats->options.weight = s->table.choice.weight;
    stats->options.ensemble = gemlet_model_networks(r->setup.model);
    stats->options.split_seed = s->split_seed;
    stats->options.validation_part = validation->part;
    stats->options.validation_path = validation->path;
}

static void fill_circumstances(gm_run_stats *stats, const gm_run *r)
{
    const gemlet_device_info *info = gemlet_device_get_info(r->setup.device);
    stats->device.name = info->name;
    stats->device.type = gemlet_device_type_name(info->type);
    stats->device.platform = info->platform;
    stats->device.vendor = info->vendor;
    stats->device.driver = info->driver;
    stats->device.version = info->version;
    if (info->type == GEMLET_DEVICE_CPU_PATH)
        stats->device.blas_threads = info->compute_units;
    else if (info->type != GEMLET_DEVICE_REFERENCE)
        stats->device.compute_units = info->compute_units;
    stats->device.gemm = gemlet_device_gemm_name(r->setup.device);
    stats->device.choice = gemlet_device_choice(r->setup.device);
    stats->network.spec = r->setup.spec_text;
    stats->network.n_parameters =
        gm_model_n_networks(r->setup.model) * gemlet_spec_n_parameters(&r->setup.spec);
    stats->step.fused = r->trained.fused;
    stats->step.chunk_rows = r->trained.chunk_rows;
    stats->step.n_launches = r->trained.n_launches;
    stats->step.profile = r->profile;
    stats->step.tuned = r->setup.tuned[0] != '\0' ? r->setup.tuned : NULL;
    stats->step.products = gm_run_products(r);
    if (!r->trained.fused) {
        /* Only a tuning has changed this where there is one. */
        const int is_as_tuned =
            stats->step.tuned != NULL && r->setup.settings.train.fused == GEMLET_FUSED_OFF;
        stats->step.reason = is_as_tuned ? "as tuned" : r->trained.why_not_fused;
    }
    stats->data.directory = r->setup.settings.data;
    stats->data.train_rows = gemlet_dataset_rows(r->setup.rows.train);
    stats->data.test_rows = gemlet_dataset_rows(r->setup.rows.test);
    stats->data.features = r->setup.spec.n_inputs;
    if (r->setup.spec.task == GEMLET_TASK_CLASSIFICATION)
        stats->data.classes = gm_spec_classes(&r->setup.spec);
    stats->data.train_crc32 = r->checksums.train;
    stats->data.test_crc32 = r->checksums.test;
    stats->data.gaps = r->setup.rows.gaps;
    stats->started_at = r->started_at;
}

gemlet_status gm_run_save_stats(const gm_run *r)
{
    gm_run_stats stats = {
        .files = {.model = GM_MODEL_NAME,
                  .last_model = r->last_model != NULL ? GM_LAST_MODEL_NAME : NULL,
                  .metrics = GM_HISTORY_CSV_NAME,
                  .graph = r->graph_name},
    };
    gm_validation_source validation;
    GEMLET_TRY(gm_validation_source_parse(&validation, r->setup.settings.validation));
    fill_outcome(&stats, r);
    fill_validation(&stats, r);
    fill_options(&stats, r, &validation);
    fill_circumstances(&stats, r);
    const char **argv;
    GEMLET_TRY(GM_ALLOC(argv, (size_t)r->argc + 1, "command line"));
    argv[0] = "gemlet";
    for (int i = 0; i < r->argc; ++i)
        argv[i + 1] = r->argv[i];
    stats.argc = r->argc + 1;
    stats.argv = argv;
    char *path;
    gemlet_status status = gm_run_results_path(&path, r, GM_STATS_NAME);
    if (status == GEMLET_OK)
        status = gm_run_stats_write(path, &stats);
    free(path);
    free(argv);
    return status;
}
