/* SPDX-License-Identifier: MIT
 * How much the model needs each column: permutation importance, as train/importance.h measures it.
 */
#include <math.h>
#include <stdlib.h>

#include "core/json.h"
#include "core/memory.h"
#include "html/html.h"
#include "html/sections.h"
#include "html/words.h"

#define MAX_LISTED 30u

typedef struct column {
    const char *name;
    double fall; /* of the accuracy; NAN of a regression */
    double fall_std;
    double rise; /* of the loss or error */
    double rise_std;
    size_t place;
} column;

static const cJSON *columns_of(const gm_run_page *page)
{
    return gm_json_at(page->evaluation, "importance.columns");
}

/* What a column is ranked by. */
static double weight(const column *c)
{
    return isnan(c->fall) ? c->rise : c->fall;
}

/* The most important first; of equally important ones that with the larger loss. */
static int compare_columns(const void *a, const void *b)
{
    const column *x = a;
    const column *y = b;
    if (weight(x) != weight(y))
        return weight(x) < weight(y) ? 1 : -1;
    if (x->rise != y->rise)
        return x->rise < y->rise ? 1 : -1;
    return (x->place > y->place) - (x->place < y->place);
}

static size_t read_columns(column *columns, const gm_run_page *page)
{
    const cJSON *item;
    size_t n = 0;
    cJSON_ArrayForEach(item, columns_of(page))
    {
        const char *name = gm_json_text_at(item, "name");
        columns[n] = (column){name != NULL ? name : "?",
                              gm_json_number_at(item, "accuracy_fall"),
                              gm_json_number_at(item, "accuracy_std"),
                              gm_json_number_at(item, "loss_rise"),
                              gm_json_number_at(item, "loss_std"),
                              n};
        ++n;
    }
    return n;
}

static void write_column(FILE *stream, const gm_run_page *page, const column *c, double most)
{
    char rise[GM_WORD_SIZE];
    char std[GM_WORD_SIZE];
    gm_html(stream, "<tr><th class=\"text\" scope=\"row\">%s</th>", c->name);
    if (!page->is_regression)
        gm_html(stream, "<td class=\"n\">%.2f &plusmn; %.2f</td>", 100 * c->fall,
                100 * c->fall_std);
    gm_html(stream, "<td class=\"n\">%s &plusmn; %s</td>", gm_real_word(rise, c->rise),
            gm_real_word(std, c->rise_std));
    gm_html(stream, "<td class=\"meter\" style=\"--w:%.1f%%\"></td></tr>\n",
            most > 0 ? fmax(0, 100 * weight(c) / most) : 0.0);
}

static void write_table(FILE *stream, const gm_run_page *page, const column *columns, size_t n)
{
    fputs("<div class=\"wide\"><table id=\"by-column\"><thead><tr><th scope=\"col\">column</th>",
          stream);
    if (!page->is_regression)
        fputs("<th class=\"n\" scope=\"col\">accuracy lost (points)</th>", stream);
    gm_html(stream,
            "<th class=\"n\" scope=\"col\">%s</th><th scope=\"col\"></th></tr></thead>"
            "<tbody>\n",
            page->is_regression ? "root mean square error gained" : "loss gained");
    for (size_t i = 0; i < n && i < MAX_LISTED; ++i)
        write_column(stream, page, &columns[i], weight(&columns[0]));
    fputs("</tbody></table></div>\n", stream);
}

static gemlet_status write_importance(FILE *stream, const gm_run_page *page)
{
    char rows[GM_WORD_SIZE];
    char repeats[GM_WORD_SIZE];
    char listed[GM_WORD_SIZE];
    const double n_repeats = gm_json_number_at(page->evaluation, "importance.repeats");
    column *columns;
    GEMLET_TRY(GM_ALLOC(columns, (size_t)cJSON_GetArraySize(columns_of(page)), "columns of a run"));
    const size_t n = read_columns(columns, page);
    qsort(columns, n, sizeof *columns, compare_columns);
    gm_html(
        stream,
        "<p class=\"soft\">What the model loses if the values of one column are given to other "
        "rows: on %s test rows, mean and standard deviation of %s. Columns that say the "
        "same stand in for each other, so each of them may seem to matter little.</p>\n",
        gm_count_word(rows, cJSON_GetArraySize(gm_json_at(page->evaluation, "importance.rows"))),
        n_repeats > 1 ? gm_count_word(repeats, n_repeats) : "a single exchange");
    write_table(stream, page, columns, n);
    if (n > MAX_LISTED)
        gm_html(stream, "<p class=\"note\">The first %u of %s columns.</p>\n", MAX_LISTED,
                gm_count_word(listed, (double)n));
    free(columns);
    return GEMLET_OK;
}

static int has_importance(const gm_run_page *page)
{
    return cJSON_GetArraySize(columns_of(page)) > 0;
}

const gm_section gm_section_importance = {"importance", "What it looks at", has_importance,
                                          write_importance};
