/* SPDX-License-Identifier: MIT
 * gemlet train: a run, from the command line to what is printed of it. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/driver_abort.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/device_settings.h"
#include "options/train_settings.h"
#include "checkpoint/directory.h"
#include "cli/report_error.h"
#include "core/clean_text.h"
#include "core/file.h"
#include "core/names.h"
#include "html/report.h"
#include "model/spec.h"
#include "run/checkpoints.h"
#include "run/ensemble.h"
#include "run/results.h"
#include "train/augment.h"
#include "train/schedule.h"

typedef struct train_command {
    gm_ensemble_run ensemble; /* of which a run of one network is the whole */
    gemlet_dim n_over;        /* networks whose training is over */
    gemlet_dim n_shown;       /* networks that have said that they train */
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

/* What the recipe or the options have of these. */
static void print_besides(const gemlet_train_options *train)
{
    const struct {
        const char *name;
        double value; /* 0: none */
    } parts[] = {
        {train->nesterov ? "Nesterov's momentum" : "momentum", train->momentum},
        {"dropout", train->dropout},
        {"input dropout", train->input_dropout},
        {"input noise", train->input_noise},
        {"hidden noise", train->hidden_noise},
        {"label smoothing", train->label_smoothing},
        {"mixup", train->mixup},
        {"adversarial step", train->adversarial},
        {"virtual adversarial step", train->virtual_adversarial},
        {"gradient's largest norm", train->clip_norm},
        {"weights' largest norm", train->max_norm},
    };
    const char *before = "besides  ";
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; ++i) {
        if (parts[i].value == 0)
            continue;
        printf("%s%s %g", before, parts[i].name, parts[i].value);
        before = ", ";
    }
    if (before[0] == ',')
        putchar('\n');
}

static void print_setup(const gm_run *r)
{
    const gm_setup *s = &r->setup;
    gemlet_train_options train = s->settings.train;
    char schedule[GM_SCHEDULE_TEXT_SIZE];
    char validation[64] = "";
    if (s->rows.validation != NULL)
        snprintf(validation, sizeof validation, ", %u validation rows",
                 gemlet_dataset_rows(s->rows.validation));
    char answers[64] = "a number to predict";
    if (s->spec.task == GEMLET_TASK_CLASSIFICATION)
        snprintf(answers, sizeof answers, "%u classes", gm_spec_classes(&s->spec));
    gm_print_text(stdout, "data     %s: %u training rows%s, %u test rows, %u features, %s\n",
                  s->settings.data, gemlet_dataset_rows(s->rows.train), validation,
                  gemlet_dataset_rows(s->rows.test), s->spec.n_inputs, answers);
    if (s->rows.table != NULL)
        gm_print_text(stdout, "table    %s\n", s->rows.table);
    gm_print_text(stdout, "device   %s\n", gemlet_device_choice(s->device));
    if (s->tuned[0] != '\0')
        printf("tuned    %s (found by gemlet tune; --no-tuned does without)\n", s->tuned);
    printf("network  %s, %zu parameters\n", s->spec_text, gemlet_spec_n_parameters(&s->spec));
    if (s->settings.from != NULL)
        gm_print_text(stdout, "from     %s\n", s->settings.from);
    train.n_steps = r->n_steps;
    gm_schedule_describe(schedule, &train);
    printf("training %llu steps of %u rows, %s, learning rate %s, weight decay %g, recipe %s, "
           "seed %llu\n",
           (unsigned long long)r->n_steps, train.batch,
           gm_name_of(gm_optimizer_names, train.optimizer), schedule, train.weight_decay,
           gm_name_of(gm_recipe_names, s->settings.recipe), (unsigned long long)train.seed);
    print_besides(&train);
    if (s->settings.augment != NULL) {
        char augmentation[GM_AUGMENT_TEXT_SIZE];
        gm_augment_describe(augmentation, &train);
        printf("augment  %s\n", augmentation);
    }
    if (s->settings.lr_scale != NULL)
        gm_print_text(stdout, "rates    %s of the learning rate\n", s->settings.lr_scale);
    if (s->settings.average != NULL)
        printf("average  %s of the weights: what is evaluated and saved\n", s->settings.average);
}

