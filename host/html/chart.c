/* SPDX-License-Identifier: MIT
 * See chart.h. */
#include "html/chart.h"

#include <math.h>
#include <stdio.h>

#include "html/html.h"

/* Of the picture, in its own units, which are pixels on a phone. */
#define WIDTH  360.0
#define HEIGHT 230.0
#define LEFT   44.0
#define RIGHT  340.0
#define TOP    8.0
#define BOTTOM 192.0

/* ---- scales --------------------------------------------------------------------------------- */

/* 0..1 along the axis. */
static double place(const gm_axis *axis, double value)
{
    if (axis->kind == GM_AXIS_LOGARITHMIC)
        return (log(value) - log(axis->low)) / (log(axis->high) - log(axis->low));
    return (value - axis->low) / (axis->high - axis->low);
}

static double x_of(const gm_chart *chart, double value)
{
    return LEFT + place(&chart->x, value) * (RIGHT - LEFT);
}

static double y_of(const gm_chart *chart, double value)
{
    return BOTTOM - place(&chart->y, value) * (BOTTOM - TOP);
}

static int is_within(const gm_axis *axis, double value)
{
    const double at = place(axis, value);
    return at > -1e-9 && at < 1 + 1e-9;
}

/* A logarithm of 0 or less has no place. */
static int has_place(const gm_axis *axis, double value)
{
    return isfinite(value) && (axis->kind != GM_AXIS_LOGARITHMIC || value > 0);
}

void gm_axis_fit(gm_axis *axis, double low, double high)
{
    const int is_share = axis->kind == GM_AXIS_SHARES && low >= 0 && high <= 1;
    if (!(high > low)) {
        const double half = fabs(low) > 0 ? 0.1 * fabs(low) : 0.5;
        low -= half;
        high += half;
    }
    if (axis->kind == GM_AXIS_LOGARITHMIC && low > 0 && high > 10 * low) {
        axis->low = low / 1.15;
        axis->high = high * 1.15;
        return;
    }
    if (axis->kind == GM_AXIS_LOGARITHMIC)
        axis->kind = GM_AXIS_NUMBERS;
    const double margin = 0.04 * (high - low);
    axis->low = low >= 0 && low < 0.5 * (high - low) ? 0 : low - margin;
    axis->high = high <= 0 && high > -0.5 * (high - low) ? 0 : high + margin;
    if (is_share) {
        axis->low = fmax(axis->low, 0);
        axis->high = fmin(axis->high, 1);
    }
}

/* ---- ticks ---------------------------------------------------------------------------------- */

/* 1, 2 or 5 times a power of ten, so that about four fit into the range. */
static double tick_distance(double range)
{
    const double unit = pow(10, floor(log10(range / 4)));
    const double digit = range / 4 / unit;
    return unit * (digit < 1.5 ? 1 : digit < 3.5 ? 2 : digit < 7.5 ? 5 : 10);
}

/* `distance`: of ticks, which says how many decimals tell them apart. */
static void format_tick(char text[32], const gm_axis *axis, double value, double distance)
{
    const double shown = axis->kind == GM_AXIS_SHARES ? 100 * value : value;
    const double between = axis->kind == GM_AXIS_SHARES ? 100 * distance : distance;
    const double decimals = fmax(0, ceil(-log10(between) - 1e-9));
    const char *unit = axis->kind == GM_AXIS_SHARES ? "%" : "";
    const double largest = fmax(fabs(axis->low), fabs(axis->high));
    if (axis->kind == GM_AXIS_LOGARITHMIC || decimals > 6 || largest >= 1e9)
        snprintf(text, 32, "%.6g", value);
    else if (largest >= 1e6)
        snprintf(text, 32, "%gM", shown / 1e6);
    else if (largest >= 1e4 && between >= 100)
        snprintf(text, 32, "%gk", shown / 1e3);
    else
        snprintf(text, 32, "%.*f%s", (int)decimals, fabs(shown) < between / 2 ? 0.0 : shown, unit);
}

static void write_x_tick(FILE *stream, const gm_chart *chart, double value, double distance)
{
    char text[32];
    format_tick(text, &chart->x, value, distance);
    gm_html(stream, "<text class=\"tx\" x=\"%.1f\" y=\"%.1f\">%s</text>", x_of(chart, value),
            BOTTOM + 14, text);
}

static void write_y_tick(FILE *stream, const gm_chart *chart, double value, double distance)
{
    char text[32];
    const double y = y_of(chart, value);
    format_tick(text, &chart->y, value, distance);
    gm_html(stream,
            "<path class=\"grid\" d=\"M%.1f %.1fH%.1f\"/>"
            "<text class=\"ty\" x=\"%.1f\" y=\"%.1f\">%s</text>",
            LEFT, y, RIGHT, LEFT - 6, y + 3.5, text);
}

