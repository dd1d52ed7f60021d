/* SPDX-License-Identifier: MIT
 * What a model says of the table it was trained on; see gemlet/table.h. */
#include "gemlet/table.h"

#include "model/model.h"

static gemlet_column kind_of(gm_column_kind kind)
{
    if (kind == GM_COLUMN_TEXTS)
        return GEMLET_COLUMN_TEXTS;
    return kind == GM_COLUMN_DATES ? GEMLET_COLUMN_DATES : GEMLET_COLUMN_NUMBERS;
}

gemlet_dim gemlet_model_columns(const gemlet_model *model)
{
    return model->schema != NULL ? model->schema->n_columns : 0;
}

const char *gemlet_model_column(const gemlet_model *model, gemlet_dim place, gemlet_column *kind)
{
    if (place >= gemlet_model_columns(model))
        return NULL;
    const gm_schema_column *column = &model->schema->columns[place];
    if (kind != NULL)
        *kind = kind_of(column->kind);
    return column->name;
}

const char *gemlet_model_target(const gemlet_model *model)
{
    return model->schema != NULL ? model->schema->target : NULL;
}

const char *gemlet_model_class(const gemlet_model *model, gemlet_dim class_, gemlet_column *kind)
{
    const gm_schema *schema = model->schema;
    if (schema == NULL || class_ >= schema->n_classes)
        return NULL;
    if (kind != NULL)
        *kind = kind_of(schema->target_kind);
    return schema->classes[class_];
}
