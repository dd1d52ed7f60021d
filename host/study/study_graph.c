/* SPDX-License-Identifier: MIT
 * See study_graph.h. Colours: Okabe & Ito's palette, told apart also by the colour-blind. */
#include "study/study_graph.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "core/file.h"
#include "core/memory.h"
#include "model/spec.h"
#include "report/gnuplot.h"

#define MAX_TITLE_BYTES 120u

/* In the order of gm_study_schemes. */
static const char *const colours[GM_STUDY_N_SCHEMES] = {"#D55E00", "#E69F00", "#0072B2", "#009E73",
                                                        "#CC79A7"};
static const int points[GM_STUDY_N_SCHEMES] = {7, 5, 9, 11, 13};

/* Opens <name>.gp and writes its head. */
static gemlet_status begin_script(gm_atomic_file *file, const gm_gnuplot_picture *picture)
{
    char *path;
    GEMLET_TRY(gm_format_string(&path, "%s/%s.gp", picture->directory, picture->name));
    const gemlet_status status = gm_atomic_file_open(file, path);
    free(path);
    GEMLET_TRY(status);
    gm_gnuplot_write_head(file->stream, picture);
    return GEMLET_OK;
}

static gemlet_status end_script(gm_atomic_file *file, char **note,
                                const gm_gnuplot_picture *picture)
{
    GEMLET_TRY(gm_atomic_file_commit(file));
    return gm_gnuplot_draw(note, picture);
}

/* ---- one case ------------------------------------------------------------------------------- */

/* Lines "middle of the bin, share of the elements in %" of one tensor. */
static void write_bins(FILE *stream, const char *name, unsigned layer,
                       const gm_tensor_statistics *s, const double range[2])
{
    const double width = (range[1] - range[0]) / GM_STUDY_BINS;
    double n = s->below + s->above;
    for (unsigned i = 0; i < GM_STUDY_BINS; ++i)
        n += s->bins[i];
    fprintf(stream, "$%s%u << EOD\n", name, layer);
    for (unsigned i = 0; i < GM_STUDY_BINS; ++i)
        fprintf(stream, "%.6g,%.6g\n", range[0] + (i + 0.5) * width, 100.0 * s->bins[i] / n);
    fputs("EOD\n", stream);
}

/* About four tics up to the largest share. */
static void write_tics(FILE *stream, const gm_tensor_statistics *s)
{
    static const double steps[] = {0.5, 1, 2, 5, 10, 20};
    double n = s->below + s->above;
    double most = 0;
    for (unsigned i = 0; i < GM_STUDY_BINS; ++i) {
        n += s->bins[i];
        most = s->bins[i] > most ? s->bins[i] : most;
    }
    unsigned i = 0;
    while (i < 5 && 4 * steps[i] < 100 * most / n)
        ++i;
    fprintf(stream, "set ytics %g\n", steps[i]);
}

/* x rounded down to one digit, so that it makes a short label. */
static double one_digit(double x)
{
    const double unit = pow(10, floor(log10(x)));
    return floor(x / unit) * unit;
}

/* A range that begins at 0 or -1 or lies around 0, with tics of one digit. */
static void write_range(FILE *stream, const double range[2])
{
    if (!(range[1] > range[0]) || !isfinite(range[1] - range[0])) { /* all elements are equal */
        fputs("set xrange [-1:1]; set xtics (-1, 0, 1)\n", stream);
        return;
    }
    const double tic = one_digit(0.85 * range[1]);
    fprintf(stream, "set xrange [%.6g:%.6g]; ", range[0], range[1]);
    if (range[1] == 1)
        fprintf(stream, "set xtics (%g, %g, 1)\n", range[0], 0.5 * (range[0] + range[1]));
    else if (range[0] == 0)
        fprintf(stream, "set xtics (0, %.1g)\n", tic);
    else
        fprintf(stream, "set xtics (%.1g, '' 0, %.1g)\n", -tic, tic);
}

static void write_panels(FILE *stream, const gm_study_case *c)
{
    const int is_relu = c->activation == GEMLET_ACTIVATION_RELU;
    fputs("set ylabel 'outputs (%)' offset 1\n", stream);
    for (unsigned l = 0; l < c->depth; ++l) {
        const gm_study_layer *layer = &c->layers[l];
        write_range(stream, layer->y_range);
        write_tics(stream, &layer->y);
        fprintf(stream,
                "set title \"layer %u\\nstd %.2g\\n%.0f %% %s\"\n"
                "set xlabel 'output'\n"
                "plot $y%u using 1:2 with boxes linecolor '#0072B2'\n"
                "set ylabel ''\n",
                l + 1, layer->y.std, 100 * layer->y.saturated, is_relu ? "zero" : "saturated",
                l + 1);
    }
    fputs("set ylabel 'gradients (%)' offset 1\n", stream);
    for (unsigned l = 0; l < c->depth; ++l) {
        const gm_study_layer *layer = &c->layers[l];
        write_range(stream, layer->dz_range);
        write_tics(stream, &layer->dz);
        fprintf(stream,
                "set title \"norm %.2g\\n%.0f %% passed\"\n"
                "set xlabel 'dL/dz'\n"
                "plot $g%u using 1:2 with boxes linecolor '#D55E00'\n"
                "set ylabel ''\n",
                layer->dz.norm, 100 * layer->passed, l + 1);
    }
}