typedef void (*tick_writer)(FILE *stream, const gm_chart *chart, double value, double distance);

/* Powers of ten, with 2 and 5 times them where they alone would be few. */
static void write_logarithmic_ticks(FILE *stream, const gm_chart *chart, const gm_axis *axis,
                                    tick_writer write)
{
    const double decades = log10(axis->high) - log10(axis->low);
    const int every = decades > 6 ? (int)ceil(decades / 5) : 1;
    for (int power = (int)floor(log10(axis->low)); power <= log10(axis->high); power += every) {
        for (int digit = 1; digit < 10; ++digit) {
            const double value = digit * pow(10, power);
            if ((digit == 1 || (decades < 2.4 && (digit == 2 || digit == 5))) &&
                is_within(axis, value))
                write(stream, chart, value, value);
        }
    }
}

static void write_ticks(FILE *stream, const gm_chart *chart, const gm_axis *axis, tick_writer write)
{
    if (axis->kind == GM_AXIS_LOGARITHMIC) {
        write_logarithmic_ticks(stream, chart, axis, write);
        return;
    }
    const double distance = tick_distance(axis->high - axis->low);
    const double first = ceil(axis->low / distance - 1e-9);
    for (int i = 0; i < 12; ++i) {
        const double value = (first + i) * distance;
        if (is_within(axis, value))
            write(stream, chart, value, distance);
    }
}

void gm_chart_begin(FILE *stream, const gm_chart *chart)
{
    gm_html(stream, "<svg viewBox=\"0 0 %g %g\" role=\"img\" aria-label=\"%s\">", WIDTH, HEIGHT,
            chart->title);
    write_ticks(stream, chart, &chart->y, write_y_tick);
    write_ticks(stream, chart, &chart->x, write_x_tick);
    gm_html(stream, "<path class=\"axis\" d=\"M%g %gH%g\"/>", LEFT, BOTTOM, RIGHT);
    if (chart->x.label != NULL)
        gm_html(stream, "<text class=\"tl\" x=\"%g\" y=\"%g\">%s</text>", (LEFT + RIGHT) / 2,
                BOTTOM + 32, chart->x.label);
}

void gm_chart_end(FILE *stream)
{
    fputs("</svg>\n", stream);
}

/* ---- what is drawn -------------------------------------------------------------------------- */

void gm_chart_curve(FILE *stream, const gm_chart *chart, const gm_loss_curve *curve,
                    const char *style)
{
    int is_open = 0; /* a line is, to which the next point belongs */
    size_t n_drawn = 0;
    for (size_t i = 0; i < curve->n; ++i) {
        const gm_loss_point *point = &curve->points[i];
        if (!has_place(&chart->x, point->step) || !has_place(&chart->y, point->loss)) {
            is_open = 0;
            continue;
        }
        if (n_drawn++ == 0)
            gm_html(stream, "<path class=\"line %s\" d=\"", style);
        const double y = fmin(fmax(y_of(chart, point->loss), TOP), BOTTOM);
        gm_html(stream, "%s%.1f %.1f", is_open ? "L" : "M", x_of(chart, point->step), y);
        /* A point alone is a line of no length, which its round ends show. */
        if (!is_open)
            fputs("h0", stream);
        is_open = 1;
    }
    if (n_drawn > 0)
        fputs("\"/>", stream);
}

void gm_chart_line(FILE *stream, const gm_chart *chart, double x0, double y0, double x1, double y1,
                   const char *style)
{
    gm_html(stream, "<path class=\"line %s\" d=\"M%.1f %.1fL%.1f %.1f\"/>", style, x_of(chart, x0),
            y_of(chart, y0), x_of(chart, x1), y_of(chart, y1));
}

void gm_chart_bar(FILE *stream, const gm_chart *chart, double x0, double x1, double y,
                  const char *style)
{
    const double base = y_of(chart, fmax(chart->y.low, 0));
    const double top = y_of(chart, y);
    const double left = x_of(chart, x0);
    gm_html(stream, "<rect class=\"bar %s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>",
            style, left, fmin(top, base), x_of(chart, x1) - left, fabs(base - top));
}

void gm_chart_dots(FILE *stream, const gm_chart *chart, const double *x, const double *y, size_t n,
                   const char *style)
{
    size_t n_drawn = 0;
    for (size_t i = 0; i < n; ++i) {
        if (!has_place(&chart->x, x[i]) || !has_place(&chart->y, y[i]) ||
            !is_within(&chart->x, x[i]) || !is_within(&chart->y, y[i]))
            continue;
        if (n_drawn++ == 0)
            gm_html(stream, "<path class=\"dots %s\" d=\"", style);
        gm_html(stream, "M%.1f %.1fh0", x_of(chart, x[i]), y_of(chart, y[i]));
    }
    if (n_drawn > 0)
        fputs("\"/>", stream);
}
