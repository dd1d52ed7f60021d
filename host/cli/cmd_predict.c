/* SPDX-License-Identifier: MIT
 * gemlet predict: class and probabilities, or a number, for the rows of a file. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/device_settings.h"
#include "options/options.h"
#include "cli/report_error.h"
#include "cli/run_guard.h"
#include "cli/predictions.h"
#include "cli/row_file.h"
#include "options/table_options.h"
#include "data/output.h"
#include "gemlet/gemlet.h"
#include "core/memory.h"
#include "model/model.h"
#include "model/spec.h"
#include "run/device.h"
#include "run/model_place.h"
#include "run/note.h"
#include "run/table_rows.h"

typedef struct predict_settings {
    const char *model;
    const char *input;
    const char *output; /* NULL: standard output */
    gm_prediction_format format;
    gm_table_settings table;
    gemlet_device_options device;
    int no_qualify;
    uint64_t max_memory;
} predict_settings;

static void on_note(const char *note, void *user)
{
    (void)user;
    gm_print_note(note, (char[]){"predict"});
}

/* Says which columns the model does not know, but for the target. */
static void note_surplus(const gm_table *table, const gm_schema *schema)
{
    char names[400] = "";
    size_t length = 0;
    for (gemlet_dim i = 0; i < table->n_columns; ++i) {
        const gm_column *column = &table->columns[i];
        if (column->kind != GM_COLUMN_SKIPPED || strcmp(column->name, schema->target) == 0)
            continue;
        if (length + 64 > sizeof names) {
            snprintf(names + length, sizeof names - length, ", ...");
            break;
        }
        length += (size_t)snprintf(names + length, sizeof names - length, "%s'%.40s'",
                                   length > 0 ? ", " : "", column->name);
    }
    if (length > 0)
        gm_note(on_note, NULL, "columns that the model does not use: %s", names);
}

/* The rows of a table as inputs of the model. The table is kept where it names the rows. */
static gemlet_status load_table(gemlet_dataset **out, gm_table **table, const gm_schema *schema,
                                const predict_settings *settings)
{
    gemlet_dim *rows;
    gm_table_news news;
    const gm_run_events events = {.on_note = on_note};
    GEMLET_TRY(gm_table_load_for(table, settings->input, schema, 0, &settings->table));
    GEMLET_TRY(GM_ALLOC(rows, (*table)->rows, "rows of a table"));
    for (gemlet_dim row = 0; row < (*table)->rows; ++row)
        rows[row] = row;
    const gemlet_status status = gm_table_dataset_create(out, &news, schema, *table, rows,
                                                         (*table)->rows, 0, settings->input);
    free(rows);
    GEMLET_TRY(status);
    note_surplus(*table, schema);
    gm_table_note_news(&news, settings->input, &events);
    return GEMLET_OK;
}

/* What is predicted, and where it goes to. */
typedef struct writer {
    const predict_settings *settings;
    gm_predictions predictions;
    gm_output output; /* not open: standard output */
} writer;

/* A model with broken parameters gives NaN, which is no answer and not JSON either. */
static gemlet_status check_finite(const writer *w, gemlet_dim first, gemlet_dim n,
                                  const float *answers)
{
    const size_t n_outputs = w->predictions.n_outputs;
    for (size_t i = 0; i < n * n_outputs; ++i) {
        if (isfinite(answers[i]))
            continue;
        const size_t row = first + i / n_outputs;
        return w->predictions.task == GEMLET_TASK_REGRESSION
                   ? gm_error(GEMLET_E_RANGE, "%s: row %zu: the number is not finite",
                              w->settings->model, row)
                   : gm_error(GEMLET_E_RANGE, "%s: row %zu: probability of class %zu is not finite",
                              w->settings->model, row, i % n_outputs);
    }
    return GEMLET_OK;
}

static void format_rows(const gm_predictions *p, gemlet_dim first, gemlet_dim n,
                        const float *answers, const float *spread)
{
    if (first == 0)
        gm_predictions_begin(p);
    for (gemlet_dim i = 0; i < n; ++i)
        gm_predictions_write_row(p, first + i, answers + (size_t)i * p->n_outputs,
                                 spread != NULL ? spread[i] : 0.0f);
    if (first + n == p->n_rows)
        gm_predictions_end(p);
}

/* What standard output does not take is reported by main(). */
static gemlet_status write_text(writer *w, const char *text, size_t n_bytes)
{
    if (w->settings->output != NULL)
        return gm_output_write(&w->output, text, n_bytes);
    fwrite(text, 1, n_bytes, stdout);
    return GEMLET_OK;
}

static gemlet_status write_rows(gemlet_dim first, gemlet_dim n, const float *answers,
                                const float *spread, void *user)
{
    writer *w = user;
    char *text = NULL;
    size_t n_bytes = 0;
    GEMLET_TRY(check_finite(w, first, n, answers));
    w->predictions.stream = open_memstream(&text, &n_bytes);
    if (w->predictions.stream != NULL)
        format_rows(&w->predictions, first, n, answers, spread);
    if (w->predictions.stream == NULL || fclose(w->predictions.stream) != 0) {
        free(text);
        return gm_error(GEMLET_E_MEMORY, "predictions of %u rows: out of memory", n);
    }
    const gemlet_status status = write_text(w, text, n_bytes);
    free(text);
    return status;
}

/* What is known when the rows are read. */
typedef struct prediction {
    const predict_settings *settings;
    gemlet_model *model;
    gemlet_device *device;
    gemlet_dataset *rows;
    gm_table *table; /* with a schema */
} prediction;

