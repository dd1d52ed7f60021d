/* SPDX-License-Identifier: MIT
 * gemlet eval: loss and accuracy of a saved model. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/commands.h"
#include "cli/device_settings.h"
#include "cli/options.h"
#include "cli/report_error.h"
#include "cli/table_options.h"
#include "gemlet/gemlet.h"
#include "model/model.h"
#include "run/device.h"
#include "run/rows.h"
#include "table/table_dataset.h"

typedef struct eval_settings {
    const char *model;
    const char *data;
    gemlet_split split;
    gm_table_settings table;
    uint64_t max_memory;
    gemlet_device_options device;
    int no_qualify;
    int json;
} eval_settings;

/* Rows of a table with a target, as inputs and classes of the model. */
static gemlet_status load_table(gemlet_dataset **out, const gm_schema *schema,
                                const eval_settings *settings)
{
    gm_table *table;
    gemlet_dim *rows = NULL;
    uint32_t *labels = NULL;
    gemlet_dim n_rows;
    GEMLET_TRY(gm_schema_check_classes(schema, settings->model));
    GEMLET_TRY(gm_table_load_for(&table, settings->data, schema, 1, &settings->table));
    gemlet_status status =
        gm_table_label_rows(&rows, &labels, &n_rows, schema, table, settings->data);
    if (status == GEMLET_OK)
        status =
            gm_table_dataset_create(out, NULL, schema, table, rows, n_rows, labels, settings->data);
    free(rows);
    free(labels);
    gm_table_destroy(table);
    return status;
}

static gemlet_status load(gemlet_dataset **out, const gemlet_model *model,
                          const eval_settings *settings)
{
    const gm_schema *schema = gm_model_schema(model);
    const int is_table = gm_table_is_file(settings->data);
    if (schema == NULL && is_table)
        return gm_error(GEMLET_E_ARGUMENT,
                        "%s: found a file, expected a directory: %s was not trained on a table and "
                        "has no schema",
                        settings->data, settings->model);
    if (schema != NULL && !is_table)
        return gm_error(GEMLET_E_ARGUMENT,
                        "%s: found no file, expected --data FILE: %s was trained on a table",
                        settings->data, settings->model);
    return schema != NULL ? load_table(out, schema, settings)
                          : gemlet_dataset_load_directory(out, settings->data, settings->split);
}

/* Loads what is quick to refuse first: model, data, and only then the device. */
static gemlet_status evaluate(const eval_settings *settings, gemlet_evaluation *evaluation)
{
    gemlet_model *model = NULL;
    gemlet_dataset *dataset = NULL;
    gemlet_device *device = NULL;
    const gm_run_events events = GM_COMMAND_EVENTS("eval");
    gemlet_status status = gm_rows_limit_memory(settings->max_memory);
    if (status == GEMLET_OK)
        status = gemlet_model_load(&model, settings->model);
    if (status == GEMLET_OK)
        status = load(&dataset, model, settings);
    if (status == GEMLET_OK)
        status = gm_device_settings_open(&device, &settings->device);
    if (status == GEMLET_OK && !settings->json)
        printf("%s\n", gemlet_device_choice(device));
    if (status == GEMLET_OK && !settings->no_qualify)
        status = gm_run_try_device(device, model, dataset, &events);
    if (status == GEMLET_OK)
        status = gemlet_evaluate(model, device, dataset, evaluation);
    gemlet_device_close(device);
    gemlet_dataset_destroy(dataset);
    gemlet_model_destroy(model);
    return status;
}

int gm_cmd_eval(int argc, char **argv)
{
    eval_settings settings = {
        .data = "datasets/mnist",
        .split = GEMLET_SPLIT_TEST,
    };
    gemlet_device_options_init(&settings.device);
    gm_option options[] = {
        GM_INPUT_FILE(INPUT, "model", &settings.model, "saved model (.npz); must be given"),
        GM_DATA_DIRECTORY(INPUT, "data", &settings.data,
                          "directory of the data set, as for gemlet train; for a model of a table "
                          "a table with its columns, of which all rows with a target count"),
        GM_TABLE_TEXT_OPTIONS(&settings.table),
        GM_CHOICE(INPUT, "split", "NAME", &settings.split, gm_split_names, "which rows"),
        GM_MAX_MEMORY_OPTION(INPUT, &settings.max_memory),
        GM_DEVICE_OPTIONS(&settings.device),
        GM_NO_QUALIFY_OPTION(&settings.no_qualify),
        GM_FLAG(OUTPUT, "json", &settings.json, "print the figures as JSON"),
    };
    const gm_command command = {
        .name = "eval",
        .description = "Runs a saved model over a data set and prints rows, accuracy and loss "
                       "(mean cross-entropy per row, in nats).",
        .options = options,
        .n_options = GM_N_OPTIONS(options),
        .examples = "  gemlet eval --model runs/mnist/model_mnist.npz --data datasets/mnist\n",
    };
    const int exit_code = gm_options_parse(&command, argc, argv);
    if (exit_code != GM_OPTIONS_RUN)
        return exit_code;
    if (settings.model == NULL)
        return gm_options_error(&command, "--model FILE must be given");

    gemlet_evaluation evaluation;
    if (evaluate(&settings, &evaluation) != GEMLET_OK)
        return gm_report_error(command.name);
    if (settings.json)
        printf("{\"rows\": %llu, \"correct\": %llu, \"accuracy\": %.17g, \"loss\": %.17g}\n",
               (unsigned long long)evaluation.rows, (unsigned long long)evaluation.correct,
               evaluation.accuracy, evaluation.loss);
    else
        printf("rows      %llu\ncorrect   %llu\naccuracy  %.2f %%\nloss      %.6f\n",
               (unsigned long long)evaluation.rows, (unsigned long long)evaluation.correct,
               100.0 * evaluation.accuracy, evaluation.loss);
    return GM_EXIT_OK;
}
