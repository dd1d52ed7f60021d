/* SPDX-License-Identifier: MIT
 * See checkpoint.h. */
#include "checkpoint/checkpoint.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checkpoint/checkpoint_text.h"
#include "core/memory.h"
#include "model/model.h"
#include "model/model_file.h"

#define TEXT_ARRAY    "checkpoint"
#define HISTORY_ARRAY "checkpoint.history"
#define LAYERS_ARRAY  "checkpoint.layers"
#define BEST_ARRAY    "checkpoint.best"
#define STATES_ARRAY  "checkpoint.best_states"

/* Whole numbers that a double holds exactly. */
#define MAX_EXACT       9007199254740992.0

#define N_LAYER_COLUMNS (sizeof(gemlet_layer_report) / sizeof(double))

/* The columns of the history. */
static const struct column {
    size_t offset; /* in gemlet_progress */
    int is_count;  /* uint64_t, not double */
} columns[] = {
    {offsetof(gemlet_progress, step), 1},
    {offsetof(gemlet_progress, n_steps), 1},
    {offsetof(gemlet_progress, epoch), 0},
    {offsetof(gemlet_progress, learning_rate), 0},
    {offsetof(gemlet_progress, train_loss), 0},
    {offsetof(gemlet_progress, train_accuracy), 0},
    {offsetof(gemlet_progress, seconds), 0},
    {offsetof(gemlet_progress, steps_per_second), 0},
    {offsetof(gemlet_progress, validation_step), 1},
    {offsetof(gemlet_progress, validation_loss), 0},
    {offsetof(gemlet_progress, validation_accuracy), 0},
};
#define N_COLUMNS (sizeof columns / sizeof columns[0])

/* ---- writing -------------------------------------------------------------------------------- */

static gemlet_status add_text(gm_npz_writer *writer, const gm_checkpoint *c)
{
    char *text;
    GEMLET_TRY(gm_checkpoint_format_text(&text, c));
    const gemlet_status status = gm_npz_add_bytes(writer, TEXT_ARRAY, text, strlen(text));
    free(text);
    return status;
}

static gemlet_status add_history(gm_npz_writer *writer, const gm_history *history)
{
    const size_t shape[] = {history->count, N_COLUMNS};
    double *values;
    GEMLET_TRY(GM_ALLOC(values, history->count * N_COLUMNS, HISTORY_ARRAY));
    for (size_t i = 0; i < history->count; ++i) {
        for (size_t k = 0; k < N_COLUMNS; ++k) {
            const void *field = (const char *)&history->reports[i] + columns[k].offset;
            values[i * N_COLUMNS + k] =
                columns[k].is_count ? (double)*(const uint64_t *)field : *(const double *)field;
        }
    }
    const gemlet_status status = gm_npz_add_f64(writer, HISTORY_ARRAY, values, shape, 2);
    free(values);
    return status;
}

static gemlet_status add_layers(gm_npz_writer *writer, const gm_layer_history *layers)
{
    const size_t n_columns = 1 + layers->n_layers * N_LAYER_COLUMNS;
    const size_t shape[] = {layers->count, n_columns};
    double *values;
    if (layers->count == 0)
        return GEMLET_OK;
    GEMLET_TRY(GM_ALLOC(values, layers->count * n_columns, LAYERS_ARRAY));
    for (size_t i = 0; i < layers->count; ++i) {
        values[i * n_columns] = (double)layers->steps[i];
        memcpy(values + i * n_columns + 1, &layers->layers[i * layers->n_layers],
               layers->n_layers * sizeof(gemlet_layer_report));
    }
    const gemlet_status status = gm_npz_add_f64(writer, LAYERS_ARRAY, values, shape, 2);
    free(values);
    return status;
}

static gemlet_status add_best(gm_npz_writer *writer, const gemlet_model *best)
{
    if (best == NULL)
        return GEMLET_OK;
    GEMLET_TRY(gm_npz_add_f32(writer, BEST_ARRAY, best->values, &best->n_values, 1));
    if (best->n_state_values == 0)
        return GEMLET_OK;
    return gm_npz_add_f32(writer, STATES_ARRAY, best->state_values, &best->n_state_values, 1);
}