static gemlet_status write_case(FILE *stream, const gm_study_case *c)
{
    for (unsigned l = 0; l < c->depth; ++l) {
        write_bins(stream, "y", l + 1, &c->layers[l].y, c->layers[l].y_range);
        write_bins(stream, "g", l + 1, &c->layers[l].dz, c->layers[l].dz_range);
    }
    GEMLET_TRY(gm_gnuplot_write_text(stream, "heading", c->title, MAX_TITLE_BYTES));
    fprintf(stream,
            "set style fill solid 0.9 noborder\n"
            "set boxwidth 1 relative\n"
            "set yrange [0:*]\n"
            "set tmargin 4.5\n"
            "set bmargin 3.6\n"
            "unset key\n"
            "do for [format in formats] {\n"
            "eval begin(format)\n"
            "set multiplot layout 2,%u title heading . ': outputs above, gradients below'\n",
            c->depth);
    write_panels(stream, c);
    fputs("unset multiplot\nunset output\n}\n", stream);
    return GEMLET_OK;
}

gemlet_status gm_study_graph_case(char **note, const char *directory, const gm_study_case *c)
{
    const gm_gnuplot_picture picture = {
        .directory = directory,
        .name = c->name,
        .title = "Outputs and gradients of an untrained network, layer by layer.",
        .width = 290 * (int)(c->depth > 3 ? c->depth : 3),
        .height = 820,
    };
    gm_atomic_file file;
    *note = NULL;
    GEMLET_TRY(begin_script(&file, &picture));
    const gemlet_status status = write_case(file.stream, c);
    if (status != GEMLET_OK) {
        gm_atomic_file_abort(&file);
        return status;
    }
    return end_script(&file, note, &picture);
}

/* ---- all cases ------------------------------------------------------------------------------ */

static unsigned scheme_position(gemlet_init_scheme scheme)
{
    unsigned i = 0;
    while (i + 1 < GM_STUDY_N_SCHEMES && gm_study_schemes[i] != scheme)
        ++i;
    return i;
}

static int is_shown(const gm_study *study, const gm_study_case *c)
{
    return c->depth == study->options.depth;
}

static unsigned count_panels(const gm_study *study)
{
    unsigned n = 0;
    for (unsigned a = 0; a < GM_STUDY_N_ACTIVATIONS; ++a)
        n += (unsigned)gm_study_has_activation(&study->options, gm_study_activations[a]);
    return n;
}

/* The curves of one activation, from column `column` of its cases' data. */
static void write_curves(FILE *stream, const gm_study *study, gemlet_activation activation,
                         unsigned column, int has_points)
{
    const char *separator = "plot ";
    for (size_t i = 0; i < study->n_cases; ++i) {
        const gm_study_case *c = &study->cases[i];
        if (!is_shown(study, c) || c->activation != activation)
            continue;
        const unsigned s = scheme_position(c->scheme);
        fprintf(stream, "%s$case%zu using 1:($%u > 0 ? $%u : NaN) with %s linecolor '%s' ",
                separator, i, column, column, has_points ? "linespoints" : "lines", colours[s]);
        fprintf(stream, "dashtype %s linewidth %s ", c->batch_norm ? "(6,6)" : "1",
                c->batch_norm ? "2" : "3");
        if (has_points)
            fprintf(stream, "pointtype %d pointsize %s", points[s], c->batch_norm ? "0.8" : "1.3");
        separator = ", \\\n    ";
    }
    fputs("\n", stream);
}

/* One line of the key, at `x` of the width. */
static void write_key_line(FILE *stream, double x, const char *colour, const char *dashes,
                           const char *text)
{
    fprintf(stream,
            "set arrow from screen %.3f,0.03 to screen %.3f,0.03 nohead linecolor '%s' "
            "dashtype %s linewidth 3\n"
            "set label '%s' at screen %.3f,0.03\n",
            x, x + 0.03, colour, dashes, text, x + 0.037);
}

