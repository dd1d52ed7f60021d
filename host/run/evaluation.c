/* SPDX-License-Identifier: MIT
 * See evaluation.h. */
#include "run/evaluation.h"

#include <math.h>
#include <stdlib.h>

#include "core/base64.h"
#include "core/json.h"
#include "core/memory.h"
#include "data/rows.h"
#include "html/run_page.h"
#include "report/png.h"
#include "run/results.h"
#include "table/answers.h"
#include "table/decode.h"

#define MAX_WORST_ITEMS 24u
#define MAX_WORST_ROWS  12u
#define MAX_RESIDUALS   1000u
/* Sides of a picture. */
#define MAX_SIDE 128u
/* Columns of a worst row; of wider tables the first. */
#define MAX_COLUMNS 40u

/* The functions that add return 1, or 0 when memory runs out, to be chained with &&. */

static int is_regression(const gm_run *r)
{
    return r->outcomes.n_classes == 0;
}

/* In the unit of the target. */
static double value_of(const gm_run *r, float answer)
{
    const gm_schema *schema = r->setup.rows.schema;
    return schema != NULL ? gm_answer_value(schema, answer) : (double)answer;
}

/* ---- calibration ---------------------------------------------------------------------------- */

static int add_calibration(cJSON *root, const gm_run *r)
{
    gm_calibration_bin bins[GM_CALIBRATION_BINS];
    double error;
    if (is_regression(r))
        return 1;
    gm_calibration_measure(bins, &error, &r->outcomes, gemlet_dataset_labels(r->setup.rows.test));
    cJSON *object = cJSON_AddObjectToObject(root, "calibration");
    int ok = object != NULL && gm_json_add_real(object, "expected_error", error);
    cJSON *array = cJSON_AddArrayToObject(object, "bins");
    for (size_t i = 0; ok && i < GM_CALIBRATION_BINS; ++i) {
        cJSON *bin = cJSON_CreateObject();
        ok = cJSON_AddItemToArray(array, bin) && gm_json_add_count(bin, "rows", bins[i].n_rows) &&
             gm_json_add_real(bin, "confidence", bins[i].confidence) &&
             gm_json_add_real(bin, "accuracy", bins[i].accuracy);
    }
    return ok;
}

/* ---- worst rows ----------------------------------------------------------------------------- */

static int is_picture(const gm_run *r)
{
    unsigned n_dims;
    const gemlet_dim *dims = gemlet_dataset_item_dims(r->setup.rows.test, &n_dims);
    return n_dims == 2 && dims[0] > 1 && dims[1] > 1 && dims[0] <= MAX_SIDE && dims[1] <= MAX_SIDE;
}

/* pixels (n) = values of an item, from its least as black to its greatest as white; bytes as they
 * are. */
static void shade(unsigned char *pixels, const void *values, gemlet_element element, size_t n)
{
    if (element == GEMLET_ELEMENT_U8) {
        for (size_t i = 0; i < n; ++i)
            pixels[i] = ((const unsigned char *)values)[i];
        return;
    }
    const float *v = values;
    float low = v[0];
    float high = v[0];
    for (size_t i = 1; i < n; ++i) {
        low = fminf(low, v[i]);
        high = fmaxf(high, v[i]);
    }
    for (size_t i = 0; i < n; ++i)
        pixels[i] = high > low ? (unsigned char)(255 * ((v[i] - low) / (high - low))) : 0;
}

static int add_picture(cJSON *object, const gm_run *r, const void *values)
{
    const gemlet_dataset *test = r->setup.rows.test;
    unsigned n_dims;
    const gemlet_dim *dims = gemlet_dataset_item_dims(test, &n_dims);
    const size_t n = (size_t)dims[0] * dims[1];
    unsigned char *pixels = NULL;
    unsigned char *png = NULL;
    char *text = NULL;
    size_t n_bytes;
    gemlet_status status = GM_ALLOC(pixels, n, "picture of a row");
    if (status == GEMLET_OK) {
        shade(pixels, values, gemlet_dataset_element(test), n);
        status = gm_png_encode(&png, &n_bytes, pixels, dims[0], dims[1]);
    }
    if (status == GEMLET_OK)
        status = gm_base64_encode(&text, png, n_bytes);
    const int ok = status == GEMLET_OK && gm_json_add_text(object, "picture", text);
    free(text);
    free(png);
    free(pixels);
    return ok;
}

