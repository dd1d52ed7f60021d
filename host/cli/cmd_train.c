/* SPDX-License-Identifier: MIT
 * gemlet train: load, train, test, save. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/cache_directory.h"
#include "cli/commands.h"
#include "cli/driver_abort.h"
#include "cli/interrupt.h"
#include "cli/recipe.h"
#include "cli/report_error.h"
#include "cli/train_run.h"
#include "cli/tuned_report.h"
#include "core/clean_text.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/memory.h"
#include "model/spec.h"
#include "train/schedule.h"

static void close_run(gm_train_run *r)
{
    gm_result_directory_close(&r->results);
    gm_layer_history_free(&r->layers);
    gm_history_free(&r->history);
    gemlet_model_destroy(r->run.model);
    gemlet_device_close(r->run.device);
    gm_train_rows_free(&r->rows);
    free(r->cache_directory);
    free(r->out);
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
    const int is_default = s->recipe == GM_RECIPE_DEFAULT;
    return gm_format_string(&r->out, "runs/%.*s%s%s", (int)length, name, is_default ? "" : "-",
                            is_default ? "" : gm_name_of(gm_recipe_names, s->recipe));
}

static gemlet_status load_data(gm_train_run *r)
{
    const double started = gm_clock_seconds();
    GEMLET_TRY(gm_train_job_load(&r->rows, &r->spec, "train", &r->settings));
    GEMLET_TRY(gemlet_spec_format(&r->spec, r->spec_text, sizeof r->spec_text));
    r->load_seconds = gm_clock_seconds() - started;
    return GEMLET_OK;
}

static gemlet_status open_device(gm_train_run *r)
{
    const double started = gm_clock_seconds();
    GEMLET_TRY(gm_cache_directory(&r->cache_directory));
    GEMLET_TRY(gm_device_settings_open(&r->run.device, &r->settings.device));
    r->device_seconds = gm_clock_seconds() - started;
    return GEMLET_OK;
}

static void describe(const gm_train_run *r)
{
    if (r->settings.quiet)
        return;
    char held_out[64] = "";
    if (r->rows.held_out != NULL)
        snprintf(held_out, sizeof held_out, ", %u held out", gemlet_dataset_rows(r->rows.held_out));
    gm_print_text(stdout,
                  "data     %s: %u training rows%s, %u test rows, %u features, %u classes\n",
                  r->settings.data, gemlet_dataset_rows(r->rows.train), held_out,
                  gemlet_dataset_rows(r->rows.test), r->spec.n_inputs, gm_spec_classes(&r->spec));
    gm_print_text(stdout, "device   %s\n", gemlet_device_choice(r->run.device));
    if (r->tuned[0] != '\0')
        printf("tuned    %s (found by gemlet tune; --no-tuned does without)\n", r->tuned);
    printf("network  %s, %zu parameters\n", r->spec_text, gemlet_spec_n_parameters(&r->spec));
    printf("training %llu steps of %u rows, learning rate %g %s, weight decay %g, recipe %s, seed "
           "%llu\n",
           (unsigned long long)r->n_steps, r->settings.train.batch, r->settings.train.learning_rate,
           gm_name_of(gm_schedule_names, r->settings.train.schedule),
           r->settings.train.weight_decay, gm_name_of(gm_recipe_names, r->settings.recipe),
           (unsigned long long)r->settings.train.seed);
    fflush(stdout);
}

static gemlet_status prepare(gm_train_run *r)
{
    GEMLET_TRY(choose_directory(r));
    GEMLET_TRY(gm_train_run_check_out(r));
    GEMLET_TRY(load_data(r));
    r->n_steps = gm_train_job_count_steps(&r->settings, r->rows.train);
    GEMLET_TRY(gm_train_job_check_batch_norm(&r->settings, &r->spec));
    gm_train_job_warn_of_one_class("train", r->rows.train);
    GEMLET_TRY(open_device(r));
    GEMLET_TRY(gm_train_job_create_model(&r->run.model, &r->settings, &r->spec, r->rows.train));
    GEMLET_TRY(gm_train_run_take_room(r));
    GEMLET_TRY(gm_tuned_use("train", r->tuned, &r->settings, r->run.device, &r->spec));
    describe(r);
    return GEMLET_OK;
}

/* ---- training ------------------------------------------------------------------------------- */

