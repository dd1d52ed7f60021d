/* SPDX-License-Identifier: MIT
 * Fills and prints the tables of a comparison; see comparison.h. */
#include "compare/comparison.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare/inference.h"
#include "core/memory.h"

#define SIGNIFICANT 0.05

/* In the order of gm_figure. */
static const struct {
    const char *name;
    double scale; /* from what is stored to what is shown */
    const char *unit;
    const char *difference_unit; /* NULL: differences are not tested */
    int decimals;                /* at least; more where 3 digits need them, but for shares */
} figures[GM_N_FIGURES] = {
    {"test accuracy", 100.0, " %", " points", 2},
    {"balanced accuracy", 100.0, " %", " points", 2},
    {"macro F1", 1.0, "", "", 4},
    {"AUC", 1.0, "", "", 4},
    {"test RMSE", 1.0, "", "", 0},
    {"test MAE", 1.0, "", "", 0},
    {"test R2", 1.0, "", "", 4},
    {"test loss", 1.0, "", "", 4},
    {"validation accuracy", 100.0, " %", " points", 2},
    {"validation loss", 1.0, "", "", 4},
    {"epochs", 1.0, "", NULL, 1},
    {"best epoch", 1.0, "", NULL, 1},
    {"training time", 1.0, " s", NULL, 0},
    {"us/step", 1.0, "", NULL, 0},
    {"parameters", 1.0, "", NULL, 0},
};

static gemlet_status print_table(const gm_text_table *table, const gm_comparison_format *format,
                                 FILE *stream)
{
    return format->markdown ? gm_text_table_print_markdown(table, stream)
                            : gm_text_table_print(table, stream);
}

/* Epochs are shown to a tenth whatever their size. */
static int is_epoch(gm_figure figure)
{
    return figure == GM_FIGURE_EPOCHS || figure == GM_FIGURE_BEST_EPOCH;
}

static int is_share(gm_figure figure)
{
    return figure == GM_FIGURE_TEST_ACCURACY || figure == GM_FIGURE_BALANCED_ACCURACY ||
           figure == GM_FIGURE_VALIDATION_ACCURACY;
}

/* 1 if any run has it. */
static int is_known(const gm_run_groups *groups, gm_figure figure)
{
    for (size_t i = 0; i < groups->n_records; ++i) {
        if (!isnan(groups->records[i].figures[figure]))
            return 1;
    }
    return 0;
}

/* The accuracy of a test has a column even where no run has it, unless they are regressions; of
 * validation and of regressions only what is known, and some figures only if they are asked for. */
static int is_shown(const gm_run_groups *groups, const gm_comparison_format *format,
                    gm_figure figure)
{
    switch (figure) {
    case GM_FIGURE_TEST_ACCURACY:
        return is_known(groups, figure) || !is_known(groups, GM_FIGURE_TEST_RMSE);
    case GM_FIGURE_BALANCED_ACCURACY:
    case GM_FIGURE_MACRO_F1:
    case GM_FIGURE_AUC:
        return format->all_figures && is_known(groups, figure);
    case GM_FIGURE_TEST_RMSE:
    case GM_FIGURE_TEST_MAE:
    case GM_FIGURE_TEST_R2:
    case GM_FIGURE_VALIDATION_ACCURACY:
    case GM_FIGURE_VALIDATION_LOSS:
    case GM_FIGURE_BEST_EPOCH:
        return is_known(groups, figure);
    case GM_FIGURE_EPOCHS: /* beside the best */
        return is_known(groups, GM_FIGURE_BEST_EPOCH);
    default:
        return 1;
    }
}

static int decimals_for(gm_figure figure, double value)
{
    if (is_share(figure) || is_epoch(figure) || figure == GM_FIGURE_PARAMETERS ||
        !(fabs(value) > 0))
        return figures[figure].decimals;
    const double needed = 2 - floor(log10(fabs(value)));
    return (int)fmin(fmax(needed, figures[figure].decimals), 12);
}

/* ---- figures -------------------------------------------------------------------------------- */

/* The first of the traits that tell the same groups apart; they share a column. */
static int leads_column(const gm_run_groups *groups, size_t trait)
{
    for (size_t i = 0; i < trait; ++i) {
        if (gm_run_groups_agree(groups, groups->traits[i], groups->traits[trait]))
            return 0;
    }
    return 1;
}

