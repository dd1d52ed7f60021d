/* SPDX-License-Identifier: MIT
 * Tables and models as JSON; see inspect.h. */
#include <stdlib.h>
#include <string.h>

#include "cli/inspect.h"
#include "core/json.h"
#include "model/model.h"
#include "table/dialect.h"

static const char *const use_names[] = {"input", "target", "id", "weight", "none"};

static gemlet_status print(cJSON *root, int is_whole, FILE *stream)
{
    char *text = root != NULL && is_whole ? cJSON_Print(root) : NULL;
    cJSON_Delete(root);
    if (text == NULL)
        return gm_error(GEMLET_E_MEMORY, "JSON: out of memory");
    fprintf(stream, "%s\n", text);
    cJSON_free(text);
    return GEMLET_OK;
}

/* ---- a table -------------------------------------------------------------------------------- */

static int add_schema_column(cJSON *object, const gm_schema *schema, const char *name)
{
    for (gemlet_dim i = 0; i < schema->n_columns; ++i) {
        const gm_schema_column *c = &schema->columns[i];
        if (strcmp(c->name, name) != 0)
            continue;
        char inputs[GM_INSPECT_TEXT_SIZE];
        gm_inspect_inputs(inputs, c, schema->scaling);
        if (!gm_json_add_count(object, "inputs", c->n_inputs) ||
            !gm_json_add_text(object, "encoding", inputs))
            return 0;
        return c->kind == GM_COLUMN_TEXTS || (gm_json_add_real(object, "min", c->min) &&
                                              gm_json_add_real(object, "median", c->quartiles[1]) &&
                                              gm_json_add_real(object, "max", c->max));
    }
    return 1;
}

static int add_column(cJSON *array, const gm_inspected_table *t, gemlet_dim i)
{
    const gm_column *column = &t->table->columns[i];
    cJSON *object = cJSON_CreateObject();
    if (!cJSON_AddItemToArray(array, object))
        return 0;
    return gm_json_add_text(object, "name", column->name) &&
           gm_json_add_text(object, "type", gm_inspect_type(column)) &&
           gm_json_add_count(object, "gaps", column->n_missing) &&
           gm_json_add_count(object, "levels", column->levels.n) &&
           gm_json_add_text(object, "use", use_names[t->roles[i].use]) &&
           gm_json_add_text(object, "reason",
                            *t->roles[i].reason != '\0' ? t->roles[i].reason : NULL) &&
           add_schema_column(object, t->schema, column->name);
}

static int add_target(cJSON *root, const gm_inspected_table *t)
{
    const gm_target *target = t->target;
    if (target == NULL)
        return cJSON_AddNullToObject(root, "target") != NULL;
    cJSON *object = cJSON_AddObjectToObject(root, "target");
    if (object == NULL ||
        !gm_json_add_text(object, "name", t->table->columns[target->column].name) ||
        !gm_json_add_text(object, "task", gm_task_name(target->task)) ||
        !gm_json_add_text(object, "because", target->sign) ||
        !gm_json_add_count(object, "rows_without", target->n_missing))
        return 0;
    if (target->task == GM_TASK_REGRESSION)
        return gm_json_add_real(object, "mean", t->schema->mean) &&
               gm_json_add_real(object, "deviation", t->schema->deviation);
    cJSON *classes = cJSON_AddArrayToObject(object, "classes");
    for (uint32_t i = 0; classes != NULL && i < target->n_classes; ++i) {
        cJSON *item = cJSON_CreateObject();
        if (!cJSON_AddItemToArray(classes, item) ||
            !gm_json_add_text(item, "name", target->classes[i]) ||
            !gm_json_add_count(item, "rows", target->n_rows_of[i]))
            return 0;
    }
    return classes != NULL;
}

gemlet_status gm_inspect_print_table_json(const gm_inspected_table *t, FILE *stream)
{
    cJSON *root = cJSON_CreateObject();
    int ok = root != NULL && gm_json_add_text(root, "file", t->path) &&
             gm_json_add_count(root, "rows", t->table->rows) &&
             gm_json_add_text(root, "delimiter", gm_dialect_delimiter_name(t->table->delimiter)) &&
             gm_json_add_text(root, "decimal", t->table->decimal == ',' ? "," : ".") &&
             cJSON_AddBoolToObject(root, "header", t->table->has_header) != NULL;
    cJSON *columns = ok ? cJSON_AddArrayToObject(root, "columns") : NULL;
    for (gemlet_dim i = 0; columns != NULL && ok && i < t->table->n_columns; ++i)
        ok = add_column(columns, t, i);
    ok = ok && columns != NULL && add_target(root, t) &&
         gm_json_add_count(root, "inputs", t->schema->n_inputs);
    cJSON *notes = ok ? cJSON_AddArrayToObject(root, "notes") : NULL;
    for (size_t i = 0; notes != NULL && ok && i < t->table->n_notes; ++i)
        ok = cJSON_AddItemToArray(notes, gm_json_create_text(t->table->notes[i]));
    return print(root, ok && notes != NULL, stream);
}

/* ---- a model -------------------------------------------------------------------------------- */

gemlet_status gm_inspect_print_model_json(const gemlet_model *model, const char *path, FILE *stream)
{
    char spec[GEMLET_SPEC_TEXT_SIZE];
    char *schema_text = NULL;
    GEMLET_TRY(gemlet_spec_format(gemlet_model_spec(model), spec, sizeof spec));
    const gm_schema *schema = gm_model_schema(model);
    if (schema != NULL)
        GEMLET_TRY(gm_schema_to_json(&schema_text, schema));
    cJSON *root = cJSON_CreateObject();
    const int ok =
        root != NULL && gm_json_add_text(root, "file", path) &&
        gm_json_add_text(root, "network", spec) &&
        gm_json_add_count(root, "networks", gm_model_n_networks(model)) &&
        gm_json_add_count(root, "parameters",
                          gemlet_spec_n_parameters(gemlet_model_spec(model)) *
                              gm_model_n_networks(model)) &&
        gm_json_add_real(root, "input_scale", (double)gemlet_model_input_scale(model)) &&
        cJSON_AddRawToObject(root, "schema", schema_text != NULL ? schema_text : "null") != NULL;
    free(schema_text);
    return print(root, ok, stream);
}