static gemlet_status add_run(gm_npz_writer *writer, const gm_checkpoint *c)
{
    GEMLET_TRY(add_text(writer, c));
    GEMLET_TRY(add_history(writer, &c->history));
    GEMLET_TRY(add_layers(writer, &c->layers));
    return add_best(writer, c->best);
}

/* c: NULL: nothing but the model. */
static gemlet_status save(const gemlet_model *model, const gm_checkpoint *c, const char *path)
{
    gm_npz_writer *writer;
    GEMLET_TRY(gm_npz_writer_create(&writer));
    gm_npz_writer_seal(writer);
    gemlet_status status = gm_model_add_arrays(writer, model);
    if (status == GEMLET_OK && c != NULL)
        status = add_run(writer, c);
    if (status == GEMLET_OK)
        status = gm_npz_writer_write(writer, path);
    gm_npz_writer_destroy(writer);
    return status;
}

gemlet_status gm_checkpoint_save(const gm_checkpoint *c, const char *path)
{
    return save(c->model, c, path);
}

gemlet_status gm_checkpoint_save_model(const gemlet_model *model, const char *path)
{
    return save(model, NULL, path);
}

/* ---- reading -------------------------------------------------------------------------------- */

static gemlet_status read_text(gm_checkpoint *c, gm_npz_reader *reader, const char *path)
{
    char *text;
    size_t n;
    GEMLET_TRY(gm_npz_read_bytes(reader, TEXT_ARRAY, &text, &n, GM_CHECKPOINT_TEXT_MAX));
    const gemlet_status status = gm_checkpoint_parse_text(c, text, n, path);
    free(text);
    return status;
}

/* The steps of rows increase, up to those that are done. */
static gemlet_status check_step(double step, double before, const gm_checkpoint *c, size_t row,
                                const char *array, const char *path)
{
    if (step > before && step <= (double)c->state.n_done && step == floor(step))
        return GEMLET_OK;
    return gm_error(GEMLET_E_FORMAT,
                    "%s: array %s: row %zu: found step %g, expected a whole number above %g and at "
                    "most %.17g",
                    path, array, row, step, before, (double)c->state.n_done);
}

static gemlet_status take_report(gemlet_progress *report, const double *values, size_t row,
                                 const char *path)
{
    for (size_t k = 0; k < N_COLUMNS; ++k) {
        void *field = (char *)report + columns[k].offset;
        const double value = values[k];
        if (!columns[k].is_count) {
            *(double *)field = value;
            continue;
        }
        if (!(value >= 0.0 && value <= MAX_EXACT && value == floor(value)))
            return gm_error(GEMLET_E_FORMAT,
                            "%s: array " HISTORY_ARRAY ": row %zu, column %zu: found %g, expected "
                            "a whole number",
                            path, row, k, value);
        *(uint64_t *)field = (uint64_t)value;
    }
    return GEMLET_OK;
}

static gemlet_status read_history(gm_checkpoint *c, gm_npz_reader *reader, const char *path)
{
    double *values;
    size_t n_rows;
    double before = 0.0;
    GEMLET_TRY(gm_npz_read_f64_rows(reader, HISTORY_ARRAY, &values, &n_rows, N_COLUMNS));
    gemlet_status status = GEMLET_OK;
    for (size_t i = 0; status == GEMLET_OK && i < n_rows; ++i) {
        gemlet_progress report = {0};
        const double step = values[i * N_COLUMNS];
        status = check_step(step, before, c, i, HISTORY_ARRAY, path);
        if (status == GEMLET_OK)
            status = take_report(&report, values + i * N_COLUMNS, i, path);
        if (status == GEMLET_OK)
            status = gm_history_append(&c->history, &report);
        before = step;
    }
    free(values);
    return status;
}

