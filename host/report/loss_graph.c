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

/* A longer title would not fit the width of the picture. */
#define MAX_TITLE_BYTES 88

/* Colours: Okabe & Ito's palette, told apart also by the colour-blind. */
static const char script_body[] =
    "# A report holds the mean loss of the steps since the one before it. Of those that are\n"
    "# positive: their steps, and the running total of loss times steps.\n"
    "stats 'metrics.csv' skip 1 using ($4 > 0 ? $4 : NaN) nooutput\n"
    "count = STATS_records\n"
    "low = STATS_min\n"
    "high = STATS_max\n"
    "array step[count]\n"
    "array total[count]\n"
    "n = 0\n"
    "last = 0\n"
    "running = 0.0\n"
    "stats 'metrics.csv' skip 1 using ($4 > 0 ? (n = n + 1, \\\n"
    "    running = running + $4 * ($1 - last), last = $1, \\\n"
    "    step[n] = last, total[n] = running) : NaN) nooutput\n"
    "\n"
    "# Moving mean over the steps of up to `half` reports on either side. Near the start, where\n"
    "# the loss falls fast, it reaches half the way back, and as far ahead.\n"
    "half = count / 40\n"
    "least(a, b) = a < b ? a : b\n"
    "back(i) = least(half, (i - 1) / 2)\n"
    "ahead(i) = least(back(i), count - i)\n"
    "total_to(i) = i > 0 ? total[i] : 0\n"
    "step_to(i) = i > 0 ? step[i] : 0\n"
    "span(from, to) = (total[to] - total_to(from - 1)) / (step[to] - step_to(from - 1))\n"
    "mean(i) = span(i - back(i), i + ahead(i))\n"
    "\n"
    "if (has_test) {\n"
    "    low = least(low, test_loss)\n"
    "    high = -least(-high, -test_loss)\n"
    "}\n"
    "if (high > 10 * low) {\n"
    "    set logscale y\n"
    "    set yrange [low / 1.3 : high * 1.3]\n"
    "    # Powers of ten alone would be too few labels.\n"
    "    if (high < 200 * low) { set for [e = -12:12] ytics add (2 * 10.0**e, 5 * 10.0**e) }\n"
    "} else {\n"
    "    set yrange [0 : high * 1.05]\n"
    "}\n"
    "unit = step[count] < 1e5 ? 1 : 1000\n"
    "set xrange [0 : step[count] / unit]\n"
    "on = strlen(network . device) > 80 ? \"\\n\" : ' on '\n"
    "results = has_test ? sprintf(\"\\ntest accuracy %.2f %%, test loss %.4f\", \\\n"
    "    100 * test_accuracy, test_loss) : ''\n"
    "set title network . on . device . results offset 0,-0.3\n"
    "set xlabel (unit == 1 ? 'step' : 'step (thousands)')\n"
    "set ylabel 'cross-entropy loss (nats)'\n"
    "set format x '%.0f'\n"
    "set format y '%g'\n"
    "set key top right Left reverse samplen 2.5 spacing 1.2 opaque\n"
    "set rmargin 4\n"
    "\n"
    "smoothed = sprintf('training loss, moving mean of %d reports', 2 * half + 1)\n"
    "raw = 'training loss, mean between reports'\n"
    "tested = sprintf('test loss at the end, %.4f', test_loss)\n"
    "do for [format in formats] {\n"
    "    eval begin(format)\n"
    "    plot 'metrics.csv' skip 1 using ($1 / unit):($4 > 0 ? $4 : NaN) with lines \\\n"
    "             linecolor '#56B4E9' linewidth 1.5 title raw, \\\n"
    "         step using (step[int($1)] / unit):(half > 0 ? mean(int($1)) : NaN) with lines \\\n"
    "             linecolor '#0072B2' linewidth 3.5 title (half > 0 ? smoothed : ''), \\\n"
    "         has_test ? test_loss : NaN with lines dashtype (12,8) \\\n"
    "             linecolor '#D55E00' linewidth 2.5 title (has_test ? tested : '')\n"
    "}\n";

static gemlet_status write_variables(FILE *stream, const gm_loss_graph *graph)
{
    GEMLET_TRY(gm_gnuplot_write_text(stream, "network", graph->network, MAX_TITLE_BYTES));
    GEMLET_TRY(gm_gnuplot_write_text(stream, "device", graph->device, MAX_TITLE_BYTES));
    if (isnan(graph->test_loss)) {
        fputs("has_test = 0\ntest_loss = NaN\ntest_accuracy = NaN\n", stream);
        return GEMLET_OK;
    }
    fprintf(stream, "has_test = 1\ntest_loss = %.9g\ntest_accuracy = %.9g\n", graph->test_loss,
            graph->test_accuracy);
    return GEMLET_OK;
}

static gemlet_status write_script(const char *path, const gm_loss_graph *graph,
                                  const gm_gnuplot_picture *picture)
{
    gm_atomic_file file;
    GEMLET_TRY(gm_atomic_file_open(&file, path));
    gm_gnuplot_write_head(file.stream, picture);
    const gemlet_status status = write_variables(file.stream, graph);
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
        .title = "Training loss of one run, from " GM_LOSS_GRAPH_DATA ".",
        .width = 1200,
        .height = 720,
    };
    char *script;
    GEMLET_TRY(gm_path_join(&script, graph->directory, GM_LOSS_GRAPH_SCRIPT));
    const gemlet_status status = write_script(script, graph, &picture);
    free(script);
    GEMLET_TRY(status);
    return gm_gnuplot_draw(note, &picture);
}