/* Names (is_header) or values of the traits that share a column with `lead`, separated by commas.
 */
static gemlet_status add_trait_cell(gm_text_table *table, const gm_run_groups *groups, size_t lead,
                                    size_t group, int is_header)
{
    char *text;
    GEMLET_TRY(gm_copy_string(&text, ""));
    for (size_t i = lead; i < groups->n_traits; ++i) {
        const char *name = groups->traits[i];
        if (i != lead && !gm_run_groups_agree(groups, groups->traits[lead], name))
            continue;
        char *longer;
        const gemlet_status status =
            gm_format_string(&longer, "%s%s%s", text, i == lead ? "" : ", ",
                             is_header ? name : gm_run_groups_trait(groups, group, name));
        free(text);
        GEMLET_TRY(status);
        text = longer;
    }
    const gemlet_status status = gm_text_table_add(table, "%s", text);
    free(text);
    return status;
}

static gemlet_status add_sample(gm_text_table *table, gm_figure figure, const gm_sample *sample)
{
    const double scale = figures[figure].scale;
    const int decimals = decimals_for(figure, sample->mean);
    if (sample->n == 0)
        return gm_text_table_add(table, "-");
    if (sample->n == 1 || figure == GM_FIGURE_PARAMETERS)
        return gm_text_table_add(table, "%.*f%s", decimals, scale * sample->mean,
                                 figures[figure].unit);
    return gm_text_table_add(table, "%.*f +- %.*f%s", decimals, scale * sample->mean, decimals,
                             scale * sample->std, figures[figure].unit);
}

static gemlet_status add_wilson(gm_text_table *table, const gm_sample *accuracy, double test_rows)
{
    if (accuracy->n == 0 || !(test_rows > 0))
        return gm_text_table_add(table, "-");
    const gm_interval interval = gm_inference_wilson(accuracy->mean, test_rows);
    return gm_text_table_add(table, "%.2f to %.2f %%", 100 * interval.low, 100 * interval.high);
}

static gemlet_status add_row(gm_text_table *table, const gm_run_groups *groups,
                             const gm_comparison_format *format, size_t g, double *values)
{
    const gm_run_group *group = &groups->groups[g];
    GEMLET_TRY(gm_text_table_add(table, "%s", group->label));
    for (size_t t = 0; t < groups->n_traits; ++t) {
        if (leads_column(groups, t))
            GEMLET_TRY(add_trait_cell(table, groups, t, g, 0));
    }
    GEMLET_TRY(gm_text_table_add(table, "%zu", group->n_runs));
    for (gm_figure f = 0; f < GM_N_FIGURES; ++f) {
        if (!is_shown(groups, format, f))
            continue;
        const size_t n = gm_run_groups_figures(groups, g, f, values);
        const gm_sample sample = gm_inference_summarise(values, n);
        GEMLET_TRY(add_sample(table, f, &sample));
        if (f == GM_FIGURE_TEST_ACCURACY)
            GEMLET_TRY(add_wilson(table, &sample, groups->records[group->runs[0]].test_rows));
    }
    return GEMLET_OK;
}

static gemlet_status add_header(gm_text_table *table, const gm_run_groups *groups,
                                const gm_comparison_format *format)
{
    GEMLET_TRY(gm_text_table_add(table, "runs"));
    for (size_t t = 0; t < groups->n_traits; ++t) {
        if (leads_column(groups, t))
            GEMLET_TRY(add_trait_cell(table, groups, t, 0, 1));
    }
    table->n_names = table->n_cells;
    table->n_keys = 1;
    GEMLET_TRY(gm_text_table_add(table, "seeds"));
    for (gm_figure f = 0; f < GM_N_FIGURES; ++f) {
        if (!is_shown(groups, format, f))
            continue;
        GEMLET_TRY(gm_text_table_add(table, "%s", figures[f].name));
        if (f == GM_FIGURE_TEST_ACCURACY)
            GEMLET_TRY(gm_text_table_add(table, "95 %% interval"));
    }
    table->n_columns = table->n_cells;
    return GEMLET_OK;
}

static int is_common(const gm_run_groups *groups, const char *trait)
{
    for (size_t i = 0; i < groups->n_traits; ++i) {
        if (strcmp(groups->traits[i], trait) == 0)
            return 0;
    }
    return 1;
}

