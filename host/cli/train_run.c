/* SPDX-License-Identifier: MIT
 * The files that a training run leaves behind. */
#include "cli/train_run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/recipe.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/memory.h"
#include "model/spec.h"
#include "report/loss_graph.h"
#include "report/run_stats.h"
#include "train/schedule.h"

static gemlet_status save_model(const gm_train_run *r)
{
    char *path;
    GEMLET_TRY(gm_path_join(&path, r->out, GM_MODEL_NAME));
    const gemlet_status status = gemlet_model_save(r->model, path);
    free(path);
    return status;
}

static gemlet_status save_metrics(const gm_train_run *r)
{
    char *path;
    GEMLET_TRY(gm_path_join(&path, r->out, GM_HISTORY_CSV_NAME));
    const gemlet_status status = gm_history_write_csv(&r->history, path);
    free(path);
    return status;
}

static gemlet_status save_layers(const gm_train_run *r)
{
    if (r->layers.count == 0) {
        gm_layer_history_remove(r->out);
        return GEMLET_OK;
    }
    char *path;
    GEMLET_TRY(gm_path_join(&path, r->out, GM_LAYER_HISTORY_DATA));
    const gemlet_status status = gm_layer_history_write_csv(&r->layers, path);
    free(path);
    return status;
}

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

static void fill_outcome(gm_run_stats *stats, const gm_train_run *r)
{
    const gemlet_dim per_epoch = gemlet_dataset_rows(r->rows.train) / r->settings.batch;
    stats->test_accuracy = r->tested.accuracy;
    stats->test_loss = r->tested.loss;
    stats->initial_loss = r->result.initial_loss;
    stats->final_train_loss = r->result.train_loss;
    stats->final_train_accuracy = r->result.train_accuracy;
    stats->validation_rows = r->validation.rows;
    stats->validation_accuracy = r->validation.accuracy;
    stats->validation_loss = r->validation.loss;
    stats->steps = r->result.steps;
    stats->epochs = (double)r->result.steps / per_epoch;
    stats->stopped = r->result.stopped;
    stats->seed = r->settings.seed;
    stats->diverged.verdict = divergence_name(r->result.divergence);
    stats->diverged.step = r->result.diverged_step;
    stats->diverged.tensor = r->result.diverged_tensor;
    stats->diverged.good_steps = r->result.good_steps;
    stats->timings.load_seconds = r->load_seconds;
    stats->timings.device_seconds = r->device_seconds;
    stats->timings.qualify_seconds = r->qualify_seconds;
    stats->timings.train_seconds = r->result.seconds;
    stats->timings.test_seconds = r->test_seconds;
    stats->timings.total_seconds = gm_clock_seconds() - r->started_seconds;
}

/* Standard deviation of all initial weights; NAN where it depends on the layer. */
static double fixed_std(const gm_train_settings *s)
{
    if (s->init == GEMLET_INIT_NORMAL)
        return s->init_scale;
    return s->init == GEMLET_INIT_SCALED_NORMAL ? GEMLET_INIT_SCALED_STD * s->init_scale
                                                : (double)NAN;
}

static void fill_options(gm_run_stats *stats, const gm_train_run *r)
{
    const gm_train_settings *s = &r->settings;
    stats->options.recipe = gm_recipe_get(s->recipe)->name;
    stats->options.batch = s->batch;
    stats->options.steps = r->n_steps;
    stats->options.learning_rate = s->learning_rate;
    stats->options.schedule = gm_schedule_name((gemlet_schedule)s->schedule);
    stats->options.lr_step_every = s->lr_step_every;
    stats->options.lr_step_factor = s->lr_step_factor;
    stats->options.weight_decay = s->weight_decay;
    stats->options.init = gm_init_scheme_name(s->init);
    stats->options.init_std = fixed_std(s);
    stats->options.init_scale = s->init_scale;
    stats->options.output_gain = s->output_gain;
    stats->options.input_scale = (double)gemlet_model_input_scale(r->model);
    stats->options.log_every = s->log_every;
    stats->options.hold_out = s->hold_out;
}

