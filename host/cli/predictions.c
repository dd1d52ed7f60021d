/* SPDX-License-Identifier: MIT
 * See predictions.h. Written as they go: a tree of cJSON would need 64 bytes and more for each
 * probability. %.9g: nine digits give back the same float. */
#include "cli/predictions.h"

#include <csv.h>
#include <string.h>

#include "core/json.h"

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

/* In quotes where it needs them, so that numbers stay numbers. */
static void write_field(FILE *stream, const char *text)
{
    if (*text != '\0' && strpbrk(text, ",\"\r\n;\t| ") == NULL)
        fputs(text, stream);
    else
        csv_fwrite(stream, text, strlen(text));
}

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

/* ---- CSV ------------------------------------------------------------------------------------ */

static void write_csv_header(const gm_predictions *p)
{
    const gm_column *id = find_id(p);
    write_field(p->stream, id != NULL ? id->name : "row");
    fputc(',', p->stream);
    write_field(p->stream, p->schema != NULL ? p->schema->target : "class");
    for (gemlet_dim c = 0; c < p->n_classes; ++c) {
        if (p->schema == NULL) {
            fprintf(p->stream, ",p%u", c);
            continue;
        }
        fputc(',', p->stream);
        write_field(p->stream, p->schema->classes[c]);
    }
    fputc('\n', p->stream);
}

static void write_csv_row(const gm_predictions *p, gemlet_dim row, const float *probabilities)
{
    const gm_column *id = find_id(p);
    const gemlet_dim best = best_class(probabilities, p->n_classes);
    if (id == NULL)
        fprintf(p->stream, "%u", row);
    else if (id_of(id, row) != NULL)
        write_field(p->stream, id_of(id, row));
    fputc(',', p->stream);
    if (p->schema == NULL)
        fprintf(p->stream, "%u", best);
    else
        write_field(p->stream, p->schema->classes[best]);
    for (gemlet_dim c = 0; c < p->n_classes; ++c)
        fprintf(p->stream, ",%.9g", (double)probabilities[c]);
    fputc('\n', p->stream);
}

/* ---- JSON ----------------------------------------------------------------------------------- */

static void write_json_named(const gm_predictions *p, gemlet_dim row, const float *probabilities)
{
    const gm_column *id = find_id(p);
    fputs("{\"row\": ", p->stream);
    if (id == NULL)
        fprintf(p->stream, "%u", row);
    else if (id_of(id, row) != NULL)
        write_json_text(p->stream, id_of(id, row));
    else
        fputs("null", p->stream);
    fputs(", \"class\": ", p->stream);
    write_json_text(p->stream, p->schema->classes[best_class(probabilities, p->n_classes)]);
    fputs(", \"probabilities\": {", p->stream);
    for (gemlet_dim c = 0; c < p->n_classes; ++c) {
        fputs(c == 0 ? "" : ", ", p->stream);
        write_json_text(p->stream, p->schema->classes[c]);
        fprintf(p->stream, ": %.9g", (double)probabilities[c]);
    }
    fputs("}}", p->stream);
}

static void write_json_numbered(const gm_predictions *p, gemlet_dim row, const float *probabilities)
{
    fprintf(p->stream, "{\"row\": %u, \"class\": %u, \"probabilities\": [", row,
            best_class(probabilities, p->n_classes));
    for (gemlet_dim c = 0; c < p->n_classes; ++c)
        fprintf(p->stream, "%s%.9g", c == 0 ? "" : ", ", (double)probabilities[c]);
    fputs("]}", p->stream);
}

/* ---- either --------------------------------------------------------------------------------- */

void gm_predictions_begin(const gm_predictions *p)
{
    if (p->format == GM_PREDICTIONS_JSON)
        fputs("[\n", p->stream);
    else
        write_csv_header(p);
}

void gm_predictions_end(const gm_predictions *p)
{
    if (p->format == GM_PREDICTIONS_JSON)
        fputs("]\n", p->stream);
}

void gm_predictions_write_row(const gm_predictions *p, gemlet_dim row, const float *probabilities)
{
    if (p->format == GM_PREDICTIONS_CSV) {
        write_csv_row(p, row, probabilities);
        return;
    }
    if (p->schema != NULL)
        write_json_named(p, row, probabilities);
    else
        write_json_numbered(p, row, probabilities);
    fputs(row + 1 < p->n_rows ? ",\n" : "\n", p->stream);
}
