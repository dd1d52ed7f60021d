/* SPDX-License-Identifier: MIT
 * gemlet train: load, train, test, save. */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/commands.h"
#include "cli/recipe.h"
#include "cli/report_error.h"
#include "cli/train_run.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/memory.h"
#include "model/spec.h"
#include "report/loss_graph.h"
#include "train/schedule.h"

static void close_run(gm_train_run *r)
{
    gm_history_free(&r->history);
    gemlet_model_destroy(r->model);
    gemlet_device_close(r->device);
    gemlet_dataset_destroy(r->test);
    gemlet_dataset_destroy(r->held_out);
    gemlet_dataset_destroy(r->train);
    free(r->out);
}

/* ---- Ctrl-C --------------------------------------------------------------------------------- */

static volatile sig_atomic_t stop_requested;

static void request_stop(int signal_number)
{
    (void)signal_number;
    stop_requested = 1;
}

/* The first Ctrl-C asks for an orderly end, a second one ends the program at once. */
static void watch_for_interrupt(void)
{
    struct sigaction action = {.sa_handler = request_stop, .sa_flags = (int)SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

/* ---- preparation ---------------------------------------------------------------------------- */

/* Last part of a path, without slashes behind it. Returns its length. */
static size_t base_name(const char *path, const char **name)
{
    size_t end = strlen(path);
    while (end > 0 && path[end - 1] == '/')
        --end;
    size_t start = end;
    while (start > 0 && path[start - 1] != '/')
        --start;
    *name = path + start;
    return end - start;
}

static gemlet_status choose_directory(gm_train_run *r)
{
    const gm_train_settings *s = &r->settings;
    if (s->out != NULL)
        return gm_copy_string(&r->out, s->out);
    const char *name;
    const size_t length = base_name(s->data, &name);
    const int is_default = s->recipe == 0;
    return gm_format_string(&r->out, "runs/%.*s%s%s", (int)length, name, is_default ? "" : "-",
                            is_default ? "" : gm_recipe_get(s->recipe)->name);
}

/* Finds out before the training, not after it, that nothing can be written there. */
static gemlet_status check_directory(const gm_train_run *r)
{
    GEMLET_TRY(gm_directory_create(r->out));
    char *path;
    GEMLET_TRY(gm_path_join(&path, r->out, "stats.json"));
    gm_atomic_file probe;
    const gemlet_status status = gm_atomic_file_open(&probe, path);
    if (status == GEMLET_OK)
        gm_atomic_file_abort(&probe);
    free(path);
    return status;
}

static gemlet_status hold_out_rows(gm_train_run *r)
{
    if (r->settings.hold_out == 0)
        return GEMLET_OK;
    gemlet_dataset *rest;
    GEMLET_TRY(gemlet_dataset_hold_out(&rest, &r->held_out, r->train, r->settings.hold_out,
                                       r->settings.seed));
    gemlet_dataset_destroy(r->train);
    r->train = rest;
    return GEMLET_OK;
}

static gemlet_status load_data(gm_train_run *r)
{
    const double started = gm_clock_seconds();
    const char *directory = r->settings.data;
    GEMLET_TRY(gemlet_dataset_load_directory(&r->train, directory, GEMLET_SPLIT_TRAIN));
    GEMLET_TRY(gemlet_dataset_load_directory(&r->test, directory, GEMLET_SPLIT_TEST));
    const gemlet_dim features = gemlet_dataset_features(r->train);
    const gemlet_dim test_features = gemlet_dataset_features(r->test);
    if (features != test_features)
        return gm_error(GEMLET_E_SHAPE, "%s: %u features in the training rows, %u in the test rows",
                        directory, features, test_features);
    const gemlet_dim classes = gemlet_dataset_classes(r->train);
    const gemlet_dim test_classes = gemlet_dataset_classes(r->test);
    if (classes == 0 || test_classes == 0)
        return gm_error(GEMLET_E_SHAPE, "%s: rows without labels", directory);
    /* A class may be missing on either side. */
    GEMLET_TRY(gm_train_settings_spec(&r->spec, &r->settings, features,
                                      classes > test_classes ? classes : test_classes));
    GEMLET_TRY(gemlet_spec_format(&r->spec, r->spec_text, sizeof r->spec_text));
    GEMLET_TRY(hold_out_rows(r));
    r->load_seconds = gm_clock_seconds() - started;
    return GEMLET_OK;
}

static gemlet_status open_device(gm_train_run *r)
{
    const double started = gm_clock_seconds();
    GEMLET_TRY(gm_device_settings_open(&r->device, &r->settings.device));
    r->device_seconds = gm_clock_seconds() - started;
    return GEMLET_OK;
}

static gemlet_status create_model(gm_train_run *r)
{
    const gm_train_settings *s = &r->settings;
    gemlet_init_options init = GEMLET_INIT_OPTIONS_DEFAULT;
    init.scheme = (gemlet_init_scheme)s->init;
    init.std = s->init_std;
    init.output_gain = s->output_gain;
    init.seed = s->seed;
    GEMLET_TRY(gemlet_model_create(&r->model, &r->spec, &init));
    const int is_bytes = gemlet_dataset_element(r->train) == GEMLET_ELEMENT_U8;
    const double by_type = is_bytes ? 1.0 / 255.0 : 1.0;
    return gemlet_model_set_input_scale(r->model,
                                        (float)(isnan(s->input_scale) ? by_type : s->input_scale));
}

static gemlet_status count_steps(gm_train_run *r)
{
    const gm_train_settings *s = &r->settings;
    const gemlet_dim rows = gemlet_dataset_rows(r->train);
    if (s->batch > rows)
        return gm_error(GEMLET_E_RANGE, "--batch: found %u, expected 1 to the %u rows of %s",
                        s->batch, rows, s->data);
    r->n_steps = s->epochs > 0 ? s->epochs * (rows / s->batch) : s->steps;
    return GEMLET_OK;
}

static void describe(const gm_train_run *r)
{
    if (r->settings.quiet)
        return;
    char held_out[64] = "";
    if (r->held_out != NULL)
        snprintf(held_out, sizeof held_out, ", %u held out", gemlet_dataset_rows(r->held_out));
    printf("data     %s: %u training rows%s, %u test rows, %u features, %u classes\n",
           r->settings.data, gemlet_dataset_rows(r->train), held_out, gemlet_dataset_rows(r->test),
           r->spec.n_inputs, gm_spec_classes(&r->spec));
    printf("device   %s\n", gemlet_device_choice(r->device));
    printf("GEMM     %s\n", gemlet_device_gemm_name(r->device));
    printf("network  %s, %zu parameters\n", r->spec_text, gemlet_spec_n_parameters(&r->spec));
    printf("training %llu steps of %u rows, learning rate %g %s, weight decay %g, recipe %s, seed "
           "%llu\n",
           (unsigned long long)r->n_steps, r->settings.batch, r->settings.learning_rate,
           gm_schedule_name((gemlet_schedule)r->settings.schedule), r->settings.weight_decay,
           gm_recipe_get(r->settings.recipe)->name, (unsigned long long)r->settings.seed);
    fflush(stdout);
}

static gemlet_status prepare(gm_train_run *r)
{
    GEMLET_TRY(choose_directory(r));
    GEMLET_TRY(check_directory(r));
    GEMLET_TRY(load_data(r));
    GEMLET_TRY(count_steps(r));
    GEMLET_TRY(open_device(r));
    GEMLET_TRY(create_model(r));
    describe(r);
    return GEMLET_OK;
}

/* ---- training ------------------------------------------------------------------------------- */

static void on_progress(const gemlet_progress *progress, void *user)
{
    gm_train_run *r = user;
    if (r->history_status == GEMLET_OK)
        r->history_status = gm_history_append(&r->history, progress);
    if (r->settings.quiet)
        return;
    if (progress->step == 1)
        printf("untrained loss %.4f; ln(%u classes) = %.4f\n", progress->train_loss,
               gm_spec_classes(&r->spec), log((double)gm_spec_classes(&r->spec)));
    gm_progress_show(progress, &r->display);
}

static gemlet_status train(gm_train_run *r)
{
    const gm_train_settings *s = &r->settings;
    gemlet_train_options options = GEMLET_TRAIN_OPTIONS_DEFAULT;
    options.batch = s->batch;
    options.n_steps = r->n_steps;
    options.learning_rate = s->learning_rate;
    options.schedule = (gemlet_schedule)s->schedule;
    options.step_every = s->lr_step_every;
    options.step_factor = s->lr_step_factor;
    options.weight_decay = s->weight_decay;
    options.seed = s->seed;
    options.log_every = s->log_every;
    options.on_progress = on_progress;
    options.user = r;
    options.stop = &stop_requested;
    gm_progress_start(&r->display, stdout, s->quiet);
    watch_for_interrupt();
    const gemlet_status status = gemlet_train(r->model, r->device, r->train, &options, &r->result);
    gm_progress_finish(&r->display);
    GEMLET_TRY(status);
    return r->history_status;
}

static gemlet_status test(gm_train_run *r)
{
    const double started = gm_clock_seconds();
    if (r->held_out != NULL)
        GEMLET_TRY(gemlet_evaluate(r->model, r->device, r->held_out, &r->validation));
    GEMLET_TRY(gemlet_evaluate(r->model, r->device, r->test, &r->tested));
    r->test_seconds = gm_clock_seconds() - started;
    return GEMLET_OK;
}

/* ---- end ------------------------------------------------------------------------------------ */

static void conclude(const gm_train_run *r)
{
    if (r->settings.quiet)
        return;
    if (r->result.stopped)
        printf("stopped after %llu of %llu steps\n", (unsigned long long)r->result.steps,
               (unsigned long long)r->n_steps);
    printf("trained  %llu steps in %.2f s, %.0f us a step\n", (unsigned long long)r->result.steps,
           r->result.seconds, 1e6 * r->result.seconds / (double)r->result.steps);
    if (r->held_out != NULL)
        printf("held out loss %.4f, accuracy %.2f %% of %llu rows\n", r->validation.loss,
               100.0 * r->validation.accuracy, (unsigned long long)r->validation.rows);
    printf("test     loss %.4f, accuracy %.2f %% (%llu of %llu)\n", r->tested.loss,
           100.0 * r->tested.accuracy, (unsigned long long)r->tested.correct,
           (unsigned long long)r->tested.rows);
    printf("results  %s: %s, %s, %s%s%s\n", r->out, GM_MODEL_NAME, GM_STATS_NAME,
           GM_LOSS_GRAPH_DATA, r->graph_name != NULL ? ", " : "",
           r->graph_name != NULL ? r->graph_name : "");
}

static gemlet_status do_all(gm_train_run *r)
{
    GEMLET_TRY(prepare(r));
    const gemlet_status status = train(r);
    /* What was measured on the way to a divergence tells where it went wrong. Saving it leaves the
     * message of the divergence as it is, unless it fails itself. */
    if (status == GEMLET_E_DIVERGED)
        GEMLET_TRY(gm_train_run_save_metrics(r));
    GEMLET_TRY(status);
    GEMLET_TRY(test(r));
    GEMLET_TRY(gm_train_run_save(r));
    conclude(r);
    return GEMLET_OK;
}

int gm_cmd_train(int argc, char **argv)
{
    gm_train_run r = {.argc = argc, .argv = argv, .started_at = time(NULL)};
    r.started_seconds = gm_clock_seconds();
    const int parsed = gm_train_settings_parse(&r.settings, argc, argv);
    if (parsed != GM_OPTIONS_RUN)
        return parsed;

    int exit_code = GM_EXIT_OK;
    if (do_all(&r) != GEMLET_OK)
        exit_code = gm_report_error("train");
    else if (r.result.stopped)
        exit_code = GM_EXIT_STOPPED;
    close_run(&r);
    return exit_code;
}
