/* SPDX-License-Identifier: MIT
 * gemlet eval: how good a saved model is on a data set. */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/device_settings.h"
#include "cli/eval_report.h"
#include "options/options.h"
#include "cli/report_error.h"
#include "options/table_options.h"
#include "gemlet/gemlet.h"
#include "model/model.h"
#include "run/model_place.h"
#include "run/device.h"
#include "run/rows.h"
#include "run/table_rows.h"

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

/* Rows of a table with a target, as inputs and answers of the model. */
static gemlet_status load_table(gemlet_dataset **out, const gm_schema *schema,
                                const eval_settings *settings)
{
    const gm_run_events events = GM_COMMAND_EVENTS("eval");
    gm_table_settings table = settings->table;
    table.is_test = settings->split == GEMLET_SPLIT_TEST;
    GEMLET_TRY(gm_schema_check_target(schema, settings->model));
    return gm_table_rows_load_file(out, schema, settings->data, &table, &events);
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

/* What is known when the rows are read. */
typedef struct job {
    const eval_settings *settings;
    gemlet_model *model;
    gemlet_dataset *dataset;
    gemlet_device *device;
} job;

static gemlet_status run(const job *j)
{
    gm_eval_report report = {.schema = gm_model_schema(j->model)};
    const double unit = gm_schema_target_unit(report.schema);
    GEMLET_TRY(gm_metrics_evaluate(&report.metrics, NULL, &report.evaluation, j->model, j->device,
                                   j->dataset, unit));
    const gemlet_status status = j->settings->json ? gm_eval_report_print_json(&report, stdout)
                                                   : gm_eval_report_print(&report, stdout);
    gm_metrics_free(&report.metrics);
    return status;
}

/* Loads what is quick to refuse first: model, data, and only then the device. */
static gemlet_status evaluate(const eval_settings *settings)
{
    job j = {.settings = settings};
    const gm_run_events events = GM_COMMAND_EVENTS("eval");
    gemlet_status status = GEMLET_OK;
    GEMLET_TRY_CLEANUP(status, gm_rows_limit_memory(settings->max_memory));
    GEMLET_TRY_CLEANUP(status, gm_model_load_from(&j.model, settings->model));
    GEMLET_TRY_CLEANUP(status, load(&j.dataset, j.model, settings));
    GEMLET_TRY_CLEANUP(status, gm_device_settings_open(&j.device, &settings->device));
    if (!settings->json)
        printf("%s\n", gemlet_device_choice(j.device));
    if (!settings->no_qualify)
        GEMLET_TRY_CLEANUP(status, gm_run_try_device(j.device, j.model, j.dataset, &events));
    status = run(&j);
cleanup:
    gemlet_device_close(j.device);
    gemlet_dataset_destroy(j.dataset);
    gemlet_model_destroy(j.model);
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
        GM_INPUT_FILE(INPUT, "model", &settings.model,
                      "saved model (.npz), or the directory of a run; must be given"),
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
        .description = "Runs a saved model over a data set and prints how good it is: accuracy, "
                       "loss (mean cross-entropy per row, in nats), balanced accuracy, macro F1, "
                       "area under the ROC curve (of more than two classes the mean of each "
                       "against all others) and confusion matrix; or for numbers RMSE, MAE, R2 in "
                       "the unit of the target, and the loss.",
        .options = options,
        .n_options = GM_N_OPTIONS(options),
        .examples = "  gemlet eval --model runs/mnist/model_mnist.npz --data datasets/mnist\n",
    };
    const int exit_code = gm_options_parse(&command, argc, argv);
    if (exit_code != GM_OPTIONS_RUN)
        return exit_code;
    if (settings.model == NULL)
        return gm_options_error(&command, "--model FILE must be given");

    return evaluate(&settings) == GEMLET_OK ? GM_EXIT_OK : gm_report_error(command.name);
}