static gemlet_status predict_rows(const prediction *p, writer *w)
{
    const predict_settings *settings = p->settings;
    w->predictions = (gm_predictions){
        .format = settings->format != GM_PREDICTIONS_BY_NAME
                      ? settings->format
                      : gm_predictions_format_of(settings->output),
        .n_rows = gemlet_dataset_rows(p->rows),
        .task = gemlet_model_spec(p->model)->task,
        .n_outputs = gm_spec_classes(gemlet_model_spec(p->model)),
        .schema = gm_model_schema(p->model),
        .table = p->table,
        .has_spread = gemlet_model_networks(p->model) > 0,
    };
    return gemlet_predict_with_spread(p->model, p->device, p->rows, write_rows, w);
}

static gemlet_status predict_to_output(const prediction *p)
{
    writer w = {.settings = p->settings};
    if (p->settings->output == NULL)
        return predict_rows(p, &w);
    GEMLET_TRY(gm_output_open(&w.output, p->settings->output));
    const gemlet_status status = predict_rows(p, &w);
    if (status == GEMLET_OK)
        return gm_output_finish(&w.output);
    gm_output_abort(&w.output);
    return status;
}

static gemlet_status load_rows(prediction *p)
{
    const gm_schema *schema = gm_model_schema(p->model);
    if (schema != NULL) {
        GEMLET_TRY(gm_schema_check_target(schema, p->settings->model));
        return load_table(&p->rows, &p->table, schema, p->settings);
    }
    return gm_row_file_load(&p->rows, p->settings->input, gemlet_model_spec(p->model));
}

static gemlet_status predict(const predict_settings *settings)
{
    prediction p = {.settings = settings};
    const gm_run_events events = {.on_note = on_note};
    gemlet_status status = GEMLET_OK;
    GEMLET_TRY_CLEANUP(status, gm_rows_limit_memory(settings->max_memory));
    GEMLET_TRY_CLEANUP(status, gm_model_load_from(&p.model, settings->model));
    GEMLET_TRY_CLEANUP(status, load_rows(&p));
    GEMLET_TRY_CLEANUP(status, gm_device_settings_open(&p.device, &settings->device));
    if (!settings->no_qualify)
        GEMLET_TRY_CLEANUP(status, gm_run_try_device(p.device, p.model, p.rows, &events));
    status = predict_to_output(&p);
cleanup:
    gemlet_device_close(p.device);
    gemlet_dataset_destroy(p.rows);
    gm_table_destroy(p.table);
    gemlet_model_destroy(p.model);
    return status;
}

int gm_cmd_predict(int argc, char **argv)
{
    static const gm_name formats[] = {
        {"auto", GM_PREDICTIONS_BY_NAME},
        {"csv", GM_PREDICTIONS_CSV},
        {"json", GM_PREDICTIONS_JSON},
        {"jsonl", GM_PREDICTIONS_JSON_LINES},
        {NULL, 0},
    };
    predict_settings settings = {.model = NULL};
    gemlet_device_options_init(&settings.device);
    gm_option options[] = {
        GM_INPUT_FILE(INPUT, "model", &settings.model,
                      "saved model (.npz), or the directory of a run; must be given"),
        GM_INPUT_FILE(INPUT, "input", &settings.input,
                      "file or pipe with rows as IDX or CSV, plain or gz, by its content; must be "
                      "given. CSV with one column more than the model has inputs has a label in "
                      "front, which is not used. For a model of a table: a table with its "
                      "columns, found by their names"),
        GM_TABLE_TEXT_OPTIONS(&settings.table),
        GM_MAX_MEMORY_OPTION(INPUT, &settings.max_memory),
        GM_OUTPUT_FILE(OUTPUT, "output", &settings.output,
                       "where to write, packed if the name ends in .gz; otherwise standard output"),
        GM_CHOICE(OUTPUT, "format", "NAME", &settings.format, formats,
                  "csv: columns row, class, p0, p1, ... under a header line; json: an array of "
                  "objects with row, class and probabilities; jsonl: such an object a line; auto: "
                  "what the name of the output ends in, else csv. Of a table, row is the id column "
                  "if the model has one, and target and classes have their names. Of a number "
                  "there is a value instead of class and probabilities. Of an ensemble there is "
                  "its spread, too: how far its networks disagree"),
        GM_DEVICE_OPTIONS(&settings.device),
        GM_NO_QUALIFY_OPTION(&settings.no_qualify),
    };
    const gm_command command = {
        .name = "predict",
        .description = "Runs a saved model over the rows of a file and writes for each row, "
                       "counted from 0, the most probable class and all probabilities; or the "
                       "number that it predicts, in the unit of the target.",
        .options = options,
        .n_options = GM_N_OPTIONS(options),
        .examples = "  gemlet predict --model runs/mnist/model_mnist.npz \\\n"
                    "      --input datasets/mnist/t10k-images-idx3-ubyte.gz --output answers.csv\n",
    };
    const int exit_code = gm_options_parse(&command, argc, argv);
    if (exit_code != GM_OPTIONS_RUN)
        return exit_code;
    if (settings.model == NULL || settings.input == NULL)
        return gm_options_error(&command, "--%s FILE must be given",
                                settings.model == NULL ? "model" : "input");
    const int guarded = gm_run_guard(&command, settings.model, settings.output);
    if (guarded != GM_OPTIONS_RUN)
        return guarded;
    return predict(&settings) == GEMLET_OK ? GM_EXIT_OK : gm_report_error(command.name);
}