static gemlet_dim n_shown_columns(const gm_schema *schema)
{
    return schema->n_columns < MAX_COLUMNS ? schema->n_columns : MAX_COLUMNS;
}

static int add_values(cJSON *object, const gm_run *r, const float *values)
{
    const gm_schema *schema = r->setup.rows.schema;
    cJSON *array = cJSON_AddArrayToObject(object, "values");
    int ok = array != NULL;
    for (gemlet_dim i = 0; ok && i < n_shown_columns(schema); ++i) {
        char *text;
        ok = gm_decode_value(&text, schema, i, values[i]) == GEMLET_OK &&
             cJSON_AddItemToArray(array, gm_json_create_text(text));
        free(text);
    }
    return ok;
}

static int add_class(cJSON *object, const gm_run *r, const char *key, uint32_t class_)
{
    const gm_schema *schema = r->setup.rows.schema;
    return schema != NULL ? gm_json_add_text(object, key, schema->classes[class_])
                          : gm_json_add_count(object, key, class_);
}

static int add_answers(cJSON *object, const gm_run *r, gemlet_dim row)
{
    const gm_outcomes *o = &r->outcomes;
    if (is_regression(r)) {
        const float target = gemlet_dataset_targets(r->setup.rows.test)[row];
        return gm_json_add_real(object, "target", value_of(r, target)) &&
               gm_json_add_real(object, "answer", value_of(r, o->confidences[row]));
    }
    return add_class(object, r, "target", gemlet_dataset_labels(r->setup.rows.test)[row]) &&
           add_class(object, r, "answer", o->answers[row]) &&
           gm_json_add_real(object, "confidence", (double)o->confidences[row]);
}

static int add_file_row(cJSON *object, const gm_run *r, gemlet_dim row)
{
    const gemlet_dim *rows = r->setup.rows.test_rows;
    return rows != NULL ? gm_json_add_count(object, "file_row", (uint64_t)rows[row] + 1)
                        : gm_json_add_text(object, "file_row", NULL);
}

/* values: room for those of a row */
static int add_worst_row(cJSON *array, const gm_run *r, uint32_t row, void *values)
{
    cJSON *object = cJSON_CreateObject();
    int ok = cJSON_AddItemToArray(array, object) &&
             gm_json_add_count(object, "row", (uint64_t)row + 1) && add_file_row(object, r, row) &&
             add_answers(object, r, row) &&
             gm_json_add_real(object, "loss", (double)r->outcomes.losses[row]) &&
             gm_rows_gather(r->setup.rows.test, &row, 1, values) == GEMLET_OK;
    if (ok && r->setup.rows.schema != NULL)
        ok = add_values(object, r, values);
    else if (ok && is_picture(r))
        ok = add_picture(object, r, values);
    return ok;
}

/* worst (n) out: the rows with the largest losses, the largest first; of equal ones the first row.
 * Returns their number, at most max. */
static size_t find_worst(uint32_t *worst, size_t max, const gm_outcomes *o)
{
    size_t n = 0;
    for (gemlet_dim row = 0; row < o->n_rows; ++row) {
        size_t at = n;
        while (at > 0 && o->losses[row] > o->losses[worst[at - 1]])
            --at;
        if (at == max)
            continue;
        n += n < max;
        for (size_t i = n - 1; i > at; --i)
            worst[i] = worst[i - 1];
        worst[at] = row;
    }
    return n;
}

static int add_columns(cJSON *root, const gm_schema *schema)
{
    if (schema == NULL)
        return 1;
    cJSON *array = cJSON_AddArrayToObject(root, "columns");
    int ok = array != NULL;
    for (gemlet_dim i = 0; ok && i < n_shown_columns(schema); ++i)
        ok = cJSON_AddItemToArray(array, gm_json_create_text(schema->columns[i].name));
    return ok;
}

