/* SPDX-License-Identifier: MIT
 * gemlet compare: finished runs side by side. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/commands.h"
#include "options/options.h"
#include "cli/report_error.h"
#include "compare/comparison.h"
#include "compare/curves_graph.h"
#include "compare/run_set.h"
#include "core/clean_text.h"
#include "report/result_directory.h"

typedef struct compare_run {
    gm_operands directories;
    gm_comparison_format format;
    const char *out; /* NULL: no picture */
    gm_result_directory results;
    gemlet_dim n_smoothed;
    gm_run_set runs;
} compare_run;

static void report_repeats(const compare_run *c)
{
    const gm_run_set *runs = &c->runs;
    for (size_t i = 0; i < runs->n; ++i) {
        const size_t repeated = runs->groups.repeats[i];
        if (repeated != i)
            gm_print_text(stderr, "gemlet compare: %s repeats %s: counted once\n",
                          runs->records[i].directory, runs->records[repeated].directory);
    }
}

/* ---- the picture ---------------------------------------------------------------------------- */

static gemlet_status draw(compare_run *c)
{
    const gm_curves_graph graph = {
        .groups = &c->runs.groups,
        .curves = c->runs.curves,
        .validation = c->runs.validation,
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
    GEMLET_TRY(gm_run_set_read(&c->runs, c->directories.values, (size_t)c->directories.n,
                               c->out != NULL ? c->n_smoothed : 0));
    report_repeats(c);
    GEMLET_TRY(gm_comparison_print_figures(&c->runs.groups, &c->format, stdout));
    if (c->runs.groups.n > 1)
        putchar('\n');
    GEMLET_TRY(gm_comparison_print_differences(&c->runs.groups, &c->format, stdout));
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
    gm_run_set_free(&c.runs);
    return exit_code;
}
