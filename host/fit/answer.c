/* SPDX-License-Identifier: MIT
 * What a model answers for rows in memory; see gemlet/fit.h. */
#include <stdlib.h>

#include "core/memory.h"
#include "gemlet/fit.h"
#include "model/model.h"
#include "model/spec.h"
#include "run/device.h"
#include "run/table_rows.h"
#include "table/answers.h"

typedef struct answering {
    const gm_schema *schema; /* of a regression in the unit of its target; NULL: as it is */
    size_t n_outputs;
    double *answers;
} answering;

static gemlet_status take_rows(gemlet_dim first, gemlet_dim n, const float *outputs, void *user)
{
    const answering *a = user;
    double *to = a->answers + first * a->n_outputs;
    for (size_t i = 0; i < n * a->n_outputs; ++i)
        to[i] = a->schema != NULL ? gm_answer_value(a->schema, outputs[i]) : (double)outputs[i];
    return GEMLET_OK;
}

static gemlet_status answer(const gemlet_model *model, gemlet_device *device,
                            const gemlet_dataset *rows, const gm_run_events *events,
                            double *answers)
{
    const gemlet_spec *spec = gemlet_model_spec(model);
    answering a = {
        .schema = spec->task == GEMLET_TASK_REGRESSION ? gm_model_schema(model) : NULL,
        .n_outputs = gm_spec_classes(spec),
        .answers = answers,
    };
    GEMLET_TRY(gm_run_try_device(device, model, rows, events));
    return gemlet_predict_in_parts(model, device, rows, take_rows, &a);
}

/* The rows of a table as inputs of the model. */
static gemlet_status make_rows(gemlet_dataset **out, const gm_schema *schema,
                               const gemlet_table *table, const gm_run_events *events)
{
    gemlet_dim *rows;
    gm_table_news news;
    GEMLET_TRY(GM_ALLOC(rows, table->rows, "rows of a table"));
    for (gemlet_dim row = 0; row < table->rows; ++row)
        rows[row] = row;
    const gemlet_status status = gm_table_dataset_create(out, &news, schema, table, rows,
                                                         table->rows, 0, GM_TABLE_IN_MEMORY);
    free(rows);
    GEMLET_TRY(status);
    gm_table_note_news(&news, GM_TABLE_IN_MEMORY, events);
    return GEMLET_OK;
}

gemlet_status gemlet_answer_table(const gemlet_model *model, gemlet_device *device,
                                  const gemlet_table *table, gemlet_note_callback on_note,
                                  void *user, double *answers)
{
    gemlet_dataset *rows;
    const gm_run_events events = {.on_note = on_note, .user = user};
    const gm_schema *schema = gm_model_schema(model);
    if (schema == NULL)
        return gm_error(GEMLET_E_ARGUMENT, "the model takes items of %u values, found a table",
                        gemlet_model_spec(model)->n_inputs);
    GEMLET_TRY(gm_schema_check_target(schema, "the model"));
    GEMLET_TRY(make_rows(&rows, schema, table, &events));
    const gemlet_status status = answer(model, device, rows, &events, answers);
    gemlet_dataset_destroy(rows);
    return status;
}

gemlet_status gemlet_answer_items(const gemlet_model *model, gemlet_device *device,
                                  const gemlet_dataset *items, double *answers)
{
    const gm_run_events events = {.on_note = NULL};
    if (gm_model_schema(model) != NULL)
        return gm_error(GEMLET_E_ARGUMENT, "the model takes a table, found items of %u values",
                        gemlet_dataset_features(items));
    return answer(model, device, items, &events, answers);
}
