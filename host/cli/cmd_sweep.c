/* SPDX-License-Identifier: MIT
 * gemlet sweep: a run for each combination of options and each seed, and what they come to. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checkpoint/directory.h"
#include "cli/commands.h"
#include "cli/device_settings.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/report_error.h"
#include "cli/sweep_grid.h"
#include "cli/sweep_results.h"
#include "compare/run_record.h"
#include "core/clean_text.h"
#include "core/file.h"
#include "core/memory.h"
#include "options/train_settings.h"
#include "run/parts.h"
#include "run/results.h"

/* One combination of options. */
typedef struct sweep_point {
    gm_pairs values;
    char *name;  /* "lr=0.1,weight-decay=0" */
    char **argv; /* (argc) texts of which the settings point to */
    int argc;
    gm_run_settings settings;
    gm_pairs options; /* all that are set */
} sweep_point;

typedef struct sweep_command {
    int argc;
    char **argv;
    gm_sweep_grid grid;
    sweep_point *points; /* (n_points) */
    size_t n_points;
    gemlet_dim n_seeds;
    const char *out;
    int overwrite;
    int quiet;
    gm_comparison_format format;
    gm_result_directory results;
    gm_run_whole whole;
    gm_run_part *last;  /* whose device and rows the next run can have; NULL: none */
    gm_sweep_run *done; /* (n_done) */
    size_t n_done;
    int stopped;
    gm_progress_display display;
} sweep_command;

/* ---- the command line ----------------------------------------------------------------------- */

/* What says of the sweep itself what runs do not know. */
static const char *const of_sweep[] = {"seeds", "out", "overwrite", "quiet", "markdown", NULL};

/* Once the table of options is there. */
static int read_grid(const gm_command *command, const void *user)
{
    sweep_command *c = (sweep_command *)(uintptr_t)user;
    if (gm_sweep_grid_read(&c->grid, command->options, command->n_options, c->argc, c->argv) !=
        GEMLET_OK)
        return gm_options_error(command, "%s", gemlet_last_error());
    return GM_OPTIONS_RUN;
}

/* Reads a command line into *settings, and into the options of the sweep. options: all that are
 * set; check: as of gm_train_command. */
static int parse(sweep_command *c, gm_run_settings *settings, gm_pairs *options,
                 int (*check)(const gm_command *, const void *), int argc, char **argv)
{
    gm_pairs none = {0};
    gm_run_settings_init(settings, GM_RECIPE_DEFAULT);
    const gm_kept_options kept = {.before = &none, .now = options, .of_command = of_sweep};
    const gm_option own[] = {
        GM_FLAG(DEVICE, "no-tuned", &settings->no_tuned, "do not use what gemlet tune found"),
        GM_NO_QUALIFY_OPTION(&settings->train.no_qualify),
        GM_VALIDATION_OPTIONS(&settings->train),
        GM_DIM(TRAINING, "seeds", "N", &c->n_seeds, 1, 100000,
               "runs of each combination, from --seed and the N - 1 seeds that follow it, on the "
               "same rows"),
        GM_TEXT(OUTPUT, "out", "DIR", &c->out,
                "directory of the sweep; must be given. Runs that are there and complete are not "
                "trained again, others go on"),
        GM_FLAG(OUTPUT, "overwrite", &c->overwrite, "train all runs anew"),
        GM_UNSIGNED(OUTPUT, "checkpoint-every", "N", &settings->checkpoint_every, 1, UINT32_MAX,
                    "as of gemlet train"),
        GM_DIM(OUTPUT, "keep-checkpoints", "N", &settings->keep_checkpoints, 0, 1000000,
               "as of gemlet train; without any, complete runs are trained again"),
        GM_LOG_EVERY_OPTION(&settings->train),
        GM_FLAG(OUTPUT, "markdown", &c->format.markdown, "print the table for a README"),
        GM_FLAG(OUTPUT, "quiet", &c->quiet, "print nothing but the table at the end"),
    };
    const gm_train_command command = {
        .name = "sweep",
        .description =
            "Trains a network for each combination of options that have several values, separated "
            "by commas, and for each seed, and compares them: means and standard deviations over "
            "the seeds, and tests of the differences, as gemlet compare. Numbers and choices under "
            "Network and Training can have several values; widths of --hidden are separated by "
            "'/': 64,64/128.\n"
            "Each run is what gemlet train makes of its options alone. Ctrl-C keeps what is done, "
            "and the same command goes on; it may name further values and seeds then.",
        .examples = "  gemlet sweep --lr 0.03,0.1,0.3 --weight-decay 0,0.001 --seeds 5 --out "
                    "runs/sweep\n"
                    "  gemlet sweep --data datasets/penguins.csv --target species \\\n"
                    "      --hidden 32/64,64 --dropout 0,0.2 --out runs/penguins-sweep\n",
        .default_steps = GM_RUN_DEFAULT_STEPS,
        .steps_help = "number of steps",
        .own = own,
        .n_own = GM_N_OPTIONS(own),
        .check = check,
        .user = c,
        .kept = &kept,
    };
    return gm_train_settings_parse(settings, &command, argc, argv);
}

