/* SPDX-License-Identifier: MIT
 * The files that a training run leaves behind. */
#include "cli/train_run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/interrupt.h"
#include "cli/recipe.h"
#include "core/clean_text.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/memory.h"
#include "core/scratch.h"
#include "core/temporary.h"
#include "model/spec.h"
#include "report/loss_graph.h"
#include "report/run_stats.h"
#include "train/schedule.h"

/* Of all files that runs leave. The first is the last to appear. */
static const char *const result_names[] = {
    GM_STATS_NAME,
    GM_MODEL_NAME,
    GM_HISTORY_CSV_NAME,
    GM_LOSS_GRAPH_SCRIPT,
    GM_LOSS_GRAPH_PICTURE,
    GM_LOSS_GRAPH_NAME ".svg",
    GM_LAYER_HISTORY_DATA,
    GM_LAYER_HISTORY_NAME ".gp",
    GM_LAYER_HISTORY_NAME ".png",
    GM_LAYER_HISTORY_NAME ".svg",
};

gemlet_status gm_train_run_check_out(gm_train_run *r)
{
    GEMLET_TRY(gm_result_directory_open(&r->results, r->out, result_names,
                                        sizeof result_names / sizeof result_names[0]));
    r->place = (gm_train_place){r->results.stage, ""};
    return GEMLET_OK;
}

/* Release with free(). */
static gemlet_status path_of(char **path, const gm_train_run *r, const char *name)
{
    return gm_format_string(path, "%s/%s%s", r->place.directory, r->place.prefix, name);
}

/* ---- files ---------------------------------------------------------------------------------- */

static gemlet_status save_model(const gm_train_run *r)
{
    char *path;
    GEMLET_TRY(path_of(&path, r, GM_MODEL_NAME));
    const gemlet_status status = gemlet_model_save(r->run.model, path);
    free(path);
    return status;
}

static gemlet_status save_metrics(const gm_train_run *r)
{
    char *path;
    GEMLET_TRY(path_of(&path, r, GM_HISTORY_CSV_NAME));
    const gemlet_status status = gm_history_write_csv(&r->history, path);
    free(path);
    return status;
}

static gemlet_status save_layers(const gm_train_run *r)
{
    if (r->layers.count == 0)
        return GEMLET_OK;
    char *path;
    GEMLET_TRY(path_of(&path, r, GM_LAYER_HISTORY_DATA));
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
    const gemlet_dim per_epoch = gemlet_dataset_rows(r->rows.train) / r->settings.train.batch;
    stats->test_accuracy = r->run.tested.accuracy;
    stats->test_loss = r->run.tested.loss;
    stats->initial_loss = r->run.result.initial_loss;
    stats->final_train_loss = r->run.result.train_loss;
    stats->final_train_accuracy = r->run.result.train_accuracy;
    stats->validation_rows = r->run.validation.rows;
    stats->validation_accuracy = r->run.validation.accuracy;
    stats->validation_loss = r->run.validation.loss;
    stats->steps = r->run.result.steps;
    stats->epochs = (double)r->run.result.steps / per_epoch;
    stats->stopped = r->run.result.stopped;
    stats->seed = r->settings.train.seed;
    stats->diverged.verdict = divergence_name(r->run.result.divergence);
    stats->diverged.step = r->run.result.diverged_step;
    stats->diverged.tensor = r->run.result.diverged_tensor;
    stats->diverged.good_steps = r->run.result.good_steps;
    stats->timings.load_seconds = r->load_seconds;
    stats->timings.device_seconds = r->device_seconds;
    stats->timings.qualify_seconds = r->run.result.qualify_seconds;
    stats->timings.train_seconds = r->run.result.seconds;
    stats->timings.test_seconds = r->run.test_seconds;
    stats->timings.total_seconds = gm_clock_seconds() - r->started_seconds;
}

/* Standard deviation of all initial weights; NAN where it depends on the layer. */
static double fixed_std(const gm_train_settings *s)
{
    if (s->init.scheme == GEMLET_INIT_NORMAL)
        return s->init.scale;
    return s->init.scheme == GEMLET_INIT_SCALED_NORMAL ? GEMLET_INIT_SCALED_STD * s->init.scale
                                                       : (double)NAN;
}

static void fill_options(gm_run_stats *stats, const gm_train_run *r)
{
    const gm_train_settings *s = &r->settings;
    stats->options.recipe = gm_name_of(gm_recipe_names, s->recipe);
    stats->options.train = gm_train_job_options(s, r->n_steps);
    stats->options.init = gm_name_of(gm_init_scheme_names, s->init.scheme);
    stats->options.init_std = fixed_std(s);
    stats->options.init_scale = s->init.scale;
    stats->options.output_gain = s->init.output_gain;
    stats->options.input_scale = (double)gemlet_model_input_scale(r->run.model);
    stats->options.kernels = gm_name_of(gm_kernels_names, s->device.kernels);
    stats->options.hold_out = s->hold_out;
}