static void on_progress(const gemlet_progress *progress, void *user)
{
    gm_train_run *r = user;
    gm_driver_abort_forbid_restart();
    if (r->history_status == GEMLET_OK)
        r->history_status = gm_history_append(&r->history, progress);
    if (r->settings.quiet)
        return;
    if (progress->step == 1)
        printf("untrained loss %.4f; ln(%u classes) = %.4f\n", progress->train_loss,
               gm_spec_classes(&r->spec), log((double)gm_spec_classes(&r->spec)));
    gm_progress_show(progress, &r->display);
}

static void on_watch(uint64_t step, const gemlet_layer_report *layers, unsigned n_layers,
                     void *user)
{
    gm_train_run *r = user;
    if (r->history_status == GEMLET_OK)
        r->history_status = gm_layer_history_append(&r->layers, step, layers, n_layers);
}

static void on_plan(const char *summary, const char *plan, void *user)
{
    const gm_train_run *r = user;
    if (!r->settings.quiet)
        printf("step     %s\n", summary);
    if (r->settings.explain)
        fputs(plan, stdout);
    fflush(stdout);
}

static void on_gemm(const char *name, void *user)
{
    const gm_train_run *r = user;
    if (!r->settings.quiet)
        printf("GEMM     %s\n", name);
}

static void on_note(const char *note, void *user)
{
    (void)user;
    gm_print_note(note, "train");
}

static gemlet_status train(gm_train_run *r)
{
    gm_run *run = &r->run;
    run->data = r->settings.data;
    run->train = r->rows.train;
    run->held_out = r->rows.held_out;
    run->test = r->rows.test;
    run->on_gemm = on_gemm;
    run->options = gm_train_job_options(&r->settings, r->n_steps);
    run->options.no_qualify = r->settings.no_qualify;
    run->options.cache_directory = r->cache_directory;
    run->options.on_note = on_note;
    run->options.on_plan = on_plan;
    run->options.on_progress = on_progress;
    run->options.on_watch = on_watch;
    run->options.user = r;
    run->options.stop = gm_interrupt_flag();
    gm_progress_start(&r->display, stdout, r->settings.quiet);
    gm_interrupt_watch();
    const gemlet_status status = gm_run_train(run);
    gm_progress_finish(&r->display);
    GEMLET_TRY(status);
    return r->history_status;
}

/* ---- end ------------------------------------------------------------------------------------ */

/* Before the results are saved: whatever becomes of the files, the figures are known. */
static void print_figures(const gm_train_run *r)
{
    if (r->settings.quiet)
        return;
    if (r->run.result.stopped)
        printf("stopped after %llu of %llu steps\n", (unsigned long long)r->run.result.steps,
               (unsigned long long)r->n_steps);
    printf("trained  %llu steps in %.2f s, %.0f us a step\n",
           (unsigned long long)r->run.result.steps, r->run.result.seconds,
           1e6 * r->run.result.seconds / (double)r->run.result.steps);
    if (r->rows.held_out != NULL)
        printf("held out loss %.4f, accuracy %.2f %% of %llu rows\n", r->run.validation.loss,
               100.0 * r->run.validation.accuracy, (unsigned long long)r->run.validation.rows);
    printf("test     loss %.4f, accuracy %.2f %% (%llu of %llu)\n", r->run.tested.loss,
           100.0 * r->run.tested.accuracy, (unsigned long long)r->run.tested.correct,
           (unsigned long long)r->run.tested.rows);
    fflush(stdout);
}

static gemlet_status save(gm_train_run *r)
{
    GEMLET_TRY(gm_train_run_save(r));
    if (!r->settings.quiet)
        gm_print_text(stdout, "results  %s: %s, %s, %s\n", r->out, GM_MODEL_NAME, GM_STATS_NAME,
                      GM_HISTORY_CSV_NAME);
    fflush(stdout);
    gm_train_run_draw(r);
    if (r->graph_name != NULL && !r->settings.quiet)
        gm_print_text(stdout, "graph    %s/%s\n", r->out, r->graph_name);
    return GEMLET_OK;
}

/* Without a good state there is nothing that would be worth the results of an earlier run. Where
 * there are none, that a run diverged, and how, is a result. */
static int is_worth_saving(const gm_train_run *r, gemlet_status failure)
{
    return r->run.result.good_steps > 0 ||
           (failure == GEMLET_E_DIVERGED && !gm_result_directory_has_results(&r->results));
}

