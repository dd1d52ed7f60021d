/* SPDX-License-Identifier: MIT
 * See predictions.h. Written as they go: a tree of cJSON would need 64 bytes and more for each
 * probability. %.9g: nine digits give back the same float. */
#include "cli/predictions.h"

#include <string.h>

#include "core/json.h"
#include "data/csv_field.h"
#include "table/answers.h"
#include "table/date.h"

#define VALUE_TEXT_SIZE 64u

/* The most probable class; of equal ones the lowest. */
static gemlet_dim best_class(const float *probabilities, gemlet_dim n_classes)
{
    gemlet_dim best = 0;
    for (gemlet_dim c = 1; c < n_classes; ++c) {
        if (probabilities[c] > probabilities[best])
            best = c;
    }
    return best;
}

/* ---- names ---------------------------------------------------------------------------------- */

static void write_json_text(FILE *stream, const char *text)
{
    cJSON *item = cJSON_CreateString(text);
    char *printed = item != NULL ? cJSON_PrintUnformatted(item) : NULL;
    fputs(printed != NULL ? printed : "null", stream);
    cJSON_free(printed);
    cJSON_Delete(item);
}

/* The column that identifies rows, if the schema has one and the table, too. */
static const gm_column *find_id(const gm_predictions *p)
{
    if (p->schema == NULL || p->schema->id == NULL)
        return NULL;
    for (gemlet_dim i = 0; i < p->table->n_columns; ++i) {
        const gm_column *column = &p->table->columns[i];
        if (strcmp(column->name, p->schema->id) == 0 && column->kind == GM_COLUMN_TEXTS)
            return column;
    }
    return NULL;
}

/* The text of a row's id, or NULL for a gap. */
static const char *id_of(const gm_column *id, gemlet_dim row)
{
    const uint32_t level = gm_column_level(id, row);
    return level != GM_NO_LEVEL ? gm_levels_text(&id->levels, level) : NULL;
}

/* ---- numbers -------------------------------------------------------------------------------- */

/* What a regression answers, in the unit of the target: 9 digits as of a float, which the output
 * is; of a date its text. */
static void format_value(char text[VALUE_TEXT_SIZE], const gm_predictions *p, float output)
{
    if (p->schema == NULL)
        snprintf(text, VALUE_TEXT_SIZE, "%.9g", (double)output);
    else if (p->schema->target_kind == GM_COLUMN_DATES)
        gm_date_show(text, VALUE_TEXT_SIZE, gm_answer_value(p->schema, output));
    else
        snprintf(text, VALUE_TEXT_SIZE, "%.9g", gm_answer_value(p->schema, output));
}

/* Of a regression in the unit of the target, as its numbers. */
static void write_spread(const gm_predictions *p, float spread)
{
    const double unit = p->task == GEMLET_TASK_REGRESSION ? gm_schema_target_unit(p->schema) : 1.0;
    fprintf(p->stream, "%.9g", unit * (double)spread);
}

/* ---- CSV ------------------------------------------------------------------------------------ */

static void write_csv_header(const gm_predictions *p)
{
    const gm_column *id = find_id(p);
    const char *answer = p->task == GEMLET_TASK_REGRESSION ? "value" : "class";
    gm_csv_write_field(p->stream, id != NULL ? id->name : "row");
    fputc(',', p->stream);
    gm_csv_write_field(p->stream, p->schema != NULL ? p->schema->target : answer);
    for (gemlet_dim c = 0; p->task == GEMLET_TASK_CLASSIFICATION && c < p->n_outputs; ++c) {
        if (p->schema == NULL) {
            fprintf(p->stream, ",p%u", c);
            continue;
        }
        fputc(',', p->stream);
        gm_csv_write_field(p->stream, p->schema->classes[c]);
    }
    fputs(p->has_spread ? ",spread\n" : "\n", p->stream);
}

static void write_csv_class(const gm_predictions *p, const float *probabilities)
{
    const gemlet_dim best = best_class(probabilities, p->n_outputs);
    if (p->schema == NULL)
        fprintf(p->stream, "%u", best);
    else
        gm_csv_write_field(p->stream, p->schema->classes[best]);
    for (gemlet_dim c = 0; c < p->n_outputs; ++c)
        fprintf(p->stream, ",%.9g", (double)probabilities[c]);
}