static gemlet_status name_point(char **name, const gm_pairs *values)
{
    GEMLET_TRY(gm_copy_string(name, values->count > 0 ? "" : "all"));
    for (size_t i = 0; i < values->count; ++i) {
        char *longer;
        const gemlet_status status =
            gm_format_string(&longer, "%s%s%s=%s", *name, i > 0 ? "," : "", values->items[i].name,
                             values->items[i].value);
        free(*name);
        *name = longer;
        GEMLET_TRY(status);
    }
    return GEMLET_OK;
}

/* The command line of a point. */
static gemlet_status make_point(const sweep_command *c, sweep_point *p, size_t place)
{
    const gm_sweep_grid *grid = &c->grid;
    GEMLET_TRY(gm_sweep_grid_point(&p->values, grid, place));
    GEMLET_TRY(name_point(&p->name, &p->values));
    GEMLET_TRY(GM_ALLOC(p->argv, (size_t)grid->argc + p->values.count + 1, "arguments"));
    for (int i = 0; i < grid->argc; ++i) {
        GEMLET_TRY(gm_copy_string(&p->argv[p->argc], grid->argv[i]));
        ++p->argc;
    }
    for (size_t i = 0; i < p->values.count; ++i) {
        GEMLET_TRY(gm_format_string(&p->argv[p->argc], "--%s=%s", p->values.items[i].name,
                                    p->values.items[i].value));
        ++p->argc;
    }
    return GEMLET_OK;
}

/* All points are read before anything is trained. */
static int parse_all(sweep_command *c)
{
    gm_run_settings first;
    gm_pairs options = {0};
    const int read = parse(c, &first, &options, read_grid, 1, c->argv);
    gm_pairs_free(&options);
    if (read != GM_OPTIONS_RUN)
        return read;
    const size_t n = gm_sweep_grid_n_points(&c->grid);
    if (GM_ALLOC(c->points, n, "points of a sweep") != GEMLET_OK)
        return gm_report_error("sweep");
    for (c->n_points = 0; c->n_points < n; ++c->n_points) {
        sweep_point *p = &c->points[c->n_points];
        if (make_point(c, p, c->n_points) != GEMLET_OK)
            return gm_report_error("sweep");
        const int parsed = parse(c, &p->settings, &p->options, NULL, p->argc, p->argv);
        if (parsed != GM_OPTIONS_RUN)
            return parsed;
    }
    return GM_OPTIONS_RUN;
}

/* ---- events --------------------------------------------------------------------------------- */

static void on_stage(gm_run_stage stage, const gm_run *run, void *user)
{
    sweep_command *c = user;
    (void)run;
    if (stage == GM_RUN_READY)
        gm_progress_start(&c->display, stdout, c->quiet);
    if (stage == GM_RUN_TRAINING_OVER)
        gm_progress_finish(&c->display);
    if (stage == GM_RUN_PLACING)
        gm_interrupt_hold();
    if (stage == GM_RUN_PLACED)
        gm_interrupt_release();
}

