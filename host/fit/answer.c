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
    double *spread; /* NULL: nobody wants it */
} answering;

static gemlet_status take_rows(gemlet_dim first, gemlet_dim n, const float *outputs,
                               const float *spread, void *user)
{
    const answering *a = user;
    double *to = a->answers + first * a->n_outputs;
    for (size_t i = 0; i < n * a->n_outputs; ++i)
        to[i] = a->schema != NULL ? gm_answer_value(a->schema, outputs[i]) : (double)outputs[i];
    for (gemlet_dim i = 0; a->spread != NULL && i < n; ++i)
        a->spread[first + i] = gm_schema_target_unit(a->schema) * (double)spread[i];
    return GEMLET_OK;
}

static gemlet_status answer(const gemlet_model *model, gemlet_device *device,
                            const gemlet_dataset *rows, const gm_run_events *events, answering *a)
{
    const gemlet_spec *spec = gemlet_model_spec(model);
    if (a->spread != NULL && gemlet_model_networks(model) == 0)
        return gm_error(GEMLET_E_ARGUMENT,
                        "spread: found a model of one network, expected an ensemble");
    a->schema = spec->task == GEMLET_TASK_REGRESSION ? gm_model_schema(model) : NULL;
    a->n_outputs = gm_spec_classes(spec);
    GEMLET_TRY(gm_run_try_device(device, model, rows, events));
    return gemlet_predict_with_spread(model, device, rows, take_rows, a);
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

static gemlet_status answer_table(const gemlet_model *model, gemlet_device *device,
                                  const gemlet_table *table, const gm_run_events *events,
                                  answering *a)
{
    gemlet_dataset *rows;
    const gm_schema *schema = gm_model_schema(model);
    if (schema == NULL)
        return gm_error(GEMLET_E_ARGUMENT, "the model takes items of %u values, found a table",
                        gemlet_model_spec(model)->n_inputs);
    GEMLET_TRY(gm_schema_check_target(schema, "the model"));
    GEMLET_TRY(make_rows(&rows, schema, table, events));
    const gemlet_status status = answer(model, device, rows, events, a);
    gemlet_dataset_destroy(rows);
    return status;
}

static gemlet_status answer_items(const gemlet_model *model, gemlet_device *device,
                                  const gemlet_dataset *items, answering *a)
{
    const gm_run_events events = {.on_note = NULL};
    if (gm_model_schema(model) != NULL)
        return gm_error(GEMLET_E_ARGUMENT, "the model takes a table, found items of %u values",
                        gemlet_dataset_features(items));
    return answer(model, device, items, &events, a);
}

gemlet_status gemlet_answer_table(const gemlet_model *model, gemlet_device *device,
                                  const gemlet_table *table, gemlet_note_callback on_note,
                                  void *user, double *answers)
{
    const gm_run_events events = {.on_note = on_note, .user = user};
    return answer_table(model, device, table, &events, &(answering){.answers = answers});
}

gemlet_status gemlet_answer_table_with_spread(const gemlet_model *model, gemlet_device *device,
                                              const gemlet_table *table,
                                              gemlet_note_callback on_note, void *user,
                                              double *answers, double *spread)
{
    const gm_run_events events = {.on_note = on_note, .user = user};
    return answer_table(model, device, table, &events,
                        &(answering){.answers = answers, .spread = spread});
}

gemlet_status gemlet_answer_items(const gemlet_model *model, gemlet_device *device,
                                  const gemlet_dataset *items, double *answers)
{
    return answer_items(model, device, items, &(answering){.answers = answers});
}

gemlet_status gemlet_answer_items_with_spread(const gemlet_model *model, gemlet_device *device,
                                              const gemlet_dataset *items, double *answers,
                                              double *spread)
{
    return answer_items(model, device, items, &(answering){.answers = answers, .spread = spread});
}
