/* SPDX-License-Identifier: MIT
 * See loss_curve.h. */
#include "report/loss_curve.h"

#include <math.h>
#include <stdlib.h>

#include "core/memory.h"
#include "report/thin.h"

void gm_loss_curve_free(gm_loss_curve *curve)
{
    free(curve->points);
    *curve = (gm_loss_curve){0};
}

/* Appends a point, for which there must be room. */
static void append(gm_loss_curve *curve, uint64_t step, double loss)
{
    const double shown = isfinite(loss) ? loss : (double)NAN;
    curve->points[curve->n++] = (gm_loss_point){(double)step, shown, shown, shown};
}

gemlet_status gm_loss_curve_create(gm_loss_curve *curve, const gm_history *history)
{
    *curve = (gm_loss_curve){0};
    GEMLET_TRY(GM_ALLOC(curve->points, history->count + 1, "loss of the run"));
    for (size_t i = 0; i < history->count; ++i)
        append(curve, history->reports[i].step, history->reports[i].train_loss);
    return GEMLET_OK;
}

gemlet_status gm_loss_curve_create_validation(gm_loss_curve *curve, const gm_history *history)
{
    *curve = (gm_loss_curve){0};
    GEMLET_TRY(GM_ALLOC(curve->points, history->count + 1, "validation loss of the run"));
    for (size_t i = 0; i < history->count; ++i) {
        const gemlet_progress *report = &history->reports[i];
        if (report->validation_step == report->step)
            append(curve, report->step, report->validation_loss);
    }
    return GEMLET_OK;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Loss times steps, and steps, of all points before one. */
typedef struct running_sum {
    double loss;
    double steps;
} running_sum;

/* sums (n + 1) out. A loss that was not finite counts for no steps. */
static void add_up(running_sum *sums, const gm_loss_curve *curve)
{
    sums[0] = (running_sum){0.0, 0.0};
    for (size_t i = 0; i < curve->n; ++i) {
        const double steps = curve->points[i].step - (i > 0 ? curve->points[i - 1].step : 0.0);
        const double loss = curve->points[i].loss;
        sums[i + 1] = sums[i];
        if (isnan(loss))
            continue;
        sums[i + 1].loss += steps * loss;
        sums[i + 1].steps += steps;
    }
}

gemlet_status gm_loss_curve_smooth(gm_loss_curve *curve, size_t n_reports)
{
    const size_t n = curve->n;
    const size_t before = (n_reports - 1) / 2;
    running_sum *sums;
    GEMLET_TRY(GM_ALLOC(sums, n + 1, "smoothed curve"));
    add_up(sums, curve);
    for (size_t i = 0; i < n; ++i) {
        const size_t back = least(before, i / 2);
        const size_t ahead = least(back < before ? back : n_reports / 2, n - 1 - i);
        const running_sum *first = &sums[i - back];
        const running_sum *end = &sums[i + ahead + 1];
        const double steps = end->steps - first->steps;
        const double mean = steps > 0 ? (end->loss - first->loss) / steps : (double)NAN;
        curve->points[i] = (gm_loss_point){curve->points[i].step, mean, mean, mean};
    }
    free(sums);
    return GEMLET_OK;
}

/* The loss of a curve at `step`, NAN if it has no point there. *at moves on with the steps. */
static double loss_at(const gm_loss_curve *curve, size_t *at, double step)
{
    while (*at < curve->n && curve->points[*at].step < step)
        ++*at;
    return *at < curve->n && curve->points[*at].step == step ? curve->points[*at].loss
                                                             : (double)NAN;
}

gemlet_status gm_loss_curve_mean(gm_loss_curve *mean, const gm_loss_curve *curves, size_t n)
{
    *mean = (gm_loss_curve){0};
    size_t *at;
    GEMLET_TRY(GM_ALLOC(at, n, "mean curve"));
    const gemlet_status status = GM_ALLOC(mean->points, curves[0].n, "mean curve");
    for (size_t i = 0; status == GEMLET_OK && i < curves[0].n; ++i) {
        const double step = curves[0].points[i].step;
        gm_loss_point point = {step, 0.0, (double)INFINITY, -(double)INFINITY};
        size_t n_losses = 0;
        for (size_t k = 0; k < n; ++k) {
            const double loss = loss_at(&curves[k], &at[k], step);
            if (isnan(loss))
                continue;
            point.loss += loss;
            point.low = fmin(point.low, loss);
            point.high = fmax(point.high, loss);
            ++n_losses;
        }
        point.loss /= (double)n_losses; /* 0 / 0: NAN */
        mean->points[mean->n++] = point;
    }
    free(at);
    return status;
}

/* Widens the bands of the points kept, so that they reach as far as those between them. */
static void widen(gm_loss_point *points, const size_t *kept, size_t n_kept, size_t n)
{
    for (size_t k = 0; k < n_kept; ++k) {
        gm_loss_point *point = &points[kept[k]];
        const size_t end = k + 1 < n_kept ? kept[k + 1] : n;
        for (size_t i = k > 0 ? kept[k] : 0; i < end; ++i) {
            point->low = fmin(point->low, points[i].low);
            point->high = fmax(point->high, points[i].high);
        }
    }
}

gemlet_status gm_loss_curve_thin(gm_loss_curve *curve, size_t max)
{
    double *losses;
    size_t *kept;
    GEMLET_TRY(GM_ALLOC(losses, curve->n + 1, "thinned curve"));
    const gemlet_status status = GM_ALLOC(kept, max, "thinned curve");
    if (status == GEMLET_OK) {
        for (size_t i = 0; i < curve->n; ++i)
            losses[i] = curve->points[i].loss;
        const size_t n_kept = gm_thin(kept, max, losses, curve->n);
        widen(curve->points, kept, n_kept, curve->n);
        for (size_t k = 0; k < n_kept; ++k)
            curve->points[k] = curve->points[kept[k]];
        curve->n = n_kept;
        free(kept);
    }
    free(losses);
    return status;
}

void gm_loss_range_include(gm_loss_range *range, const gm_loss_curve *curve)
{
    for (size_t i = 0; i < curve->n; ++i) {
        const gm_loss_point *point = &curve->points[i];
        range->last = fmax(range->last, point->step);
        if (!(point->loss > 0.0))
            continue;
        range->low = range->low > 0.0 ? fmin(range->low, point->loss) : point->loss;
        range->high = fmax(range->high, point->loss);
    }
}

void gm_loss_range_write(FILE *stream, const gm_loss_range *range)
{
    /* A loss that is 0 everywhere still has its place on an axis. */
    const double high = range->high > 0.0 ? range->high : 1.0;
    const double last = range->last > 0.0 ? range->last : 1.0;
    const double unit = last < 1e5 ? 1.0 : 1000.0;
    const int is_logarithmic = range->high > 10.0 * range->low;
    fprintf(stream, "last = %.9g\nunit = %g\nis_logarithmic = %d\n", last, unit, is_logarithmic);
    fprintf(stream, "set xrange [0 : %.9g]\n", last / unit);
    if (!is_logarithmic) {
        fprintf(stream, "set yrange [0 : %.9g]\n", 1.05 * high);
        return;
    }
    fprintf(stream, "set logscale y\nset yrange [%.9g : %.9g]\n", range->low / 1.3, 1.3 * high);
    /* Powers of ten alone would be too few labels. */
    if (range->high < 200.0 * range->low)
        fputs("set for [e = -12:12] ytics add (2 * 10.0**e, 5 * 10.0**e)\n", stream);
}