/* Only on a terminal: in a log a run is one line. */
static void on_progress(const gemlet_progress *progress, void *user)
{
    sweep_command *c = user;
    if (c->display.live)
        gm_progress_show(progress, &c->display);
}

static void on_note(const char *note, void *user)
{
    (void)user;
    gm_print_note(note, (char[]){"sweep"});
}

static void print_run(const sweep_command *c, const sweep_point *p, const gm_run *r,
                      gemlet_status status)
{
    if (c->quiet)
        return;
    gm_print_text(stdout, "%zu of %zu  %s, seed %ju: ", c->n_done + 1, c->n_points * c->n_seeds,
                  p->name, (uintmax_t)r->setup.settings.train.seed);
    if (status == GEMLET_E_DIVERGED)
        printf("diverged after %ju steps\n", (uintmax_t)r->trained.steps);
    else if (isnan(r->tested.accuracy))
        printf("RMSE %.6g, loss %.4f, %.1f s\n", r->metrics.rmse, r->tested.loss,
               r->trained.seconds);
    else
        printf("accuracy %.2f %%, loss %.4f, %.1f s\n", 100 * r->tested.accuracy, r->tested.loss,
               r->trained.seconds);
    fflush(stdout);
}

/* ---- runs ----------------------------------------------------------------------------------- */

/* Those of a run that goes on must be as before, but for what says how it is trained and kept. */
static gemlet_status check_options(const gm_run_part *part)
{
    static const char *const may_differ[] = {"max-memory",
                                             "device",
                                             "device-memory-limit",
                                             "program-cache",
                                             "kernels",
                                             "gemm",
                                             "fused",
                                             "no-tuned",
                                             "checkpoint-every",
                                             "keep-checkpoints",
                                             "log-every",
                                             "no-qualify"};
    const gm_pairs *lists[] = {&part->options, &part->checkpoint.options};
    for (size_t l = 0; l < 2; ++l) {
        for (size_t i = 0; i < lists[l]->count; ++i) {
            const char *name = lists[l]->items[i].name;
            const char *before = gm_pairs_get(lists[1], name);
            const char *now = gm_pairs_get(lists[0], name);
            int differs = before == NULL || now == NULL || strcmp(before, now) != 0;
            for (size_t m = 0; m < sizeof may_differ / sizeof may_differ[0]; ++m)
                differs &= strcmp(may_differ[m], name) != 0;
            if (differs)
                return gm_error(GEMLET_E_ARGUMENT,
                                "%s: --%s: found %s, expected %s as the run began with; "
                                "--overwrite trains it anew",
                                part->directory, name, now != NULL ? now : "none",
                                before != NULL ? before : "none");
        }
    }
    return GEMLET_OK;
}

/* 1 if there are results of a run whose training came to its end. */
static int is_complete(const gm_run_part *part)
{
    gm_run_record record;
    char *stats;
    if (part->run.resumed == NULL ||
        gm_path_join(&stats, part->directory, GM_STATS_NAME) != GEMLET_OK)
        return 0;
    const int is_there = gm_file_exists(stats);
    free(stats);
    if (!is_there || gm_run_record_read(&record, part->directory) != GEMLET_OK)
        return 0;
    const int is_complete = strcmp(gm_run_record_trait(&record, "end"), "-") == 0;
    gm_run_record_free(&record);
    return is_complete;
}

static int are_same_rows(const gm_run_settings *a, const gm_run_settings *b)
{
    /* All else that says which rows is no axis; a recipe says whether some validate. */
    return (a->validation == NULL) == (b->validation == NULL) &&
           (a->validation == NULL || strcmp(a->validation, b->validation) == 0);
}