static int add_worst(cJSON *root, const gm_run *r)
{
    uint32_t worst[MAX_WORST_ITEMS];
    const size_t n =
        find_worst(worst, is_picture(r) ? MAX_WORST_ITEMS : MAX_WORST_ROWS, &r->outcomes);
    const gemlet_dataset *test = r->setup.rows.test;
    unsigned char *values;
    if (GM_ALLOC(values, gm_rows_size(test), "values of a row") != GEMLET_OK)
        return 0;
    cJSON *array = cJSON_AddArrayToObject(root, "worst_rows");
    int ok = array != NULL && add_columns(root, r->setup.rows.schema);
    for (size_t i = 0; ok && i < n; ++i)
        ok = add_worst_row(array, r, worst[i], values);
    free(values);
    return ok;
}

/* ---- importance, residuals ------------------------------------------------------------------ */

static int add_importance(cJSON *root, const gm_run *r)
{
    const gm_importance *of = &r->importance;
    const gm_schema *schema = r->setup.rows.schema;
    const double unit = gm_schema_target_unit(schema);
    if (of->n_rows == 0)
        return 1;
    cJSON *object = cJSON_AddObjectToObject(root, "importance");
    cJSON *rows = cJSON_AddArrayToObject(object, "rows");
    int ok = rows != NULL && gm_json_add_count(object, "repeats", of->n_repeats);
    for (size_t i = 0; ok && i < of->n_rows; ++i)
        ok = cJSON_AddItemToArray(rows, cJSON_CreateNumber(of->rows[i]));
    cJSON *columns = cJSON_AddArrayToObject(object, "columns");
    for (size_t i = 0; ok && i < of->n_columns; ++i) {
        const gm_column_importance *c = &of->columns[i];
        cJSON *column = cJSON_CreateObject();
        ok = cJSON_AddItemToArray(columns, column) &&
             gm_json_add_text(column, "name", schema->columns[i].name) &&
             gm_json_add_real(column, "accuracy_fall", c->accuracy_fall) &&
             gm_json_add_real(column, "accuracy_std", c->accuracy_std) &&
             gm_json_add_real(column, "loss_rise", unit * c->loss_rise) &&
             gm_json_add_real(column, "loss_std", unit * c->loss_std);
    }
    return ok;
}

static int add_residuals(cJSON *root, const gm_run *r)
{
    const gm_outcomes *o = &r->outcomes;
    const float *known = gemlet_dataset_targets(r->setup.rows.test);
    const gemlet_dim every = (o->n_rows + MAX_RESIDUALS - 1) / MAX_RESIDUALS;
    if (!is_regression(r))
        return 1;
    cJSON *object = cJSON_AddObjectToObject(root, "residuals");
    cJSON *targets = cJSON_AddArrayToObject(object, "targets");
    cJSON *answers = cJSON_AddArrayToObject(object, "answers");
    int ok = targets != NULL && answers != NULL;
    for (gemlet_dim row = 0; ok && row < o->n_rows; row += every)
        ok = cJSON_AddItemToArray(targets, cJSON_CreateNumber(value_of(r, known[row]))) &&
             cJSON_AddItemToArray(answers, cJSON_CreateNumber(value_of(r, o->confidences[row])));
    return ok;
}

gemlet_status gm_run_save_evaluation(const gm_run *r)
{
    char *path;
    if (r->outcomes.n_rows == 0)
        return GEMLET_OK;
    cJSON *root = cJSON_CreateObject();
    const int ok =
        root != NULL && gm_json_add_count(root, "schema_version", GM_EVALUATION_SCHEMA) &&
        gm_json_add_count(root, "rows", r->outcomes.n_rows) &&
        gm_json_add_count(root, "classes", r->outcomes.n_classes) && add_calibration(root, r) &&
        add_worst(root, r) && add_importance(root, r) && add_residuals(root, r);
    gemlet_status status = gm_run_results_path(&path, r, GM_EVALUATION_NAME);
    if (!ok) {
        cJSON_Delete(root);
        root = NULL;
    }
    if (status == GEMLET_OK)
        status = gm_json_write(path, root);
    else
        cJSON_Delete(root);
    free(path);
    return status;
}
