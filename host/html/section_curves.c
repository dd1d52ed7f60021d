/* SPDX-License-Identifier: MIT
 * Loss, accuracy and learning rate against the steps. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "html/chart.h"
#include "html/html.h"
#include "html/sections.h"
#include "html/words.h"

/* Reports in the moving mean of a training curve: as gemlet compare has it. */
#define N_SMOOTHED 11u

/* Fewer are drawn as they are. */
#define MIN_SMOOTHED 30u

typedef struct panel {
    const char *title;
    gm_metric training;   /* or the only one */
    gm_metric validation; /* the same as training: there is none */
    gm_axis_kind kind;
} panel;

static gemlet_status copy_curve(gm_loss_curve *to, const gm_loss_curve *from)
{
    *to = (gm_loss_curve){0};
    GEMLET_TRY(GM_ALLOC(to->points, from->n + 1, "curve of a run"));
    if (from->n > 0)
        memcpy(to->points, from->points, from->n * sizeof *to->points);
    to->n = from->n;
    return GEMLET_OK;
}

static void widen(double *low, double *high, const gm_loss_curve *curve)
{
    for (size_t i = 0; i < curve->n; ++i) {
        if (isnan(curve->points[i].loss))
            continue;
        *low = fmin(*low, curve->points[i].loss);
        *high = fmax(*high, curve->points[i].loss);
    }
}

/* Smoothed: each report faintly, and the moving mean over it. */
static gemlet_status draw_training(FILE *stream, const gm_chart *chart, const gm_loss_curve *curve,
                                   int is_smoothed)
{
    gm_loss_curve drawn;
    GEMLET_TRY(copy_curve(&drawn, curve));
    gemlet_status status = gm_loss_curve_thin(&drawn, GM_CHART_POINTS);
    if (status == GEMLET_OK)
        gm_chart_curve(stream, chart, &drawn, is_smoothed ? "c1 faint" : "c1");
    gm_loss_curve_free(&drawn);
    if (status != GEMLET_OK || !is_smoothed)
        return status;
    GEMLET_TRY(copy_curve(&drawn, curve));
    status = gm_loss_curve_smooth(&drawn, N_SMOOTHED);
    if (status == GEMLET_OK)
        status = gm_loss_curve_thin(&drawn, GM_CHART_POINTS);
    if (status == GEMLET_OK)
        gm_chart_curve(stream, chart, &drawn, "c1");
    gm_loss_curve_free(&drawn);
    return status;
}

static gemlet_status draw_validation(FILE *stream, const gm_chart *chart, const gm_run_page *page,
                                     const gm_loss_curve *curve)
{
    const double best = gm_run_page_number(page, "best_step");
    gm_loss_curve drawn;
    GEMLET_TRY(copy_curve(&drawn, curve));
    const gemlet_status status = gm_loss_curve_thin(&drawn, GM_CHART_POINTS);
    if (status == GEMLET_OK)
        gm_chart_curve(stream, chart, &drawn, "c2");
    if (best >= chart->x.low && best <= chart->x.high)
        gm_chart_line(stream, chart, best, chart->y.low, best, chart->y.high, "c0 dash");
    gm_loss_curve_free(&drawn);
    return status;
}

static void write_key(FILE *stream, const gm_run_page *page)
{
    fputs("<ul class=\"key\"><li class=\"k1\">training</li><li class=\"k2\">validation</li>",
          stream);
    if (!isnan(gm_run_page_number(page, "best_step")))
        fputs("<li>dashed: the model</li>", stream);
    fputs("</ul>", stream);
}

static gemlet_status write_panel(FILE *stream, const gm_run_page *page, const panel *p)
{
    const gm_loss_curve *training = &page->curves[p->training];
    const gm_loss_curve *validation = &page->curves[p->validation];
    const int is_noisy = p->training != GM_METRIC_LEARNING_RATE;
    const int is_validated = p->validation != p->training && validation->n > 0;
    double low = (double)INFINITY;
    double high = -(double)INFINITY;
    widen(&low, &high, training);
    widen(&low, &high, validation);
    if (!(low <= high))
        return GEMLET_OK;
    gm_chart chart = {.title = p->title, .x.label = "step", .y.kind = p->kind};
    gm_axis_fit(&chart.y, low, high);
    chart.x.high = fmax(1, training->points[training->n - 1].step);
    gm_html(stream, "<figure><figcaption>%s</figcaption>", p->title);
    if (is_validated)
        write_key(stream, page);
    gm_chart_begin(stream, &chart);
    gemlet_status status =
        draw_training(stream, &chart, training, is_noisy && training->n >= MIN_SMOOTHED);
    if (status == GEMLET_OK && is_validated)
        status = draw_validation(stream, &chart, page, validation);
    gm_chart_end(stream);
    fputs("</figure>\n", stream);
    return status;
}

static gemlet_status write_curves(FILE *stream, const gm_run_page *page)
{
    static const panel panels[] = {
        {"Loss", GM_METRIC_TRAIN_LOSS, GM_METRIC_VALIDATION_LOSS, GM_AXIS_LOGARITHMIC},
        {"Accuracy", GM_METRIC_TRAIN_ACCURACY, GM_METRIC_VALIDATION_ACCURACY, GM_AXIS_SHARES},
        {"Learning rate", GM_METRIC_LEARNING_RATE, GM_METRIC_LEARNING_RATE, GM_AXIS_NUMBERS},
    };
    gemlet_status status = GEMLET_OK;
    fputs("<div class=\"charts\">\n", stream);
    for (size_t i = 0; i < sizeof panels / sizeof panels[0] && status == GEMLET_OK; ++i)
        status = write_panel(stream, page, &panels[i]);
    fputs("</div>\n", stream);
    if (page->curves[GM_METRIC_TRAIN_LOSS].n >= MIN_SMOOTHED)
        gm_html(
            stream,
            "<p class=\"note\">Faint: each report, the mean over the steps since the one before; "
            "strong: the moving mean of %u of them.</p>\n",
            N_SMOOTHED);
    return status;
}

static int has_curves(const gm_run_page *page)
{
    return page->curves[GM_METRIC_TRAIN_LOSS].n > 0;
}

const gm_section gm_section_curves = {"curves", "How it learned", has_curves, write_curves};
