/* SPDX-License-Identifier: MIT
 * gemlet compare: finished runs side by side. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/commands.h"
#include "options/options.h"
#include "cli/report_error.h"
#include "compare/comparison.h"
#include "compare/curves_graph.h"
#include "compare/metrics_csv.h"
#include "core/clean_text.h"
#include "core/memory.h"
#include "report/result_directory.h"

/* Runs that are replaced while they are read are read again, so often at most. */
#define MAX_READS 20

typedef struct compare_run {
    gm_operands directories;
    gm_comparison_format format;
    const char *out; /* NULL: no picture */
    gm_result_directory results;
    gemlet_dim n_smoothed;
    gm_run_record *records; /* (directories.n) */
    gm_run_groups groups;
    gm_loss_curve *curves;     /* (groups.n) */
    gm_loss_curve *validation; /* (groups.n) */
} compare_run;

/* What was read. */
static void forget_runs(compare_run *c)
{
    for (size_t g = 0; c->curves != NULL && g < c->groups.n; ++g)
        gm_loss_curve_free(&c->curves[g]);
    for (size_t g = 0; c->validation != NULL && g < c->groups.n; ++g)
        gm_loss_curve_free(&c->validation[g]);
    gm_run_groups_free(&c->groups);
    for (int i = 0; c->records != NULL && i < c->directories.n; ++i)
        gm_run_record_free(&c->records[i]);
    free(c->validation);
    free(c->curves);
    free(c->records);
    c->curves = c->validation = NULL;
    c->records = NULL;
}

static gemlet_status read_records(compare_run *c)
{
    const size_t n = (size_t)c->directories.n;
    GEMLET_TRY(GM_ALLOC(c->records, n, "runs"));
    for (size_t i = 0; i < n; ++i)
        GEMLET_TRY(gm_run_record_read(&c->records[i], c->directories.values[i]));
    return gm_run_groups_create(&c->groups, c->records, n);
}

static void report_repeats(const compare_run *c)
{
    for (size_t i = 0; i < (size_t)c->directories.n; ++i) {
        if (c->groups.repeats[i] != i)
            gm_print_text(stderr, "gemlet compare: %s repeats %s: counted once\n",
                          c->records[i].directory, c->records[c->groups.repeats[i]].directory);
    }
}

/* ---- the picture ---------------------------------------------------------------------------- */

static gemlet_status summarise(gm_loss_curve *mean, const gm_loss_curve *curves, size_t n)
{
    GEMLET_TRY(gm_loss_curve_mean(mean, curves, n));
    return gm_loss_curve_thin(mean);
}

/* curves (2 * group->n_runs), all zero: of training, then of validation */
static gemlet_status read_group(compare_run *c, size_t g, gm_loss_curve *curves)
{
    const gm_run_group *group = &c->groups.groups[g];
    gm_loss_curve *validation = curves + group->n_runs;
    for (size_t i = 0; i < group->n_runs; ++i) {
        GEMLET_TRY(
            gm_metrics_csv_read(&curves[i], &validation[i], c->records[group->runs[i]].directory));
        GEMLET_TRY(gm_loss_curve_smooth(&curves[i], c->n_smoothed));
    }
    GEMLET_TRY(summarise(&c->curves[g], curves, group->n_runs));
    return summarise(&c->validation[g], validation, group->n_runs);
}

static gemlet_status read_curves(compare_run *c)
{
    GEMLET_TRY(GM_ALLOC(c->curves, c->groups.n, "curves"));
    GEMLET_TRY(GM_ALLOC(c->validation, c->groups.n, "curves"));
    for (size_t g = 0; g < c->groups.n; ++g) {
        const size_t n = 2 * c->groups.groups[g].n_runs;
        gm_loss_curve *curves;
        GEMLET_TRY(GM_ALLOC(curves, n, "curves"));
        const gemlet_status status = read_group(c, g, curves);
        for (size_t i = 0; i < n; ++i)
            gm_loss_curve_free(&curves[i]);
        free(curves);
        GEMLET_TRY(status);
    }
    return GEMLET_OK;
}

static int is_current(const compare_run *c)
{
    for (int i = 0; i < c->directories.n; ++i) {
        if (!gm_run_record_is_current(&c->records[i]))
            return 0;
    }
    return 1;
}

/* The figures of a run and its curve, never of two: runs may be replaced meanwhile. */
static gemlet_status read_runs(compare_run *c)
{
    for (int i = 0; i < MAX_READS; ++i) {
        GEMLET_TRY(read_records(c));
        if (c->out != NULL)
            GEMLET_TRY(read_curves(c));
        if (is_current(c))
            return GEMLET_OK;
        forget_runs(c);
    }
    return gm_error(GEMLET_E_IO, "the runs are replaced faster than they can be read");
}

