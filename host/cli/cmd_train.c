/* SPDX-License-Identifier: MIT
 * gemlet train: a run, from the command line to what is printed of it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/driver_abort.h"
#include "cli/fold_report.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/train_report.h"
#include "cli/device_settings.h"
#include "options/train_settings.h"
#include "checkpoint/directory.h"
#include "cli/report_error.h"
#include "core/clean_text.h"
#include "core/file.h"
#include "html/report.h"
#include "model/spec.h"
#include "run/checkpoints.h"
#include "run/cross_validation.h"
#include "run/ensemble.h"
#include "run/results.h"

typedef struct train_command {
    gm_ensemble_run ensemble; /* of which a run of one network is the whole */
    gm_cross_validation folds;
    const gm_run *current; /* that trains, or of an ensemble another with its network */
    gemlet_dim n_over;     /* networks whose training is over */
    gemlet_dim n_shown;    /* networks that have said that they train */
    int is_gemm_told;
    gemlet_dim n_resumed; /* of an ensemble that is to go on; 0: it is none */
    int quiet;
    int explain;
    const char *resume;                  /* directory of a run that is to go on; NULL: a new run */
    char network[GEMLET_SPEC_TEXT_SIZE]; /* of a run that goes on and had begun with a model */
    gm_checkpoint checkpoint;            /* of that run */
    gm_pairs options;                    /* what checkpoints say of them */
    gm_progress_display display;
} train_command;

/* ---- what is printed ------------------------------------------------------------------------ */

static int is_ensemble(const train_command *t)
{
    return t->ensemble.whole.setup.settings.ensemble > 1;
}

static int is_cross_validation(const train_command *t)
{
    const gm_run_settings *s = &t->ensemble.whole.setup.settings;
    return s->folds > 0 && s->fold == 0;
}

/* Of a network of an ensemble or a fold: those of the results are told of the whole alone. */
static void print_part_stage(gm_run_stage stage, const train_command *t, const gm_run *r)
{
    if (stage == GM_RUN_READY) {
        if (t->current == NULL)
            gm_train_report_setup(r);
        if (t->current == NULL && is_ensemble(t))
            gm_train_report_seeds(&t->ensemble.whole);
        if (!is_ensemble(t))
            printf("fold     %u of %u, %u test rows\n", r->setup.settings.fold,
                   r->setup.settings.folds, gemlet_dataset_rows(r->setup.rows.test));
    } else if (stage == GM_RUN_TESTED) {
        gm_train_report_figures(r);
    }
    fflush(stdout);
}

static void print_stage(gm_run_stage stage, const gm_run *r)
{
    switch (stage) {
    case GM_RUN_READY:
        gm_train_report_setup(r);
        break;
    case GM_RUN_NOT_BEGUN:
        gm_print_text(stdout, "stopped before the first step: %s stays as it was\n", r->out);
        break;
    case GM_RUN_TESTED:
        if (r->setup.settings.ensemble > 1)
            gm_train_report_whole(r);
        else
            gm_train_report_figures(r);
        break;
    case GM_RUN_UNTESTED:
        printf("failed   after %llu steps; the model as it was after %llu is kept, not tested\n",
               (unsigned long long)r->trained.steps, (unsigned long long)r->trained.good_steps);
        break;
    case GM_RUN_SAVED:
        gm_print_text(stdout, "results  %s: %s, %s%s%s\n", r->out, GM_MODEL_NAME,
                      r->last_model != NULL ? GM_LAST_MODEL_NAME ", " : "", GM_STATS_NAME ", ",
                      GM_HISTORY_CSV_NAME);
        if (r->has_report)
            gm_print_text(stdout, "report   %s/%s\n", r->out, GM_REPORT_NAME);
        break;
    case GM_RUN_DRAWN:
        gm_print_text(stdout, "graph    %s/%s\n", r->out, r->graph_name);
        break;
    case GM_RUN_RESUMABLE:
        gm_train_report_resume(r->out);
        break;
    case GM_RUN_TRAINING_OVER:
    case GM_RUN_PLACING:
    case GM_RUN_PLACED:
        break;
    }
    fflush(stdout);
}

/* ---- events --------------------------------------------------------------------------------- */

static void on_stage(gm_run_stage stage, const gm_run *run, void *user)
{
    train_command *t = user;
    const int is_part = run != &t->ensemble.whole;
    if (stage == GM_RUN_TRAINING_OVER) {
        gm_progress_finish(&t->display);
        gm_progress_start(&t->display, stdout, t->quiet);
        ++t->n_over;
    }
    if (stage == GM_RUN_PLACING)
        gm_interrupt_hold();
    if (stage == GM_RUN_PLACED)
        gm_interrupt_release();
    if (!t->quiet && is_part)
        print_part_stage(stage, t, run);
    else if (!t->quiet)
        print_stage(stage, run);
    if (stage == GM_RUN_READY) {
        t->current = run;
        gm_progress_start(&t->display, stdout, t->quiet);
        gm_interrupt_watch();
    }
}