static void print_notes(const gm_run_groups *groups, const gm_comparison_format *format,
                        FILE *stream)
{
    static const char *const traits[] = {"network", "device"};
    for (size_t i = 0; i < sizeof traits / sizeof traits[0]; ++i) {
        if (is_common(groups, traits[i]))
            fprintf(stream, "%s: %s; ", traits[i], gm_run_groups_trait(groups, 0, traits[i]));
    }
    fputs("+-: standard deviation over the seeds", stream);
    fputs(is_shown(groups, format, GM_FIGURE_TEST_ACCURACY)
              ? "; 95 % interval: Wilson's, for the number of test rows\n"
              : "\n",
          stream);
}

gemlet_status gm_comparison_figures(gm_text_table *table, const gm_run_groups *groups,
                                    const gm_comparison_format *format)
{
    double *values;
    GEMLET_TRY(GM_ALLOC(values, groups->n_records, "figures of runs"));
    gemlet_status status = add_header(table, groups, format);
    for (size_t g = 0; status == GEMLET_OK && g < groups->n; ++g)
        status = add_row(table, groups, format, g, values);
    free(values);
    return status;
}

gemlet_status gm_comparison_print_figures(const gm_run_groups *groups,
                                          const gm_comparison_format *format, FILE *stream)
{
    gm_text_table table = {0};
    gemlet_status status = gm_comparison_figures(&table, groups, format);
    if (status == GEMLET_OK)
        status = print_table(&table, format, stream);
    if (status == GEMLET_OK) {
        fputc('\n', stream);
        print_notes(groups, format, stream);
    }
    gm_text_table_free(&table);
    return status;
}

/* ---- differences ---------------------------------------------------------------------------- */

typedef struct pair {
    size_t a; /* b is compared with it: b minus a */
    size_t b;
    int is_paired;
    double *x; /* (n_records) figures of b, room for them */
    double *y; /* (n_records) of a */
} pair;

static gm_difference compare(const gm_run_groups *groups, const pair *p, gm_figure figure)
{
    if (!p->is_paired) {
        const size_t n_x = gm_run_groups_figures(groups, p->b, figure, p->x);
        const size_t n_y = gm_run_groups_figures(groups, p->a, figure, p->y);
        return gm_inference_welch(p->x, n_x, p->y, n_y);
    }
    const gm_run_group *group = &groups->groups[p->b];
    size_t n = 0;
    for (size_t i = 0; i < group->n_runs; ++i) {
        const size_t partner = gm_run_groups_partner(groups, group->runs[i], p->a);
        p->x[n] = groups->records[group->runs[i]].figures[figure];
        p->y[n] = groups->records[partner].figures[figure];
        n += !isnan(p->x[n]) && !isnan(p->y[n]);
    }
    return gm_inference_paired(p->x, p->y, n);
}

static gemlet_status add_difference(gm_text_table *table, gm_figure figure, const gm_difference *d)
{
    const double scale = figures[figure].scale;
    const int decimals = decimals_for(figure, d->mean);
    if (isnan(d->mean))
        GEMLET_TRY(gm_text_table_add(table, "-"));
    else
        GEMLET_TRY(gm_text_table_add(table, "%+.*f%s", decimals, scale * d->mean,
                                     figures[figure].difference_unit));
    if (isnan(d->p)) {
        GEMLET_TRY(gm_text_table_add(table, "-"));
        return gm_text_table_add(table, "-");
    }
    GEMLET_TRY(gm_text_table_add(table, "%+.*f to %+.*f", decimals, scale * d->interval.low,
                                 decimals, scale * d->interval.high));
    const char *mark = d->p < SIGNIFICANT ? " *" : "";
    if (d->p < 1e-4)
        return gm_text_table_add(table, "< 0.0001%s", mark);
    return gm_text_table_add(table, "%.2g%s", d->p, mark);
}

static int is_tested(const gm_run_groups *groups, const gm_comparison_format *format,
                     gm_figure figure)
{
    return figures[figure].difference_unit != NULL && is_shown(groups, format, figure);
}

