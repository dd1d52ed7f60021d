/* SPDX-License-Identifier: MIT
 * See layer_history.h. */
#include "report/layer_history.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "core/memory.h"
#include "report/gnuplot.h"
#include "report/thin.h"

#define FIRST_CAPACITY  64
#define MAX_TITLE_BYTES 110

/* Of a curve. A panel is some 400 pixels wide, and there may be 64 curves in it. */
#define MAX_POINTS 1000u

static const char script_body[] =
    "# Okabe & Ito's palette; further layers repeat it with dashes.\n"
    "array colour[7] = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', "
    "'#000000']\n"
    "dash(l) = l > 7 ? 2 : 1\n"
    "set xlabel 'step'\n"
    "set xrange [0:last]\n"
    "# At most five tics: 1, 2 or 5 times a power of ten apart.\n"
    "unit = 10**floor(log10(last / 5.0))\n"
    "digit = last / 5.0 / unit\n"
    "set xtics unit * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10)\n"
    "set format x '%.0f'\n"
    "do for [format in formats] {\n"
    "eval begin(format)\n"
    "set multiplot layout 1,3 title network margins 0.065,0.965,0.24,0.8 spacing 0.09,0.1\n"
    "unset key\n"
    "set title 'outputs: standard deviation'\n"
    "if (log_outputs) { set logscale y } else { unset logscale y }\n"
    "set format y '%g'\n"
    "plot for [l=1:n_layers] $outputs index l-1 using 1:(log_outputs && $2 <= 0 ? NaN : $2) \\\n"
    "    with lines linecolor rgb colour[(l-1)%7+1] dashtype dash(l) linewidth 2 notitle\n"
    "set title 'outputs: saturated or zero (%)'\n"
    "unset logscale y\n"
    "set yrange [0:100]\n"
    "plot for [l=1:n_layers] $saturated index l-1 using 1:(100*$2) \\\n"
    "    with lines linecolor rgb colour[(l-1)%7+1] dashtype dash(l) linewidth 2 notitle\n"
    "set title 'gradients dL/dz: norm'\n"
    "if (log_gradients) { set logscale y }\n"
    "set yrange [*:*]\n"
    "set for [l=1:n_layers] label l sprintf('layer %d', l) at screen \\\n"
    "    0.065 + 0.92 * (l - 0.5) / n_layers, 0.04 center textcolor rgb colour[(l-1)%7+1]\n"
    "plot for [l=1:n_layers] $gradients index l-1 \\\n"
    "    using 1:(log_gradients && $2 <= 0 ? NaN : $2) \\\n"
    "    with lines linecolor rgb colour[(l-1)%7+1] dashtype dash(l) linewidth 2 notitle\n"
    "unset for [l=1:n_layers] label l\n"
    "unset multiplot\n"
    "unset output\n"
    "}\n";

static gemlet_status grow(gm_layer_history *history)
{
    const size_t capacity = history->capacity > 0 ? 2 * history->capacity : FIRST_CAPACITY;
    uint64_t *steps;
    gemlet_layer_report *layers;
    GEMLET_TRY(GM_ALLOC(steps, capacity, "history of the layers"));
    const gemlet_status status =
        GM_ALLOC(layers, capacity * history->n_layers, "history of the layers");
    if (status != GEMLET_OK) {
        free(steps);
        return status;
    }
    if (history->count > 0) {
        memcpy(steps, history->steps, history->count * sizeof *steps);
        memcpy(layers, history->layers, history->count * history->n_layers * sizeof *layers);
    }
    free(history->steps);
    free(history->layers);
    history->steps = steps;
    history->layers = layers;
    history->capacity = capacity;
    return GEMLET_OK;
}

gemlet_status gm_layer_history_append(gm_layer_history *history, uint64_t step,
                                      const gemlet_layer_report *layers, unsigned n_layers)
{
    history->n_layers = n_layers;
    if (history->count == history->capacity)
        GEMLET_TRY(grow(history));
    history->steps[history->count] = step;
    memcpy(history->layers + history->count * n_layers, layers, n_layers * sizeof *layers);
    ++history->count;
    return GEMLET_OK;
}

gemlet_status gm_layer_history_write_csv(const gm_layer_history *history, const char *path)
{
    gm_atomic_file file;
    GEMLET_TRY(gm_atomic_file_open(&file, path));
    fputs("step,layer,output_mean,output_std,output_min,output_max,saturated,dead,gradient_std,"
          "gradient_norm\n",
          file.stream);
    for (size_t i = 0; i < history->count; ++i) {
        for (unsigned l = 0; l < history->n_layers; ++l) {
            const gemlet_layer_report *r = &history->layers[i * history->n_layers + l];
            fprintf(file.stream, "%" PRIu64 ",%u,%.9g,%.9g,%.9g,%.9g,%.9g,%.9g,%.9g,%.9g\n",
                    history->steps[i], l + 1, r->output_mean, r->output_std, r->output_min,
                    r->output_max, r->saturated, r->dead, r->gradient_std, r->gradient_norm);
        }
    }
    return gm_atomic_file_commit(&file);
}