/* The device and the rows go to this run; then it is the last. */
static gemlet_status execute(sweep_command *c, gm_run_part *part, const sweep_point *p)
{
    gm_run *run = &part->run;
    if (c->last != NULL) {
        run->setup.before = &c->last->run.setup;
        run->setup.has_same_rows =
            are_same_rows(&run->setup.settings, &c->last->run.setup.settings);
    }
    const gemlet_status status = gm_run_execute(run);
    if (status == GEMLET_OK && run->trained.stopped) {
        c->stopped = 1;
        return GEMLET_OK;
    }
    if (status == GEMLET_OK || status == GEMLET_E_DIVERGED)
        print_run(c, p, run, status);
    return status == GEMLET_E_DIVERGED ? GEMLET_OK : status;
}

static gemlet_status make_part(const sweep_command *c, gm_run_part *part, const sweep_point *p,
                               gemlet_dim seed)
{
    gm_run_settings settings = p->settings;
    gm_pairs changes = {0};
    char *directory;
    gm_run_settings_take_seed(&settings, p->settings.train.seed + seed);
    gemlet_status status = gm_pairs_copy(&changes, &p->values);
    if (status == GEMLET_OK)
        status = gm_pairs_set(&changes, "seed", "%" PRIu64, settings.train.seed);
    if (status == GEMLET_OK)
        status = gm_pairs_set(&changes, "split-seed", "%" PRIu64, settings.split_seed);
    if (status == GEMLET_OK)
        status = gm_format_string(&directory, "%s/%s/seed-%" PRIu64, c->out, p->name,
                                  settings.train.seed);
    gm_run_whole whole = c->whole;
    whole.options = &p->options;
    if (status == GEMLET_OK)
        status = gm_run_part_make(part, &whole, directory, &settings, &changes);
    gm_pairs_free(&changes);
    return status;
}

static void close_part(gm_run_part *part)
{
    if (part == NULL)
        return;
    gm_run_part_close(part);
    free(part);
}

static gemlet_status add_done(sweep_command *c, const gm_run_part *part, size_t point)
{
    GEMLET_TRY(gm_copy_string(&c->done[c->n_done].directory, part->directory));
    c->done[c->n_done++].point = point;
    return GEMLET_OK;
}

static gemlet_status do_run(sweep_command *c, size_t point, gemlet_dim seed)
{
    gm_run_part *part;
    GEMLET_TRY(GM_ALLOC(part, 1, "run of a sweep"));
    gemlet_status status = make_part(c, part, &c->points[point], seed);
    if (status == GEMLET_OK && part->run.resumed != NULL)
        status = check_options(part);
    if (status == GEMLET_OK && is_complete(part)) {
        status = add_done(c, part, point);
        close_part(part);
        return status;
    }
    if (status == GEMLET_OK)
        status = execute(c, part, &c->points[point]);
    if (status == GEMLET_OK && !c->stopped)
        status = add_done(c, part, point);
    close_part(c->last);
    c->last = part;
    return status;
}

static gemlet_status do_runs(sweep_command *c)
{
    for (size_t p = 0; p < c->n_points; ++p) {
        for (gemlet_dim s = 0; s < c->n_seeds; ++s) {
            if (*gm_interrupt_flag() != 0)
                c->stopped = 1;
            if (c->stopped)
                return GEMLET_OK;
            GEMLET_TRY(do_run(c, p, s));
        }
    }
    return GEMLET_OK;
}

/* ---- the whole ------------------------------------------------------------------------------ */

/* 1 if the argument is of the sweep alone, or says the seed, which runs are told apart; *has_value:
 * and the next one is its value. */
static int is_of_sweep(const char *argument, int *has_value)
{
    static const char *const with_value[] = {"seeds", "out"};
    *has_value = 0;
    if (strncmp(argument, "--", 2) != 0)
        return 0;
    for (const char *const *name = of_sweep; *name != NULL; ++name) {
        const size_t length = strlen(*name);
        if (strncmp(argument + 2, *name, length) != 0)
            continue;
        if (argument[2 + length] == '=')
            return 1;
        if (argument[2 + length] != '\0')
            continue;
        for (size_t i = 0; i < sizeof with_value / sizeof with_value[0]; ++i)
            *has_value |= strcmp(with_value[i], *name) == 0;
        return 1;
    }
    return 0;
}

