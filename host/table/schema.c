/* SPDX-License-Identifier: MIT
 * The schema object; see schema.h. */
#include "table/schema.h"

#include <stdlib.h>

void gm_schema_options_init(gm_schema_options *options)
{
    *options = (gm_schema_options){.scaling = GM_SCALING_ROBUST, .n_bins = 16};
}

const char *gm_scaling_name(gm_scaling scaling)
{
    static const char *const names[GM_N_SCALINGS] = {"robust", "standard"};
    return names[scaling];
}

double gm_schema_centre(const gm_schema_column *column, gm_scaling scaling)
{
    return scaling == GM_SCALING_ROBUST ? column->quartiles[1] : column->mean;
}

double gm_schema_scale(const gm_schema_column *column, gm_scaling scaling)
{
    const double range = column->max - column->min;
    const double middle = column->quartiles[2] - column->quartiles[0];
    if (range <= 0) /* one value: only its gaps say something */
        return 0;
    if (scaling == GM_SCALING_STANDARD)
        return 1 / column->deviation;
    return middle > 0 ? 1 / middle : 2 / range;
}

uint32_t gm_schema_n_codes(const gm_schema_column *column)
{
    return column->n_levels + (column->has_missing_level ? 1u : 0u) + 1u;
}

gemlet_status gm_schema_check_target(const gm_schema *schema, const char *path)
{
    if (schema->target != NULL && schema->task != GM_TASK_FIND)
        return GEMLET_OK;
    return gm_error(GEMLET_E_ARGUMENT, "%s: found a schema that names no target, expected one",
                    path);
}

double gm_schema_target_unit(const gm_schema *schema)
{
    return schema != NULL && schema->task == GM_TASK_REGRESSION ? schema->deviation : 1;
}

static uint32_t count_inputs(const gm_schema_column *column)
{
    if (column->kind == GM_COLUMN_TEXTS)
        return gm_schema_n_codes(column);
    const uint32_t n_value = column->max > column->min ? 1 : 0;
    const uint32_t n_code = column->n_edges > 0 ? column->n_edges - 1 : 0;
    return n_value + n_code + (column->has_gaps ? 1u : 0u);
}

gemlet_status gm_schema_count_inputs(gm_schema *schema, const char *path)
{
    uint64_t n_inputs = 0;
    for (gemlet_dim i = 0; i < schema->n_columns; ++i) {
        schema->columns[i].n_inputs = count_inputs(&schema->columns[i]);
        n_inputs += schema->columns[i].n_inputs;
    }
    if (n_inputs == 0 || n_inputs > GM_MAX_TABLE_INPUTS)
        return gm_error(GEMLET_E_RANGE,
                        "%s: the columns give %ju inputs of a network, expected 1 to %u", path,
                        (uintmax_t)n_inputs, GM_MAX_TABLE_INPUTS);
    schema->n_inputs = (gemlet_dim)n_inputs;
    return GEMLET_OK;
}

gm_schema *gm_schema_share(gm_schema *schema)
{
    ++schema->n_owners;
    return schema;
}

void gm_schema_destroy(gm_schema *schema)
{
    if (schema == NULL || --schema->n_owners > 0)
        return;
    for (gemlet_dim i = 0; i < schema->n_columns; ++i) {
        gm_schema_column *column = &schema->columns[i];
        for (uint32_t j = 0; j < column->n_levels; ++j)
            free(column->levels[j]);
        free(column->levels);
        free(column->edges);
        free(column->name);
    }
    for (uint32_t i = 0; i < schema->n_classes; ++i)
        free(schema->classes[i]);
    free(schema->classes);
    free(schema->columns);
    free(schema->target);
    free(schema->id);
    free(schema->missing);
    free(schema);
}