/* Before its first report. */
static void show_network(train_command *t)
{
    const gm_run_settings *s = &t->ensemble.whole.setup.settings;
    if (!is_ensemble(t) || t->n_shown > t->n_over)
        return;
    t->n_shown = t->n_over + 1;
    printf("network  %u of %u, seed %llu\n", t->n_shown, s->ensemble,
           (unsigned long long)(s->train.seed + t->n_over));
}

static void on_progress(const gemlet_progress *progress, void *user)
{
    train_command *t = user;
    const gemlet_dim n_classes = gm_spec_classes(&t->current->setup.spec);
    gm_driver_abort_forbid_restart();
    if (t->quiet)
        return;
    show_network(t);
    const int is_first = progress->step == 1 && t->display.first.step == 0;
    if (is_first && t->current->setup.spec.task == GEMLET_TASK_REGRESSION)
        printf("untrained loss %.4f; 1 is that of the mean for every row\n", progress->train_loss);
    else if (is_first)
        printf("untrained loss %.4f; ln(%u classes) = %.4f\n", progress->train_loss, n_classes,
               log((double)n_classes));
    gm_progress_show(progress, &t->display);
}

static void on_plan(const char *summary, const char *plan, void *user)
{
    const train_command *t = user;
    if (t->n_over > 0)
        return; /* the same as of the network before */
    if (!t->quiet)
        printf("step     %s\n", summary);
    if (t->explain)
        fputs(plan, stdout);
    fflush(stdout);
}

static void on_upload(uint64_t done, uint64_t total, void *user)
{
    train_command *t = user;
    gm_progress_show_upload(&t->display, done, total);
}

static void on_gemm(const char *name, void *user)
{
    train_command *t = user;
    if (!t->quiet && !t->is_gemm_told)
        printf("GEMM     %s\n", name);
    t->is_gemm_told = 1;
}

static void on_note(const char *note, void *user)
{
    (void)user;
    gm_print_note(note, (char[]){"train"});
}

/* ---- a run that goes on ---------------------------------------------------------------------- */

/* The options are those of the first fold, but for which it is. */
static int recall_folds(train_command *t)
{
    char *first;
    gemlet_status status = gm_run_part_path(&first, t->resume, GM_RUN_FOLDS, 1);
    if (status == GEMLET_OK) {
        status = gm_checkpoints_load(&t->checkpoint, first, on_note, t);
        free(first);
    }
    return status == GEMLET_OK ? GM_OPTIONS_RUN : gm_report_error("train");
}

static int recall(void *user)
{
    train_command *t = user;
    if (t->resume == NULL)
        return GM_OPTIONS_RUN;
    t->folds.whole.is_resumed = gm_run_parts_exist(t->resume, GM_RUN_FOLDS);
    if (t->folds.whole.is_resumed)
        return recall_folds(t);
    t->ensemble.is_resumed = gm_run_parts_exist(t->resume, GM_RUN_NETWORKS);
    if (t->ensemble.is_resumed
            ? gm_ensemble_recall(&t->checkpoint, &t->n_resumed, t->resume, on_note, t) != GEMLET_OK
            : gm_checkpoints_load(&t->checkpoint, t->resume, on_note, t) != GEMLET_OK)
        return gm_report_error("train");
    if (!t->ensemble.is_resumed)
        t->ensemble.whole.resumed = &t->checkpoint;
    return GM_OPTIONS_RUN;
}

/* Where the data were, if the command has another working directory than the one that began. */
static void find_data(train_command *t)
{
    gm_run_settings *s = &t->ensemble.whole.setup.settings;
    const char *before = gm_pairs_get(&t->checkpoint.options, "data");
    const char *directory = gm_pairs_get(&t->checkpoint.job, GM_RUN_DATA_DIRECTORY);
    if (before != NULL && strcmp(before, s->data) == 0 && directory != NULL &&
        !gm_directory_exists(s->data) && !gm_file_exists(s->data))
        s->data = directory;
}

