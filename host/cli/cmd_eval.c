/* SPDX-License-Identifier: MIT
 * gemlet eval: loss and accuracy of a saved model. */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/device_settings.h"
#include "cli/options.h"
#include "cli/report_error.h"
#include "gemlet/gemlet.h"
#include "run/rows.h"

typedef struct eval_settings {
    const char *model;
    const char *data;
    gemlet_split split;
    uint64_t max_memory;
    gemlet_device_options device;
    int json;
} eval_settings;

/* Loads what is quick to refuse first: model, data, and only then the device. */
static gemlet_status evaluate(const eval_settings *settings, gemlet_evaluation *evaluation)
{
    gemlet_model *model = NULL;
    gemlet_dataset *dataset = NULL;
    gemlet_device *device = NULL;
    gemlet_status status = gm_rows_limit_memory(settings->max_memory);
    if (status == GEMLET_OK)
        status = gemlet_model_load(&model, settings->model);
    if (status == GEMLET_OK)
        status = gemlet_dataset_load_directory(&dataset, settings->data, settings->split);
    if (status == GEMLET_OK)
        status = gm_device_settings_open(&device, &settings->device);
    if (status == GEMLET_OK && !settings->json)
        printf("%s\n", gemlet_device_choice(device));
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
                          "directory of the data set, as for gemlet train"),
        GM_CHOICE(INPUT, "split", "NAME", &settings.split, gm_split_names, "which rows"),
        GM_MAX_MEMORY_OPTION(INPUT, &settings.max_memory),
        GM_DEVICE_OPTIONS(&settings.device),
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