/* What one panel shows of a layer. */
typedef double (*quantity)(const gemlet_layer_report *layer);

static double output_std(const gemlet_layer_report *layer)
{
    return layer->output_std;
}

static double saturated(const gemlet_layer_report *layer)
{
    return layer->saturated;
}

static double gradient_norm(const gemlet_layer_report *layer)
{
    return layer->gradient_norm;
}

/* One curve of a block of data, thinned, and two empty lines. Without a point there is one outside
 * the picture, as gnuplot takes no empty curve. Returns 1 if one value is above 0. */
static int write_curve(FILE *stream, const gm_layer_history *history, const double *values,
                       size_t *kept)
{
    int is_positive = 0;
    const size_t n = gm_thin(kept, MAX_POINTS, values, history->count);
    for (size_t k = 0; k < n; ++k) {
        fprintf(stream, "%" PRIu64 ",%.9g\n", history->steps[kept[k]], values[kept[k]]);
        is_positive |= values[kept[k]] > 0.0;
    }
    fputs(n > 0 ? "\n\n" : "-1,1\n\n\n", stream);
    return is_positive;
}

/* The block of data $<name>, a curve for every layer, and the variable log_<name>: 1 if an axis for
 * them can be logarithmic. */
static gemlet_status write_block(FILE *stream, const gm_layer_history *history, const char *name,
                                 quantity of)
{
    double *values;
    size_t *kept;
    GEMLET_TRY(GM_ALLOC(values, history->count, "curve of a layer"));
    const gemlet_status status = GM_ALLOC(kept, MAX_POINTS, "curve of a layer");
    if (status == GEMLET_OK) {
        int is_positive = 0;
        fprintf(stream, "$%s << EOD\n", name);
        for (unsigned l = 0; l < history->n_layers; ++l) {
            for (size_t i = 0; i < history->count; ++i) {
                const double value = of(&history->layers[i * history->n_layers + l]);
                values[i] = isfinite(value) ? value : (double)NAN;
            }
            is_positive |= write_curve(stream, history, values, kept);
        }
        fprintf(stream, "EOD\nlog_%s = %d\n", name, is_positive);
        free(kept);
    }
    free(values);
    return status;
}

static gemlet_status write_variables(FILE *stream, const gm_layer_history *history,
                                     const char *network)
{
    fprintf(stream, "n_layers = %u\nlast = %" PRIu64 "\n", history->n_layers,
            history->steps[history->count - 1]);
    GEMLET_TRY(gm_gnuplot_write_text(stream, "network", network, MAX_TITLE_BYTES));
    GEMLET_TRY(write_block(stream, history, "outputs", output_std));
    GEMLET_TRY(write_block(stream, history, "saturated", saturated));
    return write_block(stream, history, "gradients", gradient_norm);
}

static gemlet_status write_script(const char *path, const gm_gnuplot_picture *picture,
                                  const gm_layer_history *history, const char *network)
{
    gm_atomic_file file;
    GEMLET_TRY(gm_atomic_file_open(&file, path));
    gm_gnuplot_write_head(file.stream, picture);
    const gemlet_status status = write_variables(file.stream, history, network);
    if (status != GEMLET_OK) {
        gm_atomic_file_abort(&file);
        return status;
    }
    fputs(script_body, file.stream);
    return gm_atomic_file_commit(&file);
}

gemlet_status gm_layer_history_draw(char **note, const gm_layer_history *history,
                                    const char *directory, const char *network)
{
    const gm_gnuplot_picture picture = {
        .directory = directory,
        .name = GM_LAYER_HISTORY_NAME,
        .title = "The layers during training. All reports are in " GM_LAYER_HISTORY_DATA ".",
        .width = 1400,
        .height = 520,
    };
    char *script;
    *note = NULL;
    GEMLET_TRY(gm_path_join(&script, directory, GM_LAYER_HISTORY_NAME ".gp"));
    const gemlet_status status = write_script(script, &picture, history, network);
    free(script);
    GEMLET_TRY(status);
    return gm_gnuplot_draw(note, &picture);
}

void gm_layer_history_free(gm_layer_history *history)
{
    free(history->layers);
    free(history->steps);
    *history = (gm_layer_history){0};
}