/* The network that the run has, whatever became of the model that it began with. */
static int keep_network(train_command *t)
{
    gm_run_settings *s = &t->ensemble.whole.setup.settings;
    if (s->from == NULL)
        return GM_OPTIONS_RUN;
    if (gemlet_spec_format(gemlet_model_spec(t->checkpoint.model), t->network, sizeof t->network) !=
        GEMLET_OK)
        return gm_report_error("train");
    s->network = t->network;
    return GM_OPTIONS_RUN;
}

/* ---- the command ---------------------------------------------------------------------------- */

/* Each part tests in its turn. */
static int check_folds(const gm_command *command, const gm_run_settings *s)
{
    if (s->fold > 0 && s->folds == 0)
        return gm_options_error(command, "--fold needs --folds K");
    if (s->fold > s->folds)
        return gm_options_error(command, "--fold: found %u, expected 1 to the %u of --folds",
                                s->fold, s->folds);
    if (s->folds > 0 && s->test != NULL)
        return gm_options_error(command, "--folds says which rows test: leave --test out");
    if (s->folds > 0 && s->fold == 0 && s->ensemble > 1)
        return gm_options_error(command, "--ensemble and --folds exclude each other, but for "
                                         "--fold I: use one");
    return GM_OPTIONS_RUN;
}

static int check(const gm_command *command, const void *user)
{
    const train_command *t = user;
    const int checked = check_folds(command, &t->ensemble.whole.setup.settings);
    if (checked != GM_OPTIONS_RUN)
        return checked;
    if (t->resume != NULL && gm_options_given(command, "out"))
        return gm_options_error(command, "--resume says where the results go: leave --out out");
    if (t->resume != NULL && gm_options_given(command, "ensemble"))
        return gm_options_error(command,
                                "--resume says how many networks there are: leave --ensemble out");
    if (t->resume != NULL && gm_options_given(command, "overwrite"))
        return gm_options_error(command, "--resume goes on with a run and --overwrite begins anew: "
                                         "use one");
    return GM_OPTIONS_RUN;
}

static int parse(train_command *t, int argc, char **argv)
{
    gm_run_settings *s = &t->ensemble.whole.setup.settings;
    gm_run_settings_init(s, GM_RECIPE_DEFAULT);
    static const char *const of_command[] = {"out",     "overwrite", "resume", "quiet",
                                             "explain", "ensemble",  NULL};
    static const char *const may_change[] = {"data", "max-memory", NULL};
    const gm_kept_options kept = {
        .before = &t->checkpoint.options,
        .now = &t->options,
        .of_command = of_command,
        .may_change = may_change,
        .may_change_groups = GM_GROUP_BIT(LENGTH) | GM_GROUP_BIT(EPOCHS) | GM_GROUP_BIT(DEVICE) |
                             GM_GROUP_BIT(KERNELS) | GM_GROUP_BIT(VARIANT) | GM_GROUP_BIT(FUSED) |
                             GM_GROUP_BIT(OUTPUT),
    };
    const gm_option own[] = {
        GM_FLAG(DEVICE, "no-tuned", &s->no_tuned, "do not use what gemlet tune found"),
        GM_NO_QUALIFY_OPTION(&s->train.no_qualify),
        GM_FLAG(DEVICE, "explain", &t->explain,
                "print what a step launches, with its work and traffic"),
        GM_VALIDATION_OPTIONS(&s->train),
        GM_ENSEMBLE_OPTION(s),
        GM_FOLD_OPTIONS(s),
        GM_TEXT(OUTPUT, "out", "DIR", &s->out,
                "directory of the results; default runs/<data>, with another recipe "
                "runs/<data>-<recipe>, and with -2, -3, ... behind it where there is a run "
                "already"),
        GM_FLAG(OUTPUT, "overwrite", &s->overwrite,
                "replace the results of another run in that directory, once there are new ones"),
        GM_TEXT(OUTPUT, "resume", "DIR", &t->resume,
                "go on with the run in this directory from its last checkpoint, with the options "
                "it began with; only the number of steps may become larger, and what says where "
                "and how it is trained and reported may change"),
        GM_UNSIGNED(OUTPUT, "checkpoint-every", "N", &s->checkpoint_every, 1, UINT32_MAX,
                    "steps between two checkpoints; else there is one at the end of each epoch, "
                    "though not twice a second, and after a minute in any case"),
        GM_DIM(OUTPUT, "keep-checkpoints", "N", &s->keep_checkpoints, 0, 1000000,
               "checkpoints that stay in the directory of the results: the newest; 0: none are "
               "written"),
        GM_UNSIGNED(OUTPUT, "watch-layers", "N", &s->train.watch_every, 1, UINT32_MAX,
                    "measure outputs and gradients of all layers every N steps: layers.csv and a "
                    "picture"),
        GM_LOG_EVERY_OPTION(&s->train),
        GM_FLAG(OUTPUT, "quiet", &t->quiet, "print errors only"),
    };
    const gm_train_command command = {
        .name = "train",
        .description = "Trains a multi-layer perceptron, tests it and saves model, statistics, "
                       "metrics, a report and the graph of the training loss.\n"
                       "Without options: MNIST, 784-150-150-10 with batch-norm and ReLU, 20,000 "
                       "steps.\n"
                       "Ctrl-C, SIGTERM and SIGHUP end the run after the current step and save "
                       "what was trained. "
                       "A second Ctrl-C, a second or more later, ends it at once.\n"
                       "A directory is one run's: the results of another are replaced with "
                       "--overwrite only, as a whole, when those of the new run are there.",
        .examples = "  gemlet train --data datasets/mnist --seed 2 --out runs/seed2\n"
                    "  gemlet train --hidden 300,100 --activation tanh --epochs 5 --device gpu\n",
        .default_steps = GM_RUN_DEFAULT_STEPS,
        .steps_help = "number of steps",
        .own = own,
        .n_own = GM_N_OPTIONS(own),
        .check = check,
        .user = t,
        .kept = &kept,
        .recall = recall,
        .recall_user = t,
    };
    const int parsed = gm_train_settings_parse(s, &command, argc, argv);
    if (parsed != GM_OPTIONS_RUN || t->resume == NULL)
        return parsed;
    s->out = t->resume;
    s->overwrite = 1; /* its own results */
    if (t->ensemble.is_resumed)
        s->ensemble = t->n_resumed;
    if (t->folds.whole.is_resumed)
        s->fold = 0;
    find_data(t);
    return keep_network(t);
}