/* Loss and accuracy; of a regression, which has none, RMSE in the unit of the target. */
static void print_evaluation(const gm_run *r, const char *before, const gemlet_evaluation *e)
{
    printf("%sloss %.4f, ", before, e->loss);
    if (isnan(e->accuracy))
        printf("RMSE %.6g", gm_schema_target_unit(r->setup.rows.schema) * sqrt(e->loss));
    else
        printf("accuracy %.2f %%", 100.0 * e->accuracy);
}

static void print_best(const gm_run *r)
{
    const gemlet_train_result *trained = &r->trained;
    printf("best     after %llu steps: ", (unsigned long long)trained->good_steps);
    print_evaluation(r, "validation ", &r->validated);
    printf(" of %llu rows\n", (unsigned long long)r->validated.rows);
    print_evaluation(r, "last     validation ", &trained->last_validation);
    putchar('\n');
}

/* "unknown" for a figure that these rows do not give, such as an AUC of one class. */
static const char *format_figure(char text[16], double value)
{
    snprintf(text, 16, isnan(value) ? "unknown" : "%.4f", value);
    return text;
}

static void print_test(const gm_run *r)
{
    const gm_metrics *m = &r->metrics;
    char figure[16];
    if (m->n_classes == 0) {
        printf("test     loss %.4f, RMSE %.6g, MAE %.6g, R2 %s of %llu rows\n", r->tested.loss,
               m->rmse, m->mae, format_figure(figure, m->r2), (unsigned long long)r->tested.rows);
        return;
    }
    printf("test     loss %.4f, accuracy %.2f %% (%llu of %llu)\n", r->tested.loss,
           100.0 * r->tested.accuracy, (unsigned long long)r->tested.correct,
           (unsigned long long)r->tested.rows);
    if (r->setup.rows.schema != NULL)
        printf("         balanced accuracy %.2f %%, macro F1 %.4f, AUC %s\n",
               100.0 * m->balanced_accuracy, m->macro_f1, format_figure(figure, m->auc));
}

static void print_figures(const gm_run *r)
{
    const gemlet_train_result *trained = &r->trained;
    if (trained->stopped)
        printf("stopped after %llu of %llu steps\n", (unsigned long long)trained->steps,
               (unsigned long long)r->n_steps);
    if (trained->stopped_early)
        printf("stopped early: %llu validations in a row did not lower the validation loss\n",
               (unsigned long long)r->setup.settings.train.patience);
    printf("trained  %llu steps in %.2f s, %.0f us a step\n", (unsigned long long)trained->steps,
           trained->seconds, 1e6 * trained->seconds / (double)trained->steps);
    if (gm_run_validates(r))
        print_best(r);
    else if (r->setup.rows.validation != NULL) {
        print_evaluation(r, "held out ", &r->validated);
        printf(" of %llu rows\n", (unsigned long long)r->validated.rows);
    }
    print_test(r);
}

/* As a shell takes it. */
static void print_resume(const gm_run *r)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "/._-+,:@%=";
    const char *quote = r->out[strspn(r->out, plain)] == '\0' ? "" : "'";
    gm_print_text(stdout, "resume   gemlet train --resume %s%s%s\n", quote, r->out, quote);
}

static int is_ensemble(const train_command *t)
{
    return t->ensemble.whole.setup.settings.ensemble > 1;
}

static void print_ensemble(const gm_run *r)
{
    const gm_run_settings *s = &r->setup.settings;
    printf("ensemble %u networks, seeds %llu to %llu\n", s->ensemble,
           (unsigned long long)s->train.seed,
           (unsigned long long)(s->train.seed + s->ensemble - 1));
}