static gemlet_status draw(compare_run *c)
{
    const gm_curves_graph graph = {
        .groups = &c->groups,
        .curves = c->curves,
        .validation = c->validation,
        .n_smoothed = c->n_smoothed,
        .directory = c->results.stage,
    };
    char *note;
    char text[1024];
    GEMLET_TRY(gm_curves_graph_draw(&note, &graph));
    gm_result_directory_name(text, sizeof text, &c->results, note != NULL ? note : "");
    const int is_drawn = note == NULL;
    free(note);
    GEMLET_TRY(gm_result_directory_commit(&c->results));
    if (!is_drawn)
        gm_print_text(stderr,
                      "gemlet compare: no picture drawn: %s; its data and script are in %s\n", text,
                      c->out);
    if (is_drawn && !c->format.markdown) {
        fputc('\n', stdout);
        gm_print_text(stdout, "picture  %s: %s.png, %s.svg\n", c->out, GM_CURVES_GRAPH_NAME,
                      GM_CURVES_GRAPH_NAME);
    }
    return GEMLET_OK;
}

/* The first is the last to appear. */
static const char *const picture_names[] = {GM_CURVES_GRAPH_DATA, GM_CURVES_GRAPH_NAME ".gp",
                                            GM_CURVES_GRAPH_NAME ".png",
                                            GM_CURVES_GRAPH_NAME ".svg"};

/* ---- the command ---------------------------------------------------------------------------- */

/* All is read before anything is printed or written. */
static gemlet_status do_all(compare_run *c)
{
    if (c->out != NULL)
        GEMLET_TRY(gm_result_directory_open(&c->results, c->out, picture_names,
                                            sizeof picture_names / sizeof picture_names[0]));
    GEMLET_TRY(read_runs(c));
    report_repeats(c);
    GEMLET_TRY(gm_comparison_print_figures(&c->groups, &c->format, stdout));
    if (c->groups.n > 1)
        putchar('\n');
    GEMLET_TRY(gm_comparison_print_differences(&c->groups, &c->format, stdout));
    fflush(stdout);
    return c->out != NULL ? draw(c) : GEMLET_OK;
}

static int parse(compare_run *c, int argc, char **argv)
{
    static const gm_name pairs[] = {{"first", GM_PAIRS_FIRST}, {"all", GM_PAIRS_ALL}, {NULL, 0}};
    gm_option options[] = {
        GM_FLAG(TABLE, "markdown", &c->format.markdown, "print tables for a README"),
        GM_FLAG(TABLE, "all-figures", &c->format.all_figures,
                "balanced accuracy, macro F1 and area under the ROC curve beside the accuracy"),
        GM_CHOICE(TABLE, "pairs", "WHICH", &c->format.pairs, pairs,
                  "which rows to test for a difference: the first with each other, or each with "
                  "each"),
        GM_TEXT(PICTURE, "out", "DIR", &c->out,
                "draw the curves of training and validation loss and write " GM_CURVES_GRAPH_NAME
                ".png, .svg, their data .csv and script .gp there"),
        GM_DIM(PICTURE, "smooth", "N", &c->n_smoothed, 1, 1u << 20,
               "draw moving means over N reports of a run"),
    };
    const gm_command command = {
        .name = "compare",
        .description =
            "Shows runs of gemlet train side by side: test figures, time, and those options that "
            "differ. A RUN is a directory with stats.json and metrics.csv. Runs that differ in "
            "nothing but the seed make one row, with mean and standard deviation.\n"
            "Differences between rows are tested for significance: Student's t-test of pairs "
            "where both have the same seeds, else Welch's t-test.",
        .options = options,
        .n_options = GM_N_OPTIONS(options),
        .examples = "  gemlet compare runs/tanh runs/mnist\n"
                    "  gemlet compare runs/batch-norm/* --markdown --out docs/images\n",
        .operands = &c->directories,
    };
    const int parsed = gm_options_parse(&command, argc, argv);
    if (parsed == GM_OPTIONS_RUN && c->directories.n == 0)
        return gm_options_error(&command, "found no RUN, expected directories of gemlet train");
    return parsed;
}

int gm_cmd_compare(int argc, char **argv)
{
    compare_run c = {.directories = {.name = "RUN"}, .n_smoothed = 11};
    const int parsed = parse(&c, argc, argv);
    if (parsed != GM_OPTIONS_RUN)
        return parsed;
    const int exit_code = do_all(&c) == GEMLET_OK ? GM_EXIT_OK : gm_report_error("compare");
    gm_result_directory_close(&c.results);
    forget_runs(&c);
    return exit_code;
}
