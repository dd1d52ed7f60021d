/* SPDX-License-Identifier: MIT
 * See contents.h. */
#include "export/contents.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/clean_text.h"
#include "core/json.h"
#include "core/memory.h"
#include "data/number.h"
#include "model/model.h"
#include "model/spec.h"
#include "table/column_fill.h"
#include "table/encode.h"
#include "table/missing.h"

/* ---- names ---------------------------------------------------------------------------------- */

static gemlet_status check_text(const char *text, const char *what, const char *path)
{
    const char *c = text;
    while (*c != '\0') {
        const size_t n = gm_utf8_length(c);
        if (n == 0)
            return gm_error(GEMLET_E_FORMAT, "%s: %s '%.80s': found bytes that are not UTF-8", path,
                            what, text);
        c += n;
    }
    return GEMLET_OK;
}

/* A model file may hold any bytes; ONNX and JSON take UTF-8 alone. */
static gemlet_status check_texts(const gm_schema *schema, const char *path)
{
    GEMLET_TRY(check_text(schema->target, "target", path));
    for (uint32_t i = 0; i < schema->n_classes; ++i)
        GEMLET_TRY(check_text(schema->classes[i], "class", path));
    for (gemlet_dim i = 0; i < schema->n_columns; ++i) {
        const gm_schema_column *column = &schema->columns[i];
        GEMLET_TRY(check_text(column->name, "column", path));
        for (uint32_t j = 0; j < column->n_levels; ++j)
            GEMLET_TRY(check_text(column->levels[j], "category", path));
    }
    return schema->missing != NULL ? check_text(schema->missing, "word for gaps", path) : GEMLET_OK;
}

/* ---- gaps ----------------------------------------------------------------------------------- */

/* Adds the texts that `separator` separates in the list. */
static gemlet_status add_words(gm_export_contents *c, const char *list, const char *separator)
{
    for (const char *word = list; word != NULL;) {
        const char *end = strstr(word, separator);
        const size_t length = end != NULL ? (size_t)(end - word) : strlen(word);
        GEMLET_TRY(GM_ALLOC(c->gap_words[c->n_gap_words], length + 1, "words for gaps"));
        memcpy(c->gap_words[c->n_gap_words++], word, length);
        word = end != NULL ? end + strlen(separator) : NULL;
    }
    return GEMLET_OK;
}

static gemlet_status list_gap_words(gm_export_contents *c)
{
    const char *more = c->schema->missing;
    size_t most = 2; /* the empty one, and one more than separators */
    for (const char *word = gm_missing_words(); *word != '\0'; ++word)
        most += *word == ',';
    for (const char *word = more; word != NULL && *word != '\0'; ++word)
        most += *word == ',';
    GEMLET_TRY(GM_ALLOC(c->gap_words, most + 1, "words for gaps"));
    GEMLET_TRY(add_words(c, "", ","));
    GEMLET_TRY(add_words(c, gm_missing_words(), ", "));
    return more != NULL ? add_words(c, more, ",") : GEMLET_OK;
}

/* ---- facts ---------------------------------------------------------------------------------- */

/* Takes the text over in every case; NULL: memory ran out. */
static gemlet_status add_fact(gm_export_contents *c, const char *key, char *value)
{
    if (value == NULL)
        return gm_error(GEMLET_E_MEMORY, "facts of an export: out of memory");
    assert(c->n_facts < GM_EXPORT_MAX_FACTS);
    c->facts[c->n_facts++] = (gm_export_fact){key, value, (double)NAN};
    return GEMLET_OK;
}

static gemlet_status add_text(gm_export_contents *c, const char *key, const char *text)
{
    char *copy;
    GEMLET_TRY(gm_copy_string(&copy, text));
    return add_fact(c, key, copy);
}

/* The shortest text that reads back the same. */
static gemlet_status add_real(gm_export_contents *c, const char *key, double value)
{
    char text[GM_NUMBER_TEXT_SIZE];
    gm_column_name_number(text, value);
    GEMLET_TRY(add_text(c, key, text));
    c->facts[c->n_facts - 1].number = value;
    return GEMLET_OK;
}

static gemlet_status add_classes(gm_export_contents *c)
{
    const gm_schema *schema = c->schema;
    cJSON *array = cJSON_CreateArray();
    gemlet_status status = GEMLET_OK;
    for (uint32_t i = 0; i < schema->n_classes && status == GEMLET_OK; ++i) {
        if (!cJSON_AddItemToArray(array, cJSON_CreateString(schema->classes[i])))
            status = gm_error(GEMLET_E_MEMORY, "classes of an export: out of memory");
    }
    char *text = status == GEMLET_OK ? cJSON_PrintUnformatted(array) : NULL;
    cJSON_Delete(array);
    return status == GEMLET_OK ? add_fact(c, "classes", text) : status;
}

static gemlet_status add_schema(gm_export_contents *c)
{
    char *text;
    GEMLET_TRY(gm_schema_to_json(&text, c->schema));
    GEMLET_TRY(add_fact(c, "schema", text));
    GEMLET_TRY(add_text(c, "target", c->schema->target));
    if (c->task == GEMLET_TASK_CLASSIFICATION)
        return add_classes(c);
    GEMLET_TRY(add_real(c, "target_mean", c->schema->mean));
    return add_real(c, "target_deviation", c->schema->deviation);
}