static void fill_circumstances(gm_run_stats *stats, const gm_train_run *r)
{
    const gemlet_device_info *info = gemlet_device_get_info(r->run.device);
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
    stats->device.gemm = gemlet_device_gemm_name(r->run.device);
    stats->device.choice = gemlet_device_choice(r->run.device);
    stats->network.spec = r->spec_text;
    stats->network.n_parameters = gemlet_spec_n_parameters(&r->spec);
    stats->step.fused = r->run.result.fused;
    stats->step.n_launches = r->run.result.n_launches;
    stats->step.tuned = r->tuned[0] != '\0' ? r->tuned : NULL;
    if (!r->run.result.fused) {
        /* Only a tuning has changed this where there is one. */
        const int is_as_tuned =
            stats->step.tuned != NULL && r->settings.train.fused == GEMLET_FUSED_OFF;
        stats->step.reason = is_as_tuned ? "as tuned" : r->run.result.why_not_fused;
    }
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
    gemlet_status status = path_of(&path, r, GM_STATS_NAME);
    if (status == GEMLET_OK)
        status = gm_run_stats_write(path, &stats);
    free(path);
    free(argv);
    return status;
}

/* ---- putting them in place ------------------------------------------------------------------ */

gemlet_status gm_train_run_take_room(gm_train_run *r)
{
    char message[512];
    const gemlet_status status = save_model(r);
    if (status == GEMLET_OK)
        return status;
    gm_result_directory_name(message, sizeof message, &r->results, gemlet_last_error());
    return gm_error(status, "%s", message);
}

/* The room goes to the model that is saved. */
static void give_room_back(const gm_train_run *r)
{
    char *path;
    if (path_of(&path, r, GM_MODEL_NAME) == GEMLET_OK)
        remove(path);
    free(path);
}

static gemlet_status put_in_place(gm_train_run *r)
{
    gm_interrupt_hold();
    const gemlet_status status = gm_result_directory_commit(&r->results);
    gm_interrupt_release();
    return status;
}

/* Returns 1 if the model is saved in this place; the other files are welcome, not needed. */
static int save_elsewhere(gm_train_run *r, const char *directory, const char *prefix)
{
    r->place = (gm_train_place){directory, prefix};
    if (save_model(r) != GEMLET_OK)
        return 0;
    (void)save_metrics(r);
    (void)save_stats(r);
    return 1;
}

/* After a failure to put the results where they belong: the message also says where they are. */
static gemlet_status rescue(gm_train_run *r, gemlet_status failure)
{
    char message[512];
    char prefix[GM_TEMPORARY_NAME_SIZE];
    gm_result_directory_name(message, sizeof message, &r->results, gemlet_last_error());
    gm_temporary_name(prefix, "-");
    /* A name of a file that is to be found: without the dot. */
    if (save_elsewhere(r, r->out, prefix + 1) || save_elsewhere(r, gm_scratch_parent(), prefix + 1))
        return gm_error(failure, "%s; the model is saved as %s/%s%s instead", message,
                        r->place.directory, r->place.prefix, GM_MODEL_NAME);
    return gm_error(failure, "%s; nor can the model be saved in %s: %.300s", message,
                    gm_scratch_parent(), gemlet_last_error());
}

gemlet_status gm_train_run_save(gm_train_run *r)
{
    give_room_back(r);
    gemlet_status status = save_model(r);
    if (status == GEMLET_OK)
        status = save_metrics(r);
    if (status == GEMLET_OK)
        status = save_layers(r);
    if (status == GEMLET_OK)
        status = save_stats(r);
    if (status == GEMLET_OK)
        status = put_in_place(r);
    if (status == GEMLET_OK)
        return GEMLET_OK;
    return rescue(r, status);
}

/* ---- pictures ------------------------------------------------------------------------------- */

/* Says why there is no picture, if there is none. Returns 1 if there is. */
static int report_picture(const gm_train_run *r, const char *what, gemlet_status status, char *note)
{
    const char *reason = status != GEMLET_OK ? gemlet_last_error() : note;
    const int is_drawn = reason == NULL;
    if (!is_drawn) {
        char text[1024];
        gm_result_directory_name(text, sizeof text, &r->results, reason);
        gm_print_text(stderr, "gemlet train: no %s drawn: %s\n", what, text);
    }
    free(note);
    return is_drawn;
}

static void draw_layers(const gm_train_run *r)
{
    char *note = NULL;
    if (r->layers.count == 0)
        return;
    const gemlet_status status =
        gm_layer_history_draw(&note, &r->layers, r->place.directory, r->spec_text);
    report_picture(r, "picture of the layers", status, note);
}

static void draw_graph(gm_train_run *r)
{
    const gm_loss_graph graph = {
        .directory = r->place.directory,
        .history = &r->history,
        .network = r->spec_text,
        .device = gemlet_device_get_info(r->run.device)->name,
        .test_accuracy = r->run.tested.accuracy,
        .test_loss = r->run.tested.loss,
    };
    char *note = NULL;
    if (r->history.count == 0)
        return;
    const gemlet_status status = gm_loss_graph_draw(&note, &graph);
    if (report_picture(r, "graph", status, note))
        r->graph_name = GM_LOSS_GRAPH_PICTURE;
}

void gm_train_run_draw(gm_train_run *r)
{
    char message[512];
    draw_layers(r);
    draw_graph(r);
    gemlet_status status = r->graph_name != NULL ? save_stats(r) : GEMLET_OK;
    if (status == GEMLET_OK)
        status = put_in_place(r);
    if (status == GEMLET_OK)
        return;
    gm_result_directory_name(message, sizeof message, &r->results, gemlet_last_error());
    gm_print_text(stderr, "gemlet train: %s has no pictures: %s\n", r->out, message);
    r->graph_name = NULL;
}
