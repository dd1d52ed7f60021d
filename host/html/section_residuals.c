/* SPDX-License-Identifier: MIT
 * Answers of a regression against the targets, and what is left between them. */
#include <math.h>
#include <stdlib.h>

#include "core/json.h"
#include "core/memory.h"
#include "html/chart.h"
#include "html/html.h"
#include "html/sections.h"
#include "html/words.h"

typedef struct points {
    double *targets; /* (n), as the following */
    double *answers;
    double *errors; /* answer minus target */
    size_t n;
} points;

static const cJSON *list_of(const gm_run_page *page, const char *key)
{
    return gm_json_at(page->evaluation, key);
}

static size_t read_list(double *values, const cJSON *list, size_t max)
{
    const cJSON *item;
    size_t n = 0;
    cJSON_ArrayForEach(item, list)
    {
        if (n < max)
            values[n++] = cJSON_IsNumber(item) ? item->valuedouble : (double)NAN;
    }
    return n;
}

static gemlet_status read_points(points *p, const gm_run_page *page)
{
    const size_t n = (size_t)cJSON_GetArraySize(list_of(page, "residuals.targets"));
    GEMLET_TRY(GM_ALLOC(p->targets, n, "residuals of a run"));
    GEMLET_TRY(GM_ALLOC(p->answers, n, "residuals of a run"));
    GEMLET_TRY(GM_ALLOC(p->errors, n, "residuals of a run"));
    read_list(p->targets, list_of(page, "residuals.targets"), n);
    p->n = read_list(p->answers, list_of(page, "residuals.answers"), n);
    for (size_t i = 0; i < p->n; ++i)
        p->errors[i] = p->answers[i] - p->targets[i];
    return GEMLET_OK;
}

static void fit(gm_axis *axis, const double *a, const double *b, size_t n)
{
    double low = (double)INFINITY;
    double high = -(double)INFINITY;
    for (size_t i = 0; i < n; ++i) {
        low = fmin(low, fmin(a[i], b[i]));
        high = fmax(high, fmax(a[i], b[i]));
    }
    gm_axis_fit(axis, low < high ? low : 0, low < high ? high : 1);
}

static void draw(FILE *stream, const points *p, int is_of_errors)
{
    gm_chart chart = {
        .title = is_of_errors ? "Errors against answers" : "Answers against targets",
        .x.label = is_of_errors ? "answer" : "target",
    };
    if (is_of_errors) {
        fit(&chart.x, p->answers, p->answers, p->n);
        fit(&chart.y, p->errors, p->errors, p->n);
    } else {
        fit(&chart.x, p->targets, p->answers, p->n);
        chart.y = chart.x;
        chart.y.label = NULL;
    }
    gm_html(stream, "<figure><figcaption>%s <small class=\"soft\">%s</small></figcaption>",
            chart.title,
            is_of_errors ? "answer minus target" : "on the dashed line they are the same");
    gm_chart_begin(stream, &chart);
    gm_chart_dots(stream, &chart, is_of_errors ? p->answers : p->targets,
                  is_of_errors ? p->errors : p->answers, p->n, "c1");
    if (is_of_errors)
        gm_chart_line(stream, &chart, chart.x.low, 0, chart.x.high, 0, "c0 dash");
    else
        gm_chart_line(stream, &chart, chart.x.low, chart.x.low, chart.x.high, chart.x.high,
                      "c0 dash");
    gm_chart_end(stream);
    fputs("</figure>\n", stream);
}

static gemlet_status write_residuals(FILE *stream, const gm_run_page *page)
{
    points p = {0};
    char shown[GM_WORD_SIZE];
    const gemlet_status status = read_points(&p, page);
    if (status == GEMLET_OK) {
        fputs("<div class=\"charts\">\n", stream);
        draw(stream, &p, 0);
        draw(stream, &p, 1);
        gm_html(stream,
                "</div>\n<p class=\"note\">%s of the test rows. Errors that bend or widen "
                "from left to right are what the model has not learned.</p>\n",
                gm_count_word(shown, (double)p.n));
    }
    free(p.targets);
    free(p.answers);
    free(p.errors);
    return status;
}

static int has_residuals(const gm_run_page *page)
{
    return cJSON_GetArraySize(list_of(page, "residuals.targets")) > 0;
}

const gm_section gm_section_residuals = {"residuals", "Errors", has_residuals, write_residuals};