/* After a failure: keeps the last good state, if there is one, and what was measured on the way.
 * The failure and its message stay, and the message tells if saving fails, too. */
static gemlet_status save_untested(gm_train_run *r, gemlet_status failure)
{
    char message[1024];
    if (!is_worth_saving(r, failure))
        return failure;
    snprintf(message, sizeof message, "%s", gemlet_last_error());
    r->run.tested.accuracy = r->run.tested.loss = (double)NAN; /* not tested */
    if (!r->settings.quiet)
        printf("failed   after %llu steps; the model as it was after %llu is kept, not tested\n",
               (unsigned long long)r->run.result.steps,
               (unsigned long long)r->run.result.good_steps);
    if (save(r) != GEMLET_OK)
        return gm_error(failure, "%s; %s", message, gemlet_last_error());
    return gm_error(failure, "%s", message);
}

static gemlet_status do_all(gm_train_run *r)
{
    GEMLET_TRY(prepare(r));
    gemlet_status status = train(r);
    if (status == GEMLET_OK && r->run.result.steps == 0) {
        if (!r->settings.quiet)
            gm_print_text(stdout, "stopped before the first step: %s stays as it was\n", r->out);
        return GEMLET_OK;
    }
    if (status == GEMLET_OK)
        status = gm_run_test(&r->run);
    if (status != GEMLET_OK)
        return save_untested(r, status);
    print_figures(r);
    return save(r);
}

static int parse(gm_train_settings *s, int argc, char **argv)
{
    gm_train_settings_defaults(s);
    const gm_option own[] = {
        GM_FLAG(DEVICE, "no-tuned", &s->no_tuned, "do not use what gemlet tune found"),
        GM_FLAG(DEVICE, "no-qualify", &s->no_qualify,
                "do not try the matrix products of this job before it starts"),
        GM_FLAG(DEVICE, "explain", &s->explain,
                "print what a step launches, with its work and traffic"),
        GM_TEXT(OUTPUT, "out", "DIR", &s->out,
                "directory of the results; default runs/<data>, with another recipe "
                "runs/<data>-<recipe>; results of an earlier run there are replaced"),
        GM_UNSIGNED(OUTPUT, "watch-layers", "N", &s->train.watch_every, 1, UINT32_MAX,
                    "measure outputs and gradients of all layers every N steps: layers.csv and a "
                    "picture"),
        GM_UNSIGNED(OUTPUT, "log-every", "N", &s->train.log_every, 1, UINT32_MAX,
                    "steps between two reports"),
        GM_FLAG(OUTPUT, "quiet", &s->quiet, "print errors only"),
    };
    const gm_train_command command = {
        .name = "train",
        .description = "Trains a multi-layer perceptron, tests it and saves model, statistics, "
                       "metrics and the graph of the training loss.\n"
                       "Without options: MNIST, 784-150-150-10 with batch-norm and ReLU, 20,000 "
                       "steps.\n"
                       "Ctrl-C, SIGTERM and SIGHUP end the run after the current step and save "
                       "what was trained. "
                       "A second Ctrl-C, a second or more later, ends it at once.\n"
                       "The results of an earlier run in the same directory stay as they are until "
                       "those of this one take their place as a whole.",
        .examples = "  gemlet train --data datasets/mnist --seed 2 --out runs/seed2\n"
                    "  gemlet train --hidden 300,100 --activation tanh --epochs 5 --device gpu\n",
        .default_steps = GM_TRAIN_DEFAULT_STEPS,
        .steps_help = "number of steps",
        .own = own,
        .n_own = GM_N_OPTIONS(own),
    };
    return gm_train_settings_parse(s, &command, argc, argv);
}

int gm_cmd_train(int argc, char **argv)
{
    gm_train_run r = {.argc = argc, .argv = argv, .started_at = time(NULL)};
    r.started_seconds = gm_clock_seconds();
    gm_interrupt_survive_pipes();
    const int parsed = parse(&r.settings, argc, argv);
    if (parsed != GM_OPTIONS_RUN)
        return parsed;

    int exit_code = GM_EXIT_OK;
    if (do_all(&r) != GEMLET_OK)
        exit_code = gm_report_error("train");
    else if (r.run.result.stopped)
        exit_code = GM_EXIT_STOPPED;
    close_run(&r);
    return exit_code;
}
