/* SPDX-License-Identifier: MIT
 * See layers_csv.h. */
#include "html/layers_csv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/memory.h"
#include "data/number.h"
#include "html/chart.h"
#include "report/layer_history.h"

#define MAX_FILE_BYTES ((size_t)1 << 26)

/* step, layer, and the metrics among the columns. */
#define N_FIELDS 10u
#define STEP     0u
#define LAYER    1u
static const unsigned places[GM_N_LAYER_METRICS] = {
    [GM_LAYER_OUTPUT_STD] = 3,
    [GM_LAYER_SATURATED] = 6,
    [GM_LAYER_GRADIENT_NORM] = 9,
};
static const char header[] =
    "step,layer,output_mean,output_std,output_min,output_max,saturated,dead,"
    "gradient_std,gradient_norm";

void gm_layers_free(gm_layers *layers)
{
    for (size_t m = 0; m < GM_N_LAYER_METRICS; ++m) {
        for (size_t l = 0; l < GM_MAX_SHOWN_LAYERS; ++l)
            gm_loss_curve_free(&layers->curves[m][l]);
    }
    *layers = (gm_layers){0};
}

static gemlet_status refuse_line(const char *path, size_t line)
{
    return gm_error(
        GEMLET_E_FORMAT,
        "%s: line %zu: found something else than 10 numbers, the second a layer from 1, "
        "expected it as gemlet train writes it",
        path, line);
}

/* fields (N_FIELDS) out; what is not finite is NAN. Returns 0 if they are not so many numbers. */
static int parse_line(double fields[N_FIELDS], const char *text)
{
    for (unsigned i = 0; i < N_FIELDS; ++i) {
        const size_t n = strcspn(text, ",");
        if (gm_number_parse(&fields[i], text, n) == GM_NUMBER_NONE)
            return 0;
        fields[i] = isfinite(fields[i]) ? fields[i] : (double)NAN;
        if ((text[n] == '\0') != (i + 1 == N_FIELDS))
            return 0;
        text += n + 1;
    }
    return fields[STEP] >= 0 && fields[LAYER] >= 1 && fields[LAYER] < 1e6;
}

static gemlet_status take_line(gm_layers *layers, const double fields[N_FIELDS], size_t n_lines,
                               const char *path)
{
    const size_t layer = (size_t)fields[LAYER] - 1;
    if (layer >= GM_MAX_SHOWN_LAYERS)
        return GEMLET_OK;
    layers->n = layer + 1 > layers->n ? (unsigned)layer + 1 : layers->n;
    for (size_t m = 0; m < GM_N_LAYER_METRICS; ++m) {
        gm_loss_curve *curve = &layers->curves[m][layer];
        const double value = fields[places[m]];
        if (curve->points == NULL)
            GEMLET_TRY(GM_ALLOC(curve->points, n_lines, path));
        curve->points[curve->n++] = (gm_loss_point){fields[STEP], value, value, value};
    }
    return GEMLET_OK;
}

static gemlet_status parse(gm_layers *layers, char *text, const char *path)
{
    size_t n_lines = 1;
    for (const char *c = text; *c != '\0'; ++c)
        n_lines += *c == '\n';
    char *rest = text;
    for (size_t line = 1; *rest != '\0'; ++line) {
        double fields[N_FIELDS];
        char *end = rest + strcspn(rest, "\n");
        char *next = *end == '\n' ? end + 1 : end;
        *end = '\0';
        if (line > 1 ? !parse_line(fields, rest) : strcmp(rest, header) != 0)
            return refuse_line(path, line);
        if (line > 1)
            GEMLET_TRY(take_line(layers, fields, n_lines, path));
        rest = next;
    }
    return GEMLET_OK;
}

static gemlet_status thin(gm_layers *layers)
{
    for (size_t m = 0; m < GM_N_LAYER_METRICS; ++m) {
        for (size_t l = 0; l < layers->n; ++l)
            GEMLET_TRY(gm_loss_curve_thin(&layers->curves[m][l], GM_CHART_POINTS));
    }
    return GEMLET_OK;
}

static gemlet_status read_file(gm_layers *layers, const char *path)
{
    char *text = NULL;
    size_t n_bytes;
    gm_number_locale locale;
    GEMLET_TRY(gm_file_read(&text, &n_bytes, path, MAX_FILE_BYTES));
    gemlet_status status = gm_number_enter(&locale);
    if (status == GEMLET_OK) {
        status = parse(layers, text, path);
        gm_number_leave(&locale);
    }
    if (status == GEMLET_OK)
        status = thin(layers);
    free(text);
    if (status != GEMLET_OK)
        gm_layers_free(layers);
    return status;
}

gemlet_status gm_layers_read(gm_layers *layers, const char *directory)
{
    char *path;
    *layers = (gm_layers){0};
    GEMLET_TRY(gm_path_join(&path, directory, GM_LAYER_HISTORY_DATA));
    const gemlet_status status = gm_file_exists(path) ? read_file(layers, path) : GEMLET_OK;
    free(path);
    return status;
}