static void fill_circumstances(gm_run_stats *stats, const gm_train_run *r)
{
    const gemlet_device_info *info = gemlet_device_get_info(r->device);
    stats->device.name = info->name;
    stats->device.type = gemlet_device_type_name(info->type);
    stats->device.platform = info->platform;
    stats->device.vendor = info->vendor;
    stats->device.driver = info->driver;
    stats->device.version = info->version;
    stats->device.gemm = gemlet_device_gemm_name(r->device);
    stats->device.choice = gemlet_device_choice(r->device);
    stats->network.spec = r->spec_text;
    stats->network.n_parameters = gemlet_spec_n_parameters(&r->spec);
    stats->step.fused = r->result.fused;
    stats->step.n_launches = r->result.n_launches;
    stats->step.reason = r->fused_fault != NULL ? r->fused_fault : r->result.why_not_fused;
    if (r->result.fused)
        stats->step.reason = NULL;
    stats->data.directory = r->settings.data;
    stats->data.train_rows = gemlet_dataset_rows(r->rows.train);
    stats->data.test_rows = gemlet_dataset_rows(r->rows.test);
    stats->data.features = r->spec.n_inputs;
    stats->data.classes = gm_spec_classes(&r->spec);
    stats->data.train_crc32 = gemlet_dataset_crc32(r->rows.train);
    stats->data.test_crc32 = gemlet_dataset_crc32(r->rows.test);
    stats->started_at = r->started_at;
}

static gemlet_status save_stats(const gm_train_run *r)
{
    gm_run_stats stats = {
        .files = {.model = GM_MODEL_NAME, .metrics = GM_HISTORY_CSV_NAME, .graph = r->graph_name},
    };
    fill_outcome(&stats, r);
    fill_options(&stats, r);
    fill_circumstances(&stats, r);
    const char **argv;
    GEMLET_TRY(GM_ALLOC(argv, (size_t)r->argc + 1, "command line"));
    argv[0] = "gemlet";
    for (int i = 0; i < r->argc; ++i)
        argv[i + 1] = r->argv[i];
    stats.argc = r->argc + 1;
    stats.argv = argv;
    char *path;
    gemlet_status status = gm_path_join(&path, r->out, GM_STATS_NAME);
    if (status == GEMLET_OK)
        status = gm_run_stats_write(path, &stats);
    free(path);
    free(argv);
    return status;
}

gemlet_status gm_train_run_save(gm_train_run *r)
{
    GEMLET_TRY(save_model(r));
    GEMLET_TRY(save_metrics(r));
    GEMLET_TRY(save_layers(r));
    return save_stats(r);
}

/* ---- pictures ------------------------------------------------------------------------------- */

/* Says why there is no picture, if there is none. Returns 1 if there is. */
static int report_picture(const char *what, gemlet_status status, char *note)
{
    const char *reason = status != GEMLET_OK ? gemlet_last_error() : note;
    if (reason != NULL)
        fprintf(stderr, "gemlet train: no %s drawn: %s\n", what, reason);
    free(note);
    return reason == NULL;
}

static void draw_layers(const gm_train_run *r)
{
    char *note = NULL;
    if (r->layers.count == 0)
        return;
    const gemlet_status status = gm_layer_history_draw(&note, &r->layers, r->out, r->spec_text);
    report_picture("picture of the layers", status, note);
}

static void draw_graph(gm_train_run *r)
{
    const gm_loss_graph graph = {
        .directory = r->out,
        .history = &r->history,
        .network = r->spec_text,
        .device = gemlet_device_get_info(r->device)->name,
        .test_accuracy = r->tested.accuracy,
        .test_loss = r->tested.loss,
    };
    char *note = NULL;
    if (r->history.count == 0) {
        gm_loss_graph_remove(r->out);
        return;
    }
    const gemlet_status status = gm_loss_graph_draw(&note, &graph);
    if (report_picture("graph", status, note))
        r->graph_name = GM_LOSS_GRAPH_PICTURE;
}

void gm_train_run_draw(gm_train_run *r)
{
    draw_layers(r);
    draw_graph(r);
    if (r->graph_name != NULL && save_stats(r) != GEMLET_OK)
        fprintf(stderr, "gemlet train: %s is not named in %s: %s\n", r->graph_name, GM_STATS_NAME,
                gemlet_last_error());
}
