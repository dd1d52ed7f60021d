/* SPDX-License-Identifier: MIT
 * The gnuplot script of a comparison and its data; see curves_graph.h. */
#include "compare/curves_graph.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/memory.h"
#include "report/gnuplot.h"

/* Longer ones would not fit the picture. */
#define MAX_TITLE_BYTES 88
#define MAX_LABEL_BYTES 60

/* Colours: Okabe & Ito's palette without its yellow, which is too light for lines on white. Beyond
 * seven curves the dashes differ. */
static const char script_body[] =
    "array colours[7] = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', "
    "'#000000']\n"
    "colour(i) = colours[i % 7 + 1]\n"
    "\n"
    "shown(x) = x > 0 || !is_logarithmic ? x : NaN\n"
    "set title network . (strlen(network) * strlen(bands) > 0 ? \"\\n\" : '') . bands offset "
    "0,-0.3\n"
    "set xlabel (unit == 1 ? 'step' : 'step (thousands)')\n"
    "set ylabel 'training loss' . unit_of_loss . smoothed\n"
    "set format x '%.0f'\n"
    "set format y '%g'\n"
    "set key top right Left reverse samplen 2.5 spacing 1.2 opaque\n"
    "if (n_validated > 0) { set key below noopaque } # these curves rise\n"
    "set rmargin 4\n"
    "set style fill transparent solid 0.18 noborder\n"
    "\n"
    "do for [format in formats] {\n"
    "    eval begin(format)\n"
    "    plot for [i = 0 : n_curves - 1] data index i skip 1 \\\n"
    "             using ($2 / unit):(shown($4)):(shown($5)) with filledcurves \\\n"
    "             linecolor rgb colour(i) notitle, \\\n"
    "         for [i = 0 : n_curves - 1] data index i skip 1 \\\n"
    "             using ($2 / unit):(shown($3)) with lines \\\n"
    "             linecolor rgb colour(i) linewidth 2.5 dashtype 1 + i / 7 title labels[i + 1], "
    "\\\n"
    "         for [i = 0 : n_validated - 1] data index n_curves + i skip 1 \\\n"
    "             using ($2 / unit):(shown($3)) with linespoints pointtype 7 pointsize 0.6 \\\n"
    "             linecolor rgb colour(validated[i + 1]) linewidth 1.2 notitle, \\\n"
    "         NaN with linespoints pointtype 7 pointsize 0.6 linecolor rgb 'gray50' \\\n"
    "             title (n_validated > 0 ? 'with points: validation loss' : '')\n"
    "}\n";

/* A block of its own, two empty lines behind the one before, which is how gnuplot separates them.
 */
static void write_curve(FILE *stream, size_t group, const char *loss, const gm_loss_curve *curve,
                        int is_first)
{
    fprintf(stream, "%sgroup,step,%s,lowest,highest\n", is_first ? "" : "\n\n", loss);
    for (size_t i = 0; i < curve->n; ++i) {
        const gm_loss_point *point = &curve->points[i];
        if (!isnan(point->loss))
            fprintf(stream, "%zu,%.9g,%.9g,%.9g,%.9g\n", group + 1, point->step, point->loss,
                    point->low, point->high);
    }
}

static gemlet_status write_data(const gm_curves_graph *graph)
{
    char *path;
    gm_atomic_file file;
    GEMLET_TRY(gm_path_join(&path, graph->directory, GM_CURVES_GRAPH_DATA));
    const gemlet_status status = gm_atomic_file_open(&file, path);
    free(path);
    GEMLET_TRY(status);
    for (size_t g = 0; g < graph->groups->n; ++g)
        write_curve(file.stream, g, "train_loss", &graph->curves[g], g == 0);
    for (size_t g = 0; g < graph->groups->n; ++g) {
        if (graph->validation[g].n > 0)
            write_curve(file.stream, g, "validation_loss", &graph->validation[g], 0);
    }
    return gm_atomic_file_commit(&file);
}

static gemlet_status write_label(FILE *stream, const gm_run_groups *groups, size_t g)
{
    const gm_run_group *group = &groups->groups[g];
    char *text;
    char *variable;
    GEMLET_TRY(gm_format_string(&variable, "labels[%zu]", g + 1));
    gemlet_status status =
        group->n_runs == 1 ? gm_copy_string(&text, group->label)
                           : gm_format_string(&text, "%s (%zu seeds)", group->label, group->n_runs);
    if (status == GEMLET_OK) {
        status = gm_gnuplot_write_text(stream, variable, text, MAX_LABEL_BYTES);
        free(text);
    }
    free(variable);
    return status;
}