static gemlet_status add_facts(gm_export_contents *c)
{
    gm_number_locale locale;
    char network[GEMLET_SPEC_TEXT_SIZE];
    const char *task = gm_task_name(c->task == GEMLET_TASK_REGRESSION ? GM_TASK_REGRESSION
                                                                      : GM_TASK_CLASSIFICATION);
    GEMLET_TRY(gm_number_enter(&locale));
    gemlet_status status = GEMLET_OK;
    GEMLET_TRY_CLEANUP(status,
                       gemlet_spec_format(gemlet_model_spec(c->model), network, sizeof network));
    GEMLET_TRY_CLEANUP(status, add_text(c, "network", network));
    c->network = c->facts[0].value;
    GEMLET_TRY_CLEANUP(status, add_text(c, "task", task));
    GEMLET_TRY_CLEANUP(status, add_text(c, "gemlet_version", gemlet_version()));
    status = c->schema != NULL ? add_schema(c) : add_real(c, "input_scale", (double)c->input_scale);
cleanup:
    gm_number_leave(&locale);
    return status;
}

/* ---- the whole ------------------------------------------------------------------------------ */

static gemlet_status take_schema(gm_export_contents *c, const gm_schema *schema)
{
    c->schema = schema;
    GEMLET_TRY(gm_schema_check_target(schema, c->path));
    GEMLET_TRY(check_texts(schema, c->path));
    GEMLET_TRY(gm_encode_schema(&c->encoding, schema));
    GEMLET_TRY(GM_ALLOC(c->centres, schema->n_columns, "centres of columns"));
    GEMLET_TRY(GM_ALLOC(c->scales, schema->n_columns, "scales of columns"));
    for (gemlet_dim i = 0; i < schema->n_columns; ++i) {
        const gm_schema_column *column = &schema->columns[i];
        const int is_text = column->kind == GM_COLUMN_TEXTS;
        c->centres[i] = is_text ? 0 : gm_schema_centre(column, schema->scaling);
        c->scales[i] = is_text ? 1 : gm_schema_scale(column, schema->scaling);
    }
    return list_gap_words(c);
}

static gemlet_status check_type(const gm_export_contents *c, gemlet_export_input input)
{
    if (input == GEMLET_EXPORT_INPUT_AUTO || c->takes_floats)
        return GEMLET_OK;
    return gm_error(GEMLET_E_ARGUMENT,
                    "%s: found a type of raw values, expected none for a model of a table, whose "
                    "columns are numbers and texts (a matrix of ONNX may be of floats)",
                    c->path);
}

static gemlet_status make(gm_export_contents *c, const gemlet_export_options *options)
{
    const gemlet_export_input input = options->input;
    const gemlet_spec *spec = gemlet_model_spec(c->model);
    const gm_schema *schema = gm_model_schema(c->model);
    c->n_inputs = spec->n_inputs;
    c->n_outputs = gm_spec_classes(spec);
    c->task = spec->task;
    c->input_scale = gemlet_model_input_scale(c->model);
    c->takes_bytes = input == GEMLET_EXPORT_INPUT_BYTE ||
                     (input == GEMLET_EXPORT_INPUT_AUTO && c->input_scale == 1.0f / 255.0f);
    c->takes_matrix = schema != NULL && options->format == GEMLET_EXPORT_ONNX &&
                      options->columns == GEMLET_EXPORT_COLUMNS_MATRIX;
    c->takes_floats = c->takes_matrix && input == GEMLET_EXPORT_INPUT_FLOAT;
    if (schema != NULL)
        GEMLET_TRY(check_type(c, input));
    if (schema != NULL)
        GEMLET_TRY(take_schema(c, schema));
    return add_facts(c);
}

gemlet_status gm_export_contents_make(gm_export_contents *out, const gemlet_model *model,
                                      const char *path, const gemlet_export_options *options)
{
    *out = (gm_export_contents){.model = model, .path = path};
    const gemlet_status status = make(out, options);
    if (status != GEMLET_OK)
        gm_export_contents_free(out);
    return status;
}

void gm_export_contents_free(gm_export_contents *contents)
{
    for (unsigned i = 0; i < contents->n_gap_words; ++i)
        free(contents->gap_words[i]);
    free(contents->gap_words);
    free(contents->scales);
    free(contents->centres);
    gm_encoding_release(contents->encoding);
    for (unsigned i = 0; i < contents->n_facts; ++i)
        free(contents->facts[i].value);
    *contents = (gm_export_contents){0};
}

unsigned gm_export_code(const gm_export_contents *contents, gm_input_code_part part,
                        gemlet_dim input)
{
    return (unsigned)contents->encoding->codes[(size_t)part * contents->n_inputs + input];
}

gemlet_status gm_export_check_single(const gm_export_contents *contents)
{
    const gemlet_dim n = gemlet_model_networks(contents->model);
    if (n == 0)
        return GEMLET_OK;
    return gm_error(GEMLET_E_ARGUMENT,
                    "%s: found an ensemble of %u networks, expected a single one; onnx and c hold "
                    "ensembles, and each of the networks is a run in the directory networks",
                    contents->path, n);
}

int gm_export_is_text(const gm_export_contents *contents, gemlet_dim column)
{
    return contents->schema->columns[column].kind == GM_COLUMN_TEXTS;
}

uint32_t gm_export_gap_code(const gm_schema_column *column)
{
    return column->has_missing_level ? column->n_levels : gm_schema_n_codes(column) - 1;
}
