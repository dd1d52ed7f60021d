/* SPDX-License-Identifier: MIT
 * The report of several runs: what gemlet compare says of them, as a page. */
#include <math.h>
#include <stdlib.h>

#include "compare/comparison.h"
#include "compare/run_set.h"
#include "core/file.h"
#include "core/text_table.h"
#include "html/chart.h"
#include "html/html.h"
#include "html/page.h"
#include "html/report.h"
#include "html/sections.h"

/* Reports in the moving mean of the training losses: as gemlet compare has it. */
#define N_SMOOTHED 11u

/* Columns behind the first n_names hold figures. */
static void write_table(FILE *stream, const gm_text_table *table)
{
    const size_t n = table->n_columns;
    fputs("<div class=\"wide\"><table><thead><tr>", stream);
    for (size_t i = 0; i < n; ++i)
        gm_html(stream, "<th class=\"%s\" scope=\"col\">%s</th>", i < table->n_names ? "text" : "n",
                table->cells[i]);
    fputs("</tr></thead><tbody>\n", stream);
    for (size_t at = n; at + n <= table->n_cells; at += n) {
        fputs("<tr>", stream);
        for (size_t i = 0; i < n; ++i)
            gm_html(stream, "<td class=\"%s\">%s</td>", i < table->n_names ? "text" : "n",
                    table->cells[at + i]);
        fputs("</tr>\n", stream);
    }
    fputs("</tbody></table></div>\n", stream);
}

static gemlet_status write_figures(FILE *stream, const gm_run_groups *groups)
{
    const gm_comparison_format format = {.all_figures = 1};
    gm_text_table table = {0};
    const gemlet_status status = gm_comparison_figures(&table, groups, &format);
    if (status == GEMLET_OK)
        write_table(stream, &table);
    gm_text_table_free(&table);
    fputs(
        "<p class=\"note\">Runs that differ in nothing but the seed are one row: mean +- standard "
        "deviation. Of options only those are shown that differ. 95 % interval: Wilson's, for the "
        "number of test rows.</p>\n",
        stream);
    return status;
}

static gemlet_status write_differences(FILE *stream, const gm_run_groups *groups)
{
    const gm_comparison_format format = {.pairs = GM_PAIRS_FIRST};
    gm_text_table table = {0};
    if (!gm_comparison_is_tested(groups)) {
        gm_html(stream, "<p>%s.</p>\n",
                groups->n > 1 ? "There is one seed each: whether the differences mean anything "
                                "cannot be tested"
                              : "The runs differ in nothing but the seed");
        return GEMLET_OK;
    }
    const gemlet_status status = gm_comparison_differences(&table, groups, &format);
    if (status == GEMLET_OK)
        write_table(stream, &table);
    gm_text_table_free(&table);
    fputs("<p class=\"note\">*: p &lt; 0.05, each test for itself; paired by seed where both have "
          "the "
          "same seeds.</p>\n",
          stream);
    return status;
}

/* ---- curves --------------------------------------------------------------------------------- */

static unsigned colour(size_t group)
{
    return (unsigned)(group % GM_CHART_COLOURS) + 1;
}

static void write_key(FILE *stream, const gm_run_groups *groups)
{
    fputs("<ul class=\"key\">", stream);
    for (size_t g = 0; g < groups->n; ++g)
        gm_html(stream, "<li class=\"k%u\">%s</li>", colour(g), groups->groups[g].label);
    fputs("</ul>\n", stream);
}

/* curves (groups->n) */
static gemlet_status write_chart(FILE *stream, const gm_run_groups *groups, gm_loss_curve *curves,
                                 const char *title)
{
    gm_chart chart = {.title = title, .x.label = "step", .y.kind = GM_AXIS_LOGARITHMIC};
    gm_loss_range range = {0};
    for (size_t g = 0; g < groups->n; ++g)
        gm_loss_range_include(&range, &curves[g]);
    if (!(range.high > 0))
        return GEMLET_OK;
    gm_axis_fit(&chart.y, range.low, range.high);
    chart.x.high = range.last;
    gm_html(stream, "<figure><figcaption>%s</figcaption>", title);
    write_key(stream, groups);
    gm_chart_begin(stream, &chart);
    gemlet_status status = GEMLET_OK;
    for (size_t g = 0; g < groups->n && status == GEMLET_OK; ++g) {
        char style[8];
        snprintf(style, sizeof style, "c%u", colour(g));
        status = gm_loss_curve_thin(&curves[g], GM_CHART_POINTS);
        gm_chart_curve(stream, &chart, &curves[g], style);
    }
    gm_chart_end(stream);
    fputs("</figure>\n", stream);
    return status;
}

static gemlet_status write_curves(FILE *stream, gm_run_set *set)
{
    fputs("<div class=\"charts\">\n", stream);
    GEMLET_TRY(write_chart(stream, &set->groups, set->curves, "Training loss"));
    GEMLET_TRY(write_chart(stream, &set->groups, set->validation, "Validation loss"));
    gm_html(
        stream,
        "</div>\n<p class=\"note\">Training losses as moving means of %u reports; means over the "
        "seeds of a row.</p>\n",
        N_SMOOTHED);
    return GEMLET_OK;
}

/* ---- the whole ------------------------------------------------------------------------------ */

static gemlet_status write_each(FILE *stream, char *const *directories, size_t n)
{
    fputs("<section id=\"each\">\n<h2>Each run</h2>\n", stream);
    for (size_t i = 0; i < n; ++i) {
        gm_run_page page;
        GEMLET_TRY(gm_run_page_read(&page, directories[i], directories[i]));
        gm_html(stream, "<article><h3>%s</h3>\n", page.record.directory);
        gm_section_summary(stream, &page);
        fputs("</article>\n", stream);
        gm_run_page_free(&page);
    }
    fputs("</section>\n", stream);
    return GEMLET_OK;
}

static gemlet_status write_page(FILE *stream, gm_run_set *set, char *const *directories)
{
    char title[48];
    snprintf(title, sizeof title, "%zu runs", set->n);
    gm_page_begin(stream, "Comparison of runs", title);
    fputs("<nav><a href=\"#figures\">Figures</a><a href=\"#differences\">Differences</a>"
          "<a href=\"#curves\">How they learned</a><a href=\"#each\">Each run</a></nav>\n"
          "</header>\n<main>\n<section id=\"figures\">\n<h2>Figures</h2>\n",
          stream);
    GEMLET_TRY(write_figures(stream, &set->groups));
    fputs("</section>\n<section id=\"differences\">\n<h2>Differences</h2>\n", stream);
    GEMLET_TRY(write_differences(stream, &set->groups));
    fputs("</section>\n<section id=\"curves\">\n<h2>How they learned</h2>\n", stream);
    GEMLET_TRY(write_curves(stream, set));
    fputs("</section>\n", stream);
    GEMLET_TRY(write_each(stream, directories, set->n));
    gm_page_end(stream);
    return GEMLET_OK;
}

gemlet_status gm_report_write_several(const char *path, char *const *directories, size_t n)
{
    gm_run_set set;
    gm_atomic_file file;
    GEMLET_TRY(gm_run_set_read(&set, directories, n, N_SMOOTHED));
    gemlet_status status = gm_atomic_file_open(&file, path);
    if (status == GEMLET_OK) {
        status = write_page(file.stream, &set, directories);
        if (status == GEMLET_OK)
            status = gm_atomic_file_commit(&file);
        else
            gm_atomic_file_abort(&file);
    }
    gm_run_set_free(&set);
    return status;
}
