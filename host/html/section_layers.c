/* SPDX-License-Identifier: MIT
 * Outputs and gradients of the layers that --watch-layers has seen. */
#include <math.h>

#include "html/chart.h"
#include "html/html.h"
#include "html/sections.h"

static const struct {
    const char *title;
    const char *remark;
    gm_axis_kind kind;
} panels[GM_N_LAYER_METRICS] = {
    [GM_LAYER_OUTPUT_STD] = {"Outputs", "standard deviation", GM_AXIS_LOGARITHMIC},
    [GM_LAYER_SATURATED] = {"Saturated", "or zero, share of the outputs", GM_AXIS_SHARES},
    [GM_LAYER_GRADIENT_NORM] = {"Gradients", "norm of dL/dz", GM_AXIS_LOGARITHMIC},
};

static void fit(gm_chart *chart, const gm_loss_curve *curves, unsigned n)
{
    double low = (double)INFINITY;
    double high = -(double)INFINITY;
    for (unsigned l = 0; l < n; ++l) {
        for (size_t i = 0; i < curves[l].n; ++i) {
            const gm_loss_point *point = &curves[l].points[i];
            chart->x.high = fmax(chart->x.high, point->step);
            if (isnan(point->loss))
                continue;
            low = fmin(low, point->loss);
            high = fmax(high, point->loss);
        }
    }
    gm_axis_fit(&chart->y, low <= high ? low : 0, low <= high ? high : 1);
}

/* curves (n) */
static void write_panel(FILE *stream, size_t panel, const gm_loss_curve *curves, unsigned n)
{
    gm_chart chart = {
        .title = panels[panel].title,
        .x = {"step", GM_AXIS_NUMBERS, 0, 1},
        .y.kind = panels[panel].kind,
    };
    fit(&chart, curves, n);
    gm_html(stream, "<figure><figcaption>%s <small class=\"soft\">%s</small></figcaption>",
            panels[panel].title, panels[panel].remark);
    gm_chart_begin(stream, &chart);
    for (unsigned l = 0; l < n; ++l) {
        char style[16];
        snprintf(style, sizeof style, "c%u%s", l % GM_CHART_COLOURS + 1,
                 l >= GM_CHART_COLOURS ? " dash" : "");
        gm_chart_curve(stream, &chart, &curves[l], style);
    }
    gm_chart_end(stream);
    fputs("</figure>\n", stream);
}

static gemlet_status write_layers(FILE *stream, const gm_run_page *page)
{
    fputs("<ul class=\"key\">", stream);
    for (unsigned l = 0; l < page->layers.n; ++l)
        gm_html(stream, "<li class=\"k%u\">layer %u%s</li>", l % GM_CHART_COLOURS + 1, l + 1,
                l >= GM_CHART_COLOURS ? " (dashed)" : "");
    fputs("</ul>\n<div class=\"charts\">\n", stream);
    for (size_t m = 0; m < GM_N_LAYER_METRICS; ++m)
        write_panel(stream, m, page->layers.curves[m], page->layers.n);
    fputs("</div>\n", stream);
    return GEMLET_OK;
}

static int has_layers(const gm_run_page *page)
{
    return page->layers.n > 0;
}

const gm_section gm_section_layers = {"layers", "Layer by layer", has_layers, write_layers};