/* Which groups have a validation curve, behind the others in the data. The rest of the array is
 * filled: gnuplot looks at it even where no such curve is plotted. */
static void write_validated(FILE *stream, const gm_curves_graph *graph)
{
    size_t n = 0;
    fputs("array validated[n_curves]\n", stream);
    for (size_t g = 0; g < graph->groups->n; ++g) {
        if (graph->validation[g].n > 0)
            fprintf(stream, "validated[%zu] = %zu\n", ++n, g);
    }
    fprintf(stream, "n_validated = %zu\n", n);
    while (n < graph->groups->n)
        fprintf(stream, "validated[%zu] = 0\n", ++n);
}

static const gm_run_record *record_of(const gm_run_groups *groups, size_t g)
{
    return &groups->records[groups->groups[g].runs[0]];
}

/* The network, where all have the same, what bands mean, where there are any, and the unit of the
 * losses, unless there are regressions. */
static gemlet_status write_heading(FILE *stream, const gm_run_groups *groups)
{
    const char *network = gm_run_groups_trait(groups, 0, "network");
    int is_common = 1;
    int has_bands = 0;
    int is_of_classes = 1;
    for (size_t g = 0; g < groups->n; ++g) {
        is_common &= strcmp(gm_run_groups_trait(groups, g, "network"), network) == 0;
        has_bands |= groups->groups[g].n_runs > 1;
        is_of_classes &= isnan(record_of(groups, g)->figures[GM_FIGURE_TEST_RMSE]);
    }
    fprintf(stream, "unit_of_loss = '%s'\n", is_of_classes ? " (nats)" : "");
    fprintf(stream, "bands = '%s'\n",
            has_bands ? "lines: means over the seeds; bands: lowest to highest" : "");
    return gm_gnuplot_write_text(stream, "network", is_common ? network : "", MAX_TITLE_BYTES);
}

static gemlet_status write_variables(FILE *stream, const gm_curves_graph *graph)
{
    const gm_run_groups *groups = graph->groups;
    gm_loss_range range = {0};
    for (size_t g = 0; g < groups->n; ++g) {
        gm_loss_range_include(&range, &graph->curves[g]);
        gm_loss_range_include(&range, &graph->validation[g]);
    }
    gm_loss_range_write(stream, &range);
    fprintf(stream, "data = '" GM_CURVES_GRAPH_DATA "'\nn_curves = %zu\narray labels[n_curves]\n",
            groups->n);
    write_validated(stream, graph);
    for (size_t g = 0; g < groups->n; ++g)
        GEMLET_TRY(write_label(stream, groups, g));
    GEMLET_TRY(write_heading(stream, groups));
    if (graph->n_smoothed > 1)
        fprintf(stream, "smoothed = ', moving mean of %zu reports'\n", graph->n_smoothed);
    else
        fputs("smoothed = ''\n", stream);
    return GEMLET_OK;
}

static gemlet_status write_script(const gm_curves_graph *graph, const gm_gnuplot_picture *picture)
{
    char *path;
    gm_atomic_file file;
    GEMLET_TRY(gm_path_join(&path, graph->directory, GM_CURVES_GRAPH_NAME ".gp"));
    gemlet_status status = gm_atomic_file_open(&file, path);
    free(path);
    GEMLET_TRY(status);
    gm_gnuplot_write_head(file.stream, picture);
    status = write_variables(file.stream, graph);
    if (status != GEMLET_OK) {
        gm_atomic_file_abort(&file);
        return status;
    }
    fputs(script_body, file.stream);
    return gm_atomic_file_commit(&file);
}

gemlet_status gm_curves_graph_draw(char **note, const gm_curves_graph *graph)
{
    *note = NULL;
    const gm_gnuplot_picture picture = {
        .directory = graph->directory,
        .name = GM_CURVES_GRAPH_NAME,
        .title = "Losses of several runs, from " GM_CURVES_GRAPH_DATA ".",
        .width = 1200,
        .height = 720,
    };
    GEMLET_TRY(write_data(graph));
    GEMLET_TRY(write_script(graph, &picture));
    size_t n_points = 0;
    for (size_t g = 0; g < graph->groups->n; ++g)
        n_points += graph->curves[g].n;
    if (n_points > 0)
        return gm_gnuplot_draw(note, &picture);
    gm_gnuplot_remove_pictures(&picture);
    return gm_copy_string(note, "the runs report no loss");
}
