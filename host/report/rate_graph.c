/* SPDX-License-Identifier: MIT
 * The gnuplot script of a schedule; see rate_graph.h. */
#include "report/rate_graph.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/file.h"
#include "report/gnuplot.h"

/* A longer title would not fit the width of the picture. */
#define MAX_TITLE_BYTES 88

static const char script_body[] = "set title schedule offset 0,-0.3\n"
                                  "set xlabel 'step'\n"
                                  "set ylabel 'learning rate'\n"
                                  "set format x '%.0f'\n"
                                  "set format y '%g'\n"
                                  "set yrange [0:*]\n"
                                  "set rmargin 4\n"
                                  "\n"
                                  "do for [format in formats] {\n"
                                  "    eval begin(format)\n"
                                  "    plot $rates using 1:2 with lines linecolor '#0072B2' \\\n"
                                  "             linewidth 2.5 notitle\n"
                                  "    unset output\n"
                                  "}\n";

static gemlet_status write_script(const char *path, const gm_rate_graph *graph,
                                  const gm_gnuplot_picture *picture)
{
    gm_atomic_file file;
    GEMLET_TRY(gm_atomic_file_open(&file, path));
    gm_gnuplot_write_head(file.stream, picture);
    const gemlet_status status =
        gm_gnuplot_write_text(file.stream, "schedule", graph->title, MAX_TITLE_BYTES);
    if (status != GEMLET_OK) {
        gm_atomic_file_abort(&file);
        return status;
    }
    fputs("$rates << EOD\n", file.stream);
    for (size_t i = 0; i < graph->n; ++i)
        fprintf(file.stream, "%" PRIu64 ",%.9g\n", graph->points[i].step, graph->points[i].rate);
    fputs("EOD\n", file.stream);
    fputs(script_body, file.stream);
    return gm_atomic_file_commit(&file);
}

gemlet_status gm_rate_graph_draw(char **note, const gm_rate_graph *graph)
{
    *note = NULL;
    const gm_gnuplot_picture picture = {
        .directory = graph->directory,
        .name = GM_RATE_GRAPH_NAME,
        .title = "Learning rates of a run.",
        .width = 1200,
        .height = 540,
    };
    char *script;
    GEMLET_TRY(gm_path_join(&script, graph->directory, GM_RATE_GRAPH_NAME ".gp"));
    const gemlet_status status = write_script(script, graph, &picture);
    free(script);
    GEMLET_TRY(status);
    return gm_gnuplot_draw(note, &picture);
}
