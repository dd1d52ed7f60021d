/* SPDX-License-Identifier: MIT
 * See row_weights.h. */
#include "run/row_weights.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/nearest_word.h"
#include "data/number.h"
#include "run/note.h"

#define MAX_NOTED 8u /* classes whose weight is told */

/* What is being found out. */
typedef struct weighing {
    const gm_rows *rows;
    const char *text;     /* of --class-weight */
    gemlet_dim n_classes; /* of the rows to train on */
    double *of_class;     /* (n_classes) */
} weighing;

/* ---- classes -------------------------------------------------------------------------------- */

static void name_class(char *name, size_t size, const weighing *w, gemlet_dim class_)
{
    const gm_schema *schema = w->rows->schema;
    if (schema != NULL)
        snprintf(name, size, "%s", schema->classes[class_]);
    else
        snprintf(name, size, "%u", class_);
}

static gemlet_status balance(const weighing *w)
{
    const gemlet_dim n_rows = gemlet_dataset_rows(w->rows->train);
    const uint32_t *labels = gemlet_dataset_labels(w->rows->train);
    gemlet_dim *counts;
    gemlet_dim n_present = 0;
    GEMLET_TRY(GM_ALLOC(counts, w->n_classes, "rows of classes"));
    for (gemlet_dim row = 0; row < n_rows; ++row)
        n_present += counts[labels[row]]++ == 0 ? 1 : 0;
    for (gemlet_dim c = 0; c < w->n_classes; ++c)
        w->of_class[c] =
            counts[c] > 0 ? (double)n_rows / ((double)counts[c] * (double)n_present) : 1;
    free(counts);
    return GEMLET_OK;
}

/* *class_ out: that of the name. */
static gemlet_status find_class(gemlet_dim *class_, const weighing *w, const char *text,
                                size_t length)
{
    char name[128];
    char nearest[128] = "";
    char given[128];
    size_t best = SIZE_MAX;
    snprintf(given, sizeof given, "%.*s", (int)length, text);
    for (gemlet_dim c = 0; c < w->n_classes; ++c) {
        name_class(name, sizeof name, w, c);
        if (strcmp(name, given) == 0) {
            *class_ = c;
            return GEMLET_OK;
        }
        if (gm_word_is_nearer(given, name, &best))
            snprintf(nearest, sizeof nearest, "%s", name);
    }
    if (nearest[0] != '\0')
        return gm_error(GEMLET_E_ARGUMENT,
                        "--class-weight: found no class '%.80s' in the data; did you mean '%.80s'?",
                        given, nearest);
    return gm_error(GEMLET_E_ARGUMENT,
                    "--class-weight: found '%.80s', expected balanced, or NAME=WEIGHT,... with "
                    "names of classes in the data",
                    given);
}

/* One NAME=WEIGHT (length bytes). The name may hold "=", the weight cannot. */
static gemlet_status read_weight(const weighing *w, const char *text, size_t length)
{
    char number[64];
    double weight = 0;
    gemlet_dim class_ = 0;
    size_t place = length;
    while (place > 0 && text[place - 1] != '=')
        --place;
    GEMLET_TRY(find_class(&class_, w, text, place > 0 ? place - 1 : length));
    snprintf(number, sizeof number, "%.*s", (int)(length - place), text + place);
    if (place == 0 || gm_number_parse(&weight, number, strlen(number)) != GM_NUMBER_FINITE ||
        !(weight >= 0 && weight <= 1e6))
        return gm_error(GEMLET_E_RANGE,
                        "--class-weight: found '%.*s', expected a weight from 0 to 1e6 behind '='",
                        (int)(length < 80 ? length : 80), text);
    w->of_class[class_] = weight;
    return GEMLET_OK;
}

static gemlet_status read_weights(const weighing *w)
{
    gm_number_locale locale;
    gemlet_status status = gm_number_enter(&locale);
    if (status != GEMLET_OK)
        return status;
    for (gemlet_dim c = 0; c < w->n_classes; ++c)
        w->of_class[c] = 1;
    for (const char *text = w->text; status == GEMLET_OK;) {
        const size_t length = strcspn(text, ",");
        status = read_weight(w, text, length);
        if (text[length] == '\0')
            break;
        text += length + 1;
    }
    gm_number_leave(&locale);
    return status;
}

static void note_classes(const weighing *w, const gm_run_events *events)
{
    char text[512] = "";
    size_t length = 0;
    for (gemlet_dim c = 0; c < w->n_classes && c < MAX_NOTED && length < sizeof text; ++c) {
        char name[44];
        name_class(name, sizeof name, w, c);
        length += (size_t)snprintf(text + length, sizeof text - length, "%s%s %.4g",
                                   c > 0 ? ", " : "", name, w->of_class[c]);
    }
    gm_note(events->on_note, events->user, "weights of classes: %s%s", text,
            w->n_classes > MAX_NOTED ? ", ..." : "");
}

static gemlet_status weigh_classes(weighing *w, const gm_run_events *events)
{
    if (gemlet_dataset_labels(w->rows->train) == NULL)
        return gm_error(GEMLET_E_ARGUMENT,
                        "--class-weight: found data with a number to predict, expected classes");
    w->n_classes = gemlet_dataset_classes(w->rows->train);
    GEMLET_TRY(GM_ALLOC(w->of_class, w->n_classes, "weights of classes"));
    GEMLET_TRY(strcmp(w->text, "balanced") == 0 ? balance(w) : read_weights(w));
    note_classes(w, events);
    return GEMLET_OK;
}

/* ---- rows ----------------------------------------------------------------------------------- */

/* As it is before the division by the mean. */
static double weight_of(const weighing *w, gemlet_dim row)
{
    const gemlet_dataset *train = w->rows->train;
    const float *before = gemlet_dataset_weights(train);
    const double by_class =
        w->of_class != NULL ? w->of_class[gemlet_dataset_labels(train)[row]] : 1;
    return by_class * (before != NULL ? (double)before[row] : 1);
}

static gemlet_status multiply(const weighing *w)
{
    const gemlet_dim n_rows = gemlet_dataset_rows(w->rows->train);
    float *weights;
    double sum = 0;
    for (gemlet_dim row = 0; row < n_rows; ++row)
        sum += weight_of(w, row);
    if (!(sum > 0))
        return gm_error(GEMLET_E_RANGE,
                        "all rows to train on have the weight 0, expected one above");
    GEMLET_TRY(GM_ALLOC(weights, n_rows, "weights of the rows"));
    for (gemlet_dim row = 0; row < n_rows; ++row)
        weights[row] = (float)(weight_of(w, row) / sum * n_rows);
    const gemlet_status status = gemlet_dataset_set_weights(w->rows->train, weights);
    free(weights);
    return status;
}

gemlet_status gm_row_weights_apply(gm_rows *rows, const gm_run_settings *settings,
                                   const gm_run_events *events)
{
    weighing w = {.rows = rows, .text = settings->class_weight};
    if (w.text == NULL && gemlet_dataset_weights(rows->train) == NULL)
        return GEMLET_OK;
    gemlet_status status = w.text != NULL ? weigh_classes(&w, events) : GEMLET_OK;
    if (status == GEMLET_OK)
        status = multiply(&w);
    free(w.of_class);
    return status;
}