static gemlet_status take_layers(gm_checkpoint *c, const double *values, size_t n_rows,
                                 const char *path)
{
    const unsigned n_layers = gemlet_model_spec(c->model)->n_layers;
    const size_t n_columns = 1 + n_layers * N_LAYER_COLUMNS;
    gemlet_layer_report reports[GEMLET_MAX_LAYERS];
    double before = 0.0;
    for (size_t i = 0; i < n_rows; ++i) {
        const double *row = values + i * n_columns;
        GEMLET_TRY(check_step(row[0], before, c, i, LAYERS_ARRAY, path));
        memcpy(reports, row + 1, n_layers * sizeof *reports);
        GEMLET_TRY(gm_layer_history_append(&c->layers, (uint64_t)row[0], reports, n_layers));
        before = row[0];
    }
    return GEMLET_OK;
}

static gemlet_status read_layers(gm_checkpoint *c, gm_npz_reader *reader, const char *path)
{
    const unsigned n_layers = gemlet_model_spec(c->model)->n_layers;
    int is_there;
    double *values;
    size_t n_rows;
    GEMLET_TRY(gm_npz_find(&is_there, reader, LAYERS_ARRAY));
    if (!is_there)
        return GEMLET_OK;
    GEMLET_TRY(gm_npz_read_f64_rows(reader, LAYERS_ARRAY, &values, &n_rows,
                                    1 + n_layers * N_LAYER_COLUMNS));
    const gemlet_status status = take_layers(c, values, n_rows, path);
    free(values);
    return status;
}

static gemlet_status read_values(gm_npz_reader *reader, const char *array, float *values, size_t n)
{
    if (n == 0)
        return GEMLET_OK;
    return gm_npz_read_f32(reader, array, values, &n, 1);
}

/* Another state of the model that was read. */
static gemlet_status read_best(gm_checkpoint *c, gm_npz_reader *reader, const char *path)
{
    gemlet_model *best;
    if (c->state.validation.n_done == 0)
        return GEMLET_OK;
    GEMLET_TRY(gm_npz_check_f32(reader, BEST_ARRAY, &c->model->n_values, 1));
    GEMLET_TRY(gm_model_clone(&c->best, c->model));
    best = c->best;
    GEMLET_TRY(read_values(reader, BEST_ARRAY, best->values, best->n_values));
    GEMLET_TRY(read_values(reader, STATES_ARRAY, best->state_values, best->n_state_values));
    if (!gm_model_is_finite(best))
        return gm_error(GEMLET_E_FORMAT,
                        "%s: array " BEST_ARRAY ": found a value that is not finite", path);
    return GEMLET_OK;
}

gemlet_status gm_checkpoint_read(gm_checkpoint *c, gm_npz_reader *reader, const char *path)
{
    *c = (gm_checkpoint){0};
    gemlet_status status = read_text(c, reader, path);
    if (status == GEMLET_OK)
        status = gm_model_read_arrays(&c->model, reader, path);
    if (status == GEMLET_OK && gemlet_model_networks(c->model) > 0)
        status = gm_error(GEMLET_E_FORMAT,
                          "%s: array networks: found an ensemble, expected a single network", path);
    if (status == GEMLET_OK)
        status = read_history(c, reader, path);
    if (status == GEMLET_OK)
        status = read_layers(c, reader, path);
    if (status == GEMLET_OK)
        status = read_best(c, reader, path);
    if (status != GEMLET_OK)
        gm_checkpoint_free(c);
    return status;
}

gemlet_status gm_checkpoint_load(gm_checkpoint *c, const char *path)
{
    gm_npz_reader *reader;
    *c = (gm_checkpoint){0};
    GEMLET_TRY(gm_npz_reader_open(&reader, path));
    gemlet_status status = gm_npz_check_seal(reader);
    if (status == GEMLET_OK)
        status = gm_checkpoint_read(c, reader, path);
    gm_npz_reader_close(reader);
    return status;
}

void gm_checkpoint_free(gm_checkpoint *c)
{
    gemlet_model_destroy(c->best);
    gemlet_model_destroy(c->model);
    gm_history_free(&c->history);
    gm_layer_history_free(&c->layers);
    gm_pairs_free(&c->options);
    gm_pairs_free(&c->job);
    gm_pairs_free(&c->device);
    *c = (gm_checkpoint){0};
}