static int execute(train_command *t)
{
    gm_run *run = &t->ensemble.whole;
    int exit_code = GM_EXIT_OK;
    const gemlet_status status =
        is_ensemble(t) ? gm_ensemble_run_execute(&t->ensemble) : gm_run_execute(run);
    if (status != GEMLET_OK)
        exit_code = gm_report_error("train");
    else if (run->trained.stopped)
        exit_code = GM_EXIT_STOPPED;
    return exit_code;
}

static void print_folds(const gm_cross_validation *v)
{
    (void)gm_fold_report_print(v, stdout);
    gm_print_text(stdout, "results  %s: %s, %s, %s\n", v->out, GM_FOLDS_NAME,
                  GM_FOLD_PREDICTIONS_NAME, GM_REPORT_NAME);
}

static int execute_folds(train_command *t)
{
    const gm_run *run = &t->ensemble.whole;
    gm_cross_validation *v = &t->folds;
    int exit_code = GM_EXIT_OK;
    v->settings = run->setup.settings;
    v->events = t->ensemble.each;
    v->whole.each = t->ensemble.each;
    v->whole.argc = run->argc;
    v->whole.argv = run->argv;
    v->whole.options = run->options;
    v->whole.stop = run->stop;
    v->whole.is_resume = v->whole.is_resumed;
    const gemlet_status status = gm_cross_validation_execute(v);
    if (status != GEMLET_OK)
        exit_code = gm_report_error("train");
    else if (v->stopped)
        exit_code = GM_EXIT_STOPPED;
    else if (!t->quiet)
        print_folds(v);
    if (exit_code != GM_EXIT_OK && !t->quiet && gm_run_parts_exist(v->out, GM_RUN_FOLDS))
        gm_train_report_resume(v->out);
    return exit_code;
}

int gm_cmd_train(int argc, char **argv)
{
    train_command t = {.quiet = 0};
    t.ensemble.each = (gm_run_events){.on_stage = on_stage,
                                      .on_note = on_note,
                                      .on_device = gm_device_settings_report,
                                      .on_gemm = on_gemm,
                                      .on_upload = on_upload,
                                      .on_plan = on_plan,
                                      .on_progress = on_progress,
                                      .user = &t};
    t.ensemble.whole = (gm_run){.setup = {.events = t.ensemble.each},
                                .options = &t.options,
                                .stop = gm_interrupt_flag(),
                                .argc = argc,
                                .argv = argv};
    gm_interrupt_survive_pipes();
    const int parsed = parse(&t, argc, argv);
    const int exit_code = parsed != GM_OPTIONS_RUN  ? parsed
                          : is_cross_validation(&t) ? execute_folds(&t)
                                                    : execute(&t);
    gm_cross_validation_close(&t.folds);
    gm_ensemble_run_close(&t.ensemble);
    gm_pairs_free(&t.options);
    gm_checkpoint_free(&t.checkpoint);
    return exit_code;
}
