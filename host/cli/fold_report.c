/* SPDX-License-Identifier: MIT
 * See fold_report.h. */
#include "cli/fold_report.h"

#include <math.h>

#include "core/text_table.h"

/* A share of the rows is shown in percent, as elsewhere. */
static int is_share(const gm_cross_validation *v, unsigned figure)
{
    return !v->is_regression && (figure == 0 || figure == 2);
}

static gemlet_status add_value(gm_text_table *table, const gm_cross_validation *v, unsigned figure,
                               double value)
{
    if (isnan(value))
        return gm_text_table_add(table, "-");
    if (is_share(v, figure))
        return gm_text_table_add(table, "%.2f %%", 100 * value);
    return gm_text_table_add(table, v->is_regression ? "%.6g" : "%.4f", value);
}

static gemlet_status add_mean(gm_text_table *table, const gm_cross_validation *v, unsigned figure)
{
    const double mean = gm_fold_mean(v, figure);
    const double deviation = gm_fold_deviation(v, figure);
    if (isnan(mean) || isnan(deviation))
        return add_value(table, v, figure, mean);
    if (is_share(v, figure))
        return gm_text_table_add(table, "%.2f +- %.2f %%", 100 * mean, 100 * deviation);
    return v->is_regression ? gm_text_table_add(table, "%.6g +- %.3g", mean, deviation)
                            : gm_text_table_add(table, "%.4f +- %.4f", mean, deviation);
}

static gemlet_status add_folds(gm_text_table *table, const gm_cross_validation *v,
                               unsigned n_figures, uint64_t *n_rows)
{
    for (gemlet_dim i = 0; i < v->n_done; ++i) {
        GEMLET_TRY(gm_text_table_add(table, "%u", i + 1));
        GEMLET_TRY(gm_text_table_add(table, "%ju", (uintmax_t)v->folds[i].test_rows));
        for (unsigned f = 0; f < n_figures; ++f)
            GEMLET_TRY(add_value(table, v, f, v->folds[i].figures[f]));
        *n_rows += v->folds[i].test_rows;
    }
    return GEMLET_OK;
}

static gemlet_status fill(gm_text_table *table, const gm_cross_validation *v)
{
    const unsigned n_figures = gm_fold_n_figures(v->is_regression);
    uint64_t n_rows = 0;
    GEMLET_TRY(gm_text_table_add(table, "fold"));
    GEMLET_TRY(gm_text_table_add(table, "test rows"));
    for (unsigned f = 0; f < n_figures; ++f)
        GEMLET_TRY(gm_text_table_add(table, "%s", gm_fold_figure_name(v->is_regression, f)));
    GEMLET_TRY(add_folds(table, v, n_figures, &n_rows));
    GEMLET_TRY(gm_text_table_add(table, "mean"));
    GEMLET_TRY(gm_text_table_add(table, "-"));
    for (unsigned f = 0; f < n_figures; ++f)
        GEMLET_TRY(add_mean(table, v, f));
    GEMLET_TRY(gm_text_table_add(table, "all rows"));
    GEMLET_TRY(gm_text_table_add(table, "%ju", (uintmax_t)n_rows));
    for (unsigned f = 0; f < n_figures; ++f)
        GEMLET_TRY(add_value(table, v, f, gm_fold_pooled(v, f)));
    return GEMLET_OK;
}

gemlet_status gm_fold_report_print(const gm_cross_validation *v, FILE *stream)
{
    gm_text_table table = {
        .n_columns = 2 + gm_fold_n_figures(v->is_regression), .n_names = 1, .n_keys = 1};
    gemlet_status status = fill(&table, v);
    if (status == GEMLET_OK)
        status = gm_text_table_print(&table, stream);
    gm_text_table_free(&table);
    return status;
}