static gemlet_status add_pair(gm_text_table *table, const gm_run_groups *groups,
                              const gm_comparison_format *format, const pair *p)
{
    const gm_run_group *a = &groups->groups[p->a];
    const gm_run_group *b = &groups->groups[p->b];
    GEMLET_TRY(gm_text_table_add(table, "%s minus %s", b->label, a->label));
    for (gm_figure f = 0; f < GM_N_FIGURES; ++f) {
        if (!is_tested(groups, format, f))
            continue;
        const gm_difference difference = compare(groups, p, f);
        GEMLET_TRY(add_difference(table, f, &difference));
    }
    if (p->is_paired)
        return gm_text_table_add(table, "paired t-test, %zu seeds", a->n_runs);
    if (a->n_runs < 2 || b->n_runs < 2)
        return gm_text_table_add(table, "none for a single run");
    return gm_text_table_add(table, "Welch's t-test, %zu and %zu seeds", b->n_runs, a->n_runs);
}

static gemlet_status add_pair_header(gm_text_table *table, const gm_run_groups *groups,
                                     const gm_comparison_format *format)
{
    GEMLET_TRY(gm_text_table_add(table, "difference"));
    table->n_names = 1;
    table->n_keys = 1;
    for (gm_figure f = 0; f < GM_N_FIGURES; ++f) {
        if (!is_tested(groups, format, f))
            continue;
        GEMLET_TRY(gm_text_table_add(table, "%s", figures[f].name));
        GEMLET_TRY(gm_text_table_add(table, "95 %% interval"));
        GEMLET_TRY(gm_text_table_add(table, "p"));
    }
    GEMLET_TRY(gm_text_table_add(table, "test"));
    table->n_columns = table->n_cells;
    return GEMLET_OK;
}

static gemlet_status add_pairs(gm_text_table *table, const gm_run_groups *groups,
                               const gm_comparison_format *format, size_t *n_pairs, double *values)
{
    GEMLET_TRY(add_pair_header(table, groups, format));
    const size_t n_first = format->pairs == GM_PAIRS_ALL ? groups->n : 1;
    for (size_t a = 0; a < n_first; ++a) {
        for (size_t b = a + 1; b < groups->n; ++b) {
            const pair p = {
                .a = a,
                .b = b,
                .is_paired = groups->groups[a].n_runs > 1 && gm_run_groups_are_paired(groups, a, b),
                .x = values,
                .y = values + groups->n_records,
            };
            GEMLET_TRY(add_pair(table, groups, format, &p));
            ++*n_pairs;
        }
    }
    return GEMLET_OK;
}

static size_t largest_group(const gm_run_groups *groups)
{
    size_t n = 0;
    for (size_t g = 0; g < groups->n; ++g)
        n = groups->groups[g].n_runs > n ? groups->groups[g].n_runs : n;
    return n;
}

int gm_comparison_is_tested(const gm_run_groups *groups)
{
    return groups->n > 1 && largest_group(groups) > 1;
}

static gemlet_status make_differences(gm_text_table *table, size_t *n_pairs,
                                      const gm_run_groups *groups,
                                      const gm_comparison_format *format)
{
    double *values;
    GEMLET_TRY(GM_ALLOC(values, 2 * groups->n_records, "figures of runs"));
    const gemlet_status status = add_pairs(table, groups, format, n_pairs, values);
    free(values);
    return status;
}

gemlet_status gm_comparison_differences(gm_text_table *table, const gm_run_groups *groups,
                                        const gm_comparison_format *format)
{
    size_t n_pairs = 0;
    return make_differences(table, &n_pairs, groups, format);
}

gemlet_status gm_comparison_print_differences(const gm_run_groups *groups,
                                              const gm_comparison_format *format, FILE *stream)
{
    if (groups->n < 2)
        return GEMLET_OK;
    if (!gm_comparison_is_tested(groups)) {
        fputs(GM_COMPARISON_NOT_TESTED "\n", stream);
        return GEMLET_OK;
    }
    gm_text_table table = {0};
    size_t n_pairs = 0;
    gemlet_status status = make_differences(&table, &n_pairs, groups, format);
    if (status == GEMLET_OK)
        status = print_table(&table, format, stream);
    if (status == GEMLET_OK)
        fprintf(stream, "\n*: p < %g%s; paired by seed where both have the same seeds\n",
                SIGNIFICANT, n_pairs > 1 ? ", each test for itself" : "");
    gm_text_table_free(&table);
    return status;
}