/* The command of each run, but for its point and seed. */
static gemlet_status make_whole(sweep_command *c)
{
    static char train[] = "train";
    c->whole = (gm_run_whole){
        .out = c->out,
        .stop = gm_interrupt_flag(),
        .each = {.on_stage = on_stage,
                 .on_note = on_note,
                 .on_device = gm_device_settings_report,
                 .on_progress = on_progress,
                 .user = c},
        .is_resumed = !c->overwrite,
    };
    GEMLET_TRY(GM_ALLOC(c->whole.argv, (size_t)c->grid.argc + 1, "arguments"));
    for (int i = 0; i < c->grid.argc; ++i) {
        int has_value = 0;
        if (i > 0 && is_of_sweep(c->grid.argv[i], &has_value))
            i += has_value;
        else
            c->whole.argv[c->whole.argc++] = i > 0 ? c->grid.argv[i] : train;
    }
    return GEMLET_OK;
}

static gemlet_status open_results(sweep_command *c)
{
    char *stats;
    GEMLET_TRY(
        gm_result_directory_open(&c->results, c->out, gm_sweep_result_names, GM_SWEEP_N_RESULTS));
    GEMLET_TRY(gm_path_join(&stats, c->out, GM_STATS_NAME));
    const int is_run = gm_file_exists(stats) || gm_checkpoints_exist(c->out);
    free(stats);
    return is_run ? gm_error(GEMLET_E_IO, "%s: holds a run; use another directory", c->out)
                  : GEMLET_OK;
}

/* One that is stopped tells what is done. */
static gemlet_status sweep(sweep_command *c)
{
    GEMLET_TRY(open_results(c));
    GEMLET_TRY(GM_ALLOC(c->done, c->n_points * c->n_seeds, "runs of a sweep"));
    GEMLET_TRY(make_whole(c));
    gm_interrupt_watch();
    GEMLET_TRY(do_runs(c));
    if (c->n_done > 0) {
        GEMLET_TRY(gm_sweep_results(&c->results, &c->grid, c->done, c->n_done, &c->format));
        GEMLET_TRY(gm_result_directory_commit(&c->results));
    }
    if (!c->quiet && !c->format.markdown) {
        putchar('\n');
        gm_print_text(stdout, "results  %s: %s%s\n", c->out, GM_SWEEP_TABLE_NAME,
                      c->n_done > 1 ? ", report.html" : "");
        if (c->stopped)
            printf("stopped  after %zu of %zu runs: the same command goes on\n", c->n_done,
                   c->n_points * c->n_seeds);
    }
    return GEMLET_OK;
}

static void free_all(sweep_command *c)
{
    close_part(c->last);
    for (size_t i = 0; i < c->n_done; ++i)
        free(c->done[i].directory);
    free(c->done);
    const size_t n = c->points != NULL ? gm_sweep_grid_n_points(&c->grid) : 0;
    for (size_t i = 0; i < n; ++i) {
        sweep_point *p = &c->points[i];
        for (int a = 0; a < p->argc; ++a)
            free(p->argv[a]);
        free(p->argv);
        free(p->name);
        gm_pairs_free(&p->values);
        gm_pairs_free(&p->options);
    }
    free(c->points);
    free(c->whole.argv);
    gm_result_directory_close(&c->results);
    gm_sweep_grid_free(&c->grid);
}

int gm_cmd_sweep(int argc, char **argv)
{
    sweep_command c = {.argc = argc, .argv = argv, .n_seeds = 1};
    gm_interrupt_survive_pipes();
    int exit_code = parse_all(&c);
    if (exit_code == GM_OPTIONS_RUN && c.out == NULL) {
        gm_error(GEMLET_E_ARGUMENT, "--out DIR must be given");
        gm_report_error("sweep");
        exit_code = GM_EXIT_USAGE;
    }
    if (exit_code == GM_OPTIONS_RUN) {
        exit_code = sweep(&c) == GEMLET_OK ? GM_EXIT_OK : gm_report_error("sweep");
        if (exit_code == GM_EXIT_OK && c.stopped)
            exit_code = GM_EXIT_STOPPED;
    }
    free_all(&c);
    return exit_code;
}