/* The key of all panels, below them: gnuplot's own must fit into one. */
static void write_key(FILE *stream, const gm_study *study)
{
    double x = 0.03;
    for (unsigned s = 0; s < GM_STUDY_N_SCHEMES; ++s) {
        if (study->options.scheme != GM_STUDY_ALL && study->options.scheme != gm_study_schemes[s])
            continue;
        write_key_line(stream, x, colours[s], "1", gm_study_scheme_title(gm_study_schemes[s]));
        x += gm_study_schemes[s] == GEMLET_INIT_SCALED_NORMAL ? 0.165 : 0.12;
    }
    if (study->options.batch_norm != 1)
        write_key_line(stream, x, "#000000", "1", "no batch-norm");
    x += 0.18;
    if (study->options.batch_norm != 0)
        write_key_line(stream, x, "#000000", "(6,6)", "batch-norm");
}

/* Panels of all activations in a row. */
static void write_row(FILE *stream, const gm_study *study, unsigned column, int has_points,
                      const char *suffix)
{
    for (unsigned a = 0; a < GM_STUDY_N_ACTIVATIONS; ++a) {
        const gemlet_activation activation = gm_study_activations[a];
        if (!gm_study_has_activation(&study->options, activation))
            continue;
        fprintf(stream, "set title '%s%s'\n",
                activation == GEMLET_ACTIVATION_RELU ? "ReLU" : gm_activation_name(activation),
                suffix);
        write_curves(stream, study, activation, column, has_points);
        fputs("set ylabel ''\nunset arrow\nunset label\n", stream);
    }
}

static void write_summary(FILE *stream, const gm_study *study)
{
    for (size_t i = 0; i < study->n_cases; ++i) {
        const gm_study_case *c = &study->cases[i];
        fprintf(stream, "$case%zu << EOD\n", i);
        for (unsigned l = 0; l < c->depth; ++l)
            fprintf(stream, "%u,%.6g,%.6g\n", l + 1, c->layers[l].y.std, c->layers[l].dz.norm);
        fputs("EOD\n", stream);
    }
    fprintf(stream,
            "set logscale y\n"
            "set format y '10^{%%T}'\n"
            "set xrange [0.8:%u.2]\n"
            "set xtics 1\n"
            "set xlabel 'hidden layer'\n"
            "do for [format in formats] {\n"
            "eval begin(format)\n"
            "eval 'set terminal ' . (format eq 'png' ? 'pngcairo' : 'svg') . ' enhanced'\n"
            "set multiplot layout 2,%u margins 0.09,0.98,0.145,0.935 spacing 0.07,0.16\n"
            "unset key\n"
            "set ylabel 'std of the outputs'\n",
            study->options.depth, count_panels(study));
    write_key(stream, study);
    write_row(stream, study, 2, 1, ": outputs");
    fputs("set ylabel 'norm of the gradients dL/dz'\n", stream);
    write_row(stream, study, 3, 1, ": gradients");
    fputs("unset multiplot\nunset output\n}\n", stream);
}

gemlet_status gm_study_graph_summary(char **note, const char *directory, const gm_study *study)
{
    const gm_gnuplot_picture picture = {
        .directory = directory,
        .name = "init_study",
        .title = "Spread of outputs and norm of gradients against depth, untrained networks.",
        .width = 1400,
        .height = 960,
    };
    gm_atomic_file file;
    *note = NULL;
    GEMLET_TRY(begin_script(&file, &picture));
    write_summary(file.stream, study);
    return end_script(&file, note, &picture);
}

static void write_losses(FILE *stream, const gm_study *study)
{
    for (size_t i = 0; i < study->n_cases; ++i) {
        const gm_study_case *c = &study->cases[i];
        fprintf(stream, "$case%zu << EOD\n", i);
        for (size_t k = 0; k < c->n_losses; ++k)
            fprintf(stream, "%" PRIu64 ",%.6g\n", c->losses[k].step, c->losses[k].loss);
        fputs("EOD\n", stream);
    }
    fprintf(stream,
            "set logscale y\n"
            "set yrange [0.05:30]\n"
            "set format y '%%g'\n"
            "set xrange [0:%" PRIu64 "]\n"
            "set xlabel 'step'\n"
            "do for [format in formats] {\n"
            "eval begin(format)\n"
            "set multiplot layout 1,%u margins 0.075,0.97,0.235,0.895 spacing 0.06,0.1\n"
            "unset key\n"
            "set ylabel 'training loss (nats)'\n",
            study->options.steps, count_panels(study));
    write_key(stream, study);
    write_row(stream, study, 2, 0, "");
    fputs("unset multiplot\nunset output\n}\n", stream);
}

gemlet_status gm_study_graph_loss(char **note, const char *directory, const gm_study *study)
{
    const gm_gnuplot_picture picture = {
        .directory = directory,
        .name = "init_study_loss",
        .title = "Training loss after different initial weights.",
        .width = 1400,
        .height = 560,
    };
    gm_atomic_file file;
    *note = NULL;
    GEMLET_TRY(begin_script(&file, &picture));
    write_losses(file.stream, study);
    return end_script(&file, note, &picture);
}
