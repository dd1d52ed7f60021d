/* SPDX-License-Identifier: MIT
 * The gnuplot script of one run, the same for every run but for the variables at its top; see
 * loss_graph.h. */
#include "report/loss_graph.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/file.h"
#include "core/memory.h"
#include "report/gnuplot.h"
#include "report/loss_curve.h"
#include "report/thin.h"

/* A longer title would not fit the width of the picture. */
#define MAX_TITLE_BYTES 88

/* Colours: Okabe & Ito's palette, told apart also by the colour-blind. */
static const char script_body[] =
    "shown(x) = x > 0 || !is_logarithmic ? x : NaN\n"
    "on = strlen(network . device) > 80 ? \"\\n\" : ' on '\n"
    "share = is_regression ? '' : sprintf('test accuracy %.2f %%, ', 100 * test_accuracy)\n"
    "results = has_test ? sprintf(\"\\n%stest loss %.4f\", share, test_loss) : ''\n"
    "set title network . on . device . results offset 0,-0.3\n"
    "set xlabel (unit == 1 ? 'step' : 'step (thousands)')\n"
    "set ylabel (is_regression ? 'mean squared error (1: of the mean)' : \\\n"
    "    'cross-entropy loss (nats)')\n"
    "set format x '%.0f'\n"
    "set format y '%g'\n"
    "set key top right Left reverse samplen 2.5 spacing 1.2 opaque\n"
    "if (best_step > 0) { set key below noopaque } # a validation loss rises\n"
    "set rmargin 4\n"
    "\n"
    "raw = 'training loss, mean between reports' . (is_thinned ? ', extremes' : '')\n"
    "moving = sprintf('training loss, moving mean of %d reports', n_smoothed)\n"
    "lowest = sprintf('its lowest, %.4f at step %.0f: the model', best_loss, best_step)\n"
    "tested = sprintf('test loss %s, %.4f', best_step > 0 ? 'of the model' : 'at the end', \\\n"
    "    test_loss)\n"
    "do for [format in formats] {\n"
    "    eval begin(format)\n"
    "    plot $reports using ($1 / unit):(shown($2)) with lines \\\n"
    "             linecolor '#56B4E9' linewidth 1.5 title raw, \\\n"
    "         $smooth using ($1 / unit):(n_smoothed > 1 ? shown($2) : NaN) with lines \\\n"
    "             linecolor '#0072B2' linewidth 3.5 title (n_smoothed > 1 ? moving : ''), \\\n"
    "         $validation using ($1 / unit):(shown($2)) with linespoints \\\n"
    "             pointtype 7 pointsize 0.5 linecolor '#009E73' linewidth 2 \\\n"
    "             title (best_step > 0 ? 'validation loss' : ''), \\\n"
    "         $best using ($1 / unit):(shown($2)) with points pointtype 6 pointsize 2.5 \\\n"
    "             linecolor '#009E73' linewidth 2.5 title (best_step > 0 ? lowest : ''), \\\n"
    "         has_test ? test_loss : NaN with lines dashtype (12,8) \\\n"
    "             linecolor '#D55E00' linewidth 2.5 title (has_test ? tested : '')\n"
    "    unset output\n"
    "}\n";

/* Thins the curve and writes it as a block of data. Without a point there is one outside the
 * picture, as gnuplot takes no empty block. */
static gemlet_status write_curve(FILE *stream, const char *name, gm_loss_curve *curve)
{
    GEMLET_TRY(gm_loss_curve_thin(curve, GM_THIN_POINTS));
    fprintf(stream, "$%s << EOD\n%s", name, curve->n == 0 ? "-1,0\n" : "");
    for (size_t i = 0; i < curve->n; ++i)
        fprintf(stream, "%.9g,%.9g\n", curve->points[i].step, curve->points[i].loss);
    fputs("EOD\n", stream);
    return GEMLET_OK;
}

/* The lowest point; {0} if there is none. */
static gm_loss_point lowest_of(const gm_loss_curve *curve)
{
    gm_loss_point lowest = {0};
    for (size_t i = 0; i < curve->n; ++i) {
        if (lowest.step == 0.0 || curve->points[i].loss < lowest.loss)
            lowest = curve->points[i];
    }
    return lowest;
}

