/* SPDX-License-Identifier: MIT
 * See decode.h. */
#include "table/decode.h"

#include <math.h>

#include "core/memory.h"

static gemlet_status decode_level(char **text, const gm_schema_column *column, float value)
{
    const uint32_t code = value >= 0 ? (uint32_t)value : UINT32_MAX;
    if (code < column->n_levels)
        return gm_copy_string(text, column->levels[code]);
    return gm_copy_string(text,
                          code == column->n_levels && column->has_missing_level ? "" : "any other");
}

gemlet_status gm_decode_value(char **text, const gm_schema *schema, gemlet_dim at, float value)
{
    const gm_schema_column *column = &schema->columns[at];
    if (column->kind == GM_COLUMN_TEXTS)
        return decode_level(text, column, value);
    if (isnan(value))
        return gm_copy_string(text, "");
    const double scale = gm_schema_scale(column, schema->scaling);
    const double offset = scale > 0 ? (double)value / scale : 0;
    const double number = gm_schema_centre(column, schema->scaling) + offset;
    if (column->kind != GM_COLUMN_DATES)
        return gm_format_string(text, "%.6g", number);
    char date[64];
    gm_date_show(date, sizeof date, number);
    return gm_copy_string(text, date);
}