static void write_csv_row(const gm_predictions *p, gemlet_dim row, const float *answers,
                          float spread)
{
    const gm_column *id = find_id(p);
    char value[VALUE_TEXT_SIZE];
    if (id == NULL)
        fprintf(p->stream, "%u", row);
    else if (id_of(id, row) != NULL)
        gm_csv_write_field(p->stream, id_of(id, row));
    fputc(',', p->stream);
    if (p->task == GEMLET_TASK_REGRESSION) {
        format_value(value, p, answers[0]);
        fputs(value, p->stream);
    } else {
        write_csv_class(p, answers);
    }
    if (p->has_spread) {
        fputc(',', p->stream);
        write_spread(p, spread);
    }
    fputc('\n', p->stream);
}

/* ---- JSON ----------------------------------------------------------------------------------- */

static void write_json_id(const gm_predictions *p, gemlet_dim row)
{
    const gm_column *id = find_id(p);
    if (id == NULL)
        fprintf(p->stream, "%u", row);
    else if (id_of(id, row) != NULL)
        write_json_text(p->stream, id_of(id, row));
    else
        fputs("null", p->stream);
}

static void write_json_named(const gm_predictions *p, const float *probabilities)
{
    fputs(", \"class\": ", p->stream);
    write_json_text(p->stream, p->schema->classes[best_class(probabilities, p->n_outputs)]);
    fputs(", \"probabilities\": {", p->stream);
    for (gemlet_dim c = 0; c < p->n_outputs; ++c) {
        fputs(c == 0 ? "" : ", ", p->stream);
        write_json_text(p->stream, p->schema->classes[c]);
        fprintf(p->stream, ": %.9g", (double)probabilities[c]);
    }
    fputc('}', p->stream);
}

static void write_json_numbered(const gm_predictions *p, const float *probabilities)
{
    fprintf(p->stream, ", \"class\": %u, \"probabilities\": [",
            best_class(probabilities, p->n_outputs));
    for (gemlet_dim c = 0; c < p->n_outputs; ++c)
        fprintf(p->stream, "%s%.9g", c == 0 ? "" : ", ", (double)probabilities[c]);
    fputc(']', p->stream);
}

static void write_json_value(const gm_predictions *p, float output)
{
    const char *quote = p->schema != NULL && p->schema->target_kind == GM_COLUMN_DATES ? "\"" : "";
    char value[VALUE_TEXT_SIZE];
    format_value(value, p, output);
    fprintf(p->stream, ", \"value\": %s%s%s", quote, value, quote);
}

static void write_json_row(const gm_predictions *p, gemlet_dim row, const float *answers,
                           float spread)
{
    fputs("{\"row\": ", p->stream);
    write_json_id(p, row);
    if (p->task == GEMLET_TASK_REGRESSION)
        write_json_value(p, answers[0]);
    else if (p->schema != NULL)
        write_json_named(p, answers);
    else
        write_json_numbered(p, answers);
    if (p->has_spread) {
        fputs(", \"spread\": ", p->stream);
        write_spread(p, spread);
    }
    fputc('}', p->stream);
}

/* ---- either --------------------------------------------------------------------------------- */

static int ends_with(const char *path, size_t length, const char *end)
{
    const size_t n = strlen(end);
    return length >= n && strncmp(path + length - n, end, n) == 0;
}

gm_prediction_format gm_predictions_format_of(const char *path)
{
    size_t length = path != NULL ? strlen(path) : 0;
    if (length > 0 && ends_with(path, length, ".gz"))
        length -= strlen(".gz");
    if (length > 0 && ends_with(path, length, ".json"))
        return GM_PREDICTIONS_JSON;
    if (length > 0 && (ends_with(path, length, ".jsonl") || ends_with(path, length, ".ndjson")))
        return GM_PREDICTIONS_JSON_LINES;
    return GM_PREDICTIONS_CSV;
}

void gm_predictions_begin(const gm_predictions *p)
{
    if (p->format == GM_PREDICTIONS_JSON)
        fputs("[\n", p->stream);
    else if (p->format == GM_PREDICTIONS_CSV)
        write_csv_header(p);
}

void gm_predictions_end(const gm_predictions *p)
{
    if (p->format == GM_PREDICTIONS_JSON)
        fputs("]\n", p->stream);
}

void gm_predictions_write_row(const gm_predictions *p, gemlet_dim row, const float *answers,
                              float spread)
{
    if (p->format == GM_PREDICTIONS_CSV) {
        write_csv_row(p, row, answers, spread);
        return;
    }
    write_json_row(p, row, answers, spread);
    fputs(p->format == GM_PREDICTIONS_JSON && row + 1 < p->n_rows ? ",\n" : "\n", p->stream);
}