static void print_whole(const gm_run *r)
{
    printf("ensemble of %u networks, trained in %.2f s\n", r->setup.settings.ensemble,
           r->trained.seconds);
    if (r->validated.rows > 0) {
        print_evaluation(r, "held out ", &r->validated);
        printf(" of %llu rows\n", (unsigned long long)r->validated.rows);
    }
    print_test(r);
}

/* Of a network of an ensemble: those of the results are told of the whole alone. */
static void print_network_stage(gm_run_stage stage, const train_command *t, const gm_run *r)
{
    if (stage == GM_RUN_READY && r == t->ensemble.networks) {
        print_setup(r);
        print_ensemble(&t->ensemble.whole);
    } else if (stage == GM_RUN_TESTED) {
        print_figures(r);
    }
    fflush(stdout);
}

static void print_stage(gm_run_stage stage, const gm_run *r)
{
    switch (stage) {
    case GM_RUN_READY:
        print_setup(r);
        break;
    case GM_RUN_NOT_BEGUN:
        gm_print_text(stdout, "stopped before the first step: %s stays as it was\n", r->out);
        break;
    case GM_RUN_TESTED:
        if (r->setup.settings.ensemble > 1)
            print_whole(r);
        else
            print_figures(r);
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
        print_resume(r);
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
    const int is_network = run != &t->ensemble.whole;
    if (stage == GM_RUN_TRAINING_OVER) {
        gm_progress_finish(&t->display);
        gm_progress_start(&t->display, stdout, t->quiet);
        ++t->n_over;
    }
    if (stage == GM_RUN_PLACING)
        gm_interrupt_hold();
    if (stage == GM_RUN_PLACED)
        gm_interrupt_release();
    if (!t->quiet && is_network)
        print_network_stage(stage, t, run);
    else if (!t->quiet)
        print_stage(stage, run);
    if (stage == GM_RUN_READY) {
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
    const gemlet_dim n_classes = gm_spec_classes(&t->ensemble.whole.setup.spec);
    gm_driver_abort_forbid_restart();
    if (t->quiet)
        return;
    show_network(t);
    const int is_first = progress->step == 1 && t->display.first.step == 0;
    if (is_first && t->ensemble.whole.setup.spec.task == GEMLET_TASK_REGRESSION)
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

static int recall(void *user)
{
    train_command *t = user;
    if (t->resume == NULL)
        return GM_OPTIONS_RUN;
    t->ensemble.is_resumed = gm_ensemble_exists(t->resume);
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

static int check_resume(const gm_command *command, const void *user)
{
    const train_command *t = user;
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
                             GM_GROUP_BIT(VARIANT) | GM_GROUP_BIT(FUSED) | GM_GROUP_BIT(OUTPUT),
    };
    const gm_option own[] = {
        GM_FLAG(DEVICE, "no-tuned", &s->no_tuned, "do not use what gemlet tune found"),
        GM_NO_QUALIFY_OPTION(&s->train.no_qualify),
        GM_FLAG(DEVICE, "explain", &t->explain,
                "print what a step launches, with its work and traffic"),
        GM_VALIDATION_OPTIONS(&s->train),
        GM_ENSEMBLE_OPTION(s),
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
        .check = check_resume,
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
    gm_ensemble_run_close(&t->ensemble);
    return exit_code;
}

int gm_cmd_train(int argc, char **argv)
{
    train_command t = {.quiet = 0};
    t.ensemble.each = (gm_run_events){.on_stage = on_stage,
                                      .on_note = on_note,
                                      .on_device = gm_device_settings_report,
                                      .on_gemm = on_gemm,
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
    const int exit_code = parsed == GM_OPTIONS_RUN ? execute(&t) : parsed;
    gm_pairs_free(&t.options);
    gm_checkpoint_free(&t.checkpoint);
    return exit_code;
}