/* The validation losses with their lowest, which is that of the model; best_step is 0 without. */
static gemlet_status write_validation(FILE *stream, gm_loss_curve *validation)
{
    gm_loss_point best = lowest_of(validation);
    fprintf(stream, "best_step = %.9g\nbest_loss = %.9g\n", best.step, best.loss);
    GEMLET_TRY(write_curve(stream, "validation", validation));
    return write_curve(stream, "best", &(gm_loss_curve){&best, best.step > 0.0});
}

/* The reports, their moving mean over up to 1/40 of them on either side, and what axes they need.
 */
static gemlet_status write_data(FILE *stream, const gm_loss_graph *graph)
{
    const size_t n = graph->history->count;
    const size_t n_smoothed = 2 * (n / 40) + 1;
    gm_loss_curve reports = {0};
    gm_loss_curve smooth = {0};
    gm_loss_curve validation = {0};
    gm_loss_point test = {.loss = graph->test_loss};
    gm_loss_range range = {0};
    gemlet_status status = GEMLET_OK;
    GEMLET_TRY_CLEANUP(status, gm_loss_curve_create(&reports, graph->history));
    GEMLET_TRY_CLEANUP(status, gm_loss_curve_create(&smooth, graph->history));
    GEMLET_TRY_CLEANUP(status, gm_loss_curve_smooth(&smooth, n_smoothed));
    GEMLET_TRY_CLEANUP(status, gm_loss_curve_create_validation(&validation, graph->history));
    gm_loss_range_include(&range, &reports);
    gm_loss_range_include(&range, &validation);
    gm_loss_range_include(&range, &(gm_loss_curve){&test, 1});
    gm_loss_range_write(stream, &range);
    fprintf(stream, "n_smoothed = %zu\nis_thinned = %d\n", n_smoothed, n > GM_THIN_POINTS);
    GEMLET_TRY_CLEANUP(status, write_curve(stream, "reports", &reports));
    GEMLET_TRY_CLEANUP(status, write_curve(stream, "smooth", &smooth));
    GEMLET_TRY_CLEANUP(status, write_validation(stream, &validation));
cleanup:
    gm_loss_curve_free(&validation);
    gm_loss_curve_free(&smooth);
    gm_loss_curve_free(&reports);
    return status;
}

static gemlet_status write_variables(FILE *stream, const gm_loss_graph *graph)
{
    GEMLET_TRY(gm_gnuplot_write_text(stream, "network", graph->network, MAX_TITLE_BYTES));
    GEMLET_TRY(gm_gnuplot_write_text(stream, "device", graph->device, MAX_TITLE_BYTES));
    fprintf(stream, "is_regression = %d\n", graph->is_regression);
    if (isnan(graph->test_loss)) {
        fputs("has_test = 0\ntest_loss = NaN\ntest_accuracy = NaN\n", stream);
        return GEMLET_OK;
    }
    fprintf(stream, "has_test = 1\ntest_loss = %.9g\n", graph->test_loss);
    if (!graph->is_regression)
        fprintf(stream, "test_accuracy = %.9g\n", graph->test_accuracy);
    return GEMLET_OK;
}

static gemlet_status write_script(const char *path, const gm_loss_graph *graph,
                                  const gm_gnuplot_picture *picture)
{
    gm_atomic_file file;
    GEMLET_TRY(gm_atomic_file_open(&file, path));
    gm_gnuplot_write_head(file.stream, picture);
    gemlet_status status = write_variables(file.stream, graph);
    if (status == GEMLET_OK)
        status = write_data(file.stream, graph);
    if (status != GEMLET_OK) {
        gm_atomic_file_abort(&file);
        return status;
    }
    fputs(script_body, file.stream);
    return gm_atomic_file_commit(&file);
}

gemlet_status gm_loss_graph_draw(char **note, const gm_loss_graph *graph)
{
    *note = NULL;
    const gm_gnuplot_picture picture = {
        .directory = graph->directory,
        .name = GM_LOSS_GRAPH_NAME,
        .title = "Losses of one run. All reports are in " GM_HISTORY_CSV_NAME ".",
        .width = 1200,
        .height = 720,
        .seconds = graph->seconds,
    };
    char *script;
    GEMLET_TRY(gm_path_join(&script, graph->directory, GM_LOSS_GRAPH_SCRIPT));
    const gemlet_status status = write_script(script, graph, &picture);
    free(script);
    GEMLET_TRY(status);
    return gm_gnuplot_draw(note, &picture);
}
