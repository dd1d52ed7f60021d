/* SPDX-License-Identifier: MIT
 * gemlet predict: class and probabilities for the rows of a file. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/device_settings.h"
#include "cli/options.h"
#include "cli/report_error.h"
#include "cli/row_file.h"
#include "core/file.h"
#include "core/memory.h"
#include "gemlet/gemlet.h"
#include "run/rows.h"

typedef enum prediction_format {
    FORMAT_CSV,
    FORMAT_JSON
} prediction_format;

typedef struct predict_settings {
    const char *model;
    const char *input;
    const char *output; /* NULL: standard output */
    prediction_format format;
    gemlet_device_options device;
    uint64_t max_memory;
} predict_settings;

typedef struct predictions {
    gemlet_dim n_rows;
    gemlet_dim n_classes;
    float *probabilities; /* (n_rows, n_classes) */
} predictions;

static gemlet_status predict(predictions *p, const predict_settings *settings)
{
    gemlet_model *model = NULL;
    gemlet_dataset *rows = NULL;
    gemlet_device *device = NULL;
    size_t n_values = 0;
    gemlet_status status = GEMLET_OK;
    GEMLET_TRY_CLEANUP(status, gm_rows_limit_memory(settings->max_memory));
    GEMLET_TRY_CLEANUP(status, gemlet_model_load(&model, settings->model));
    const gemlet_spec *spec = gemlet_model_spec(model);
    GEMLET_TRY_CLEANUP(status, gm_row_file_load(&rows, settings->input, spec));
    p->n_rows = gemlet_dataset_rows(rows);
    p->n_classes = spec->layers[spec->n_layers - 1].width;
    GEMLET_TRY_CLEANUP(status, gm_checked_mul(&n_values, p->n_rows, p->n_classes, "probabilities"));
    GEMLET_TRY_CLEANUP(status, GM_ALLOC(p->probabilities, n_values, "probabilities"));
    GEMLET_TRY_CLEANUP(status, gm_device_settings_open(&device, &settings->device));
    status = gemlet_predict(model, device, rows, p->probabilities);
cleanup:
    gemlet_device_close(device);
    gemlet_dataset_destroy(rows);
    gemlet_model_destroy(model);
    return status;
}

/* The most probable class; of equal ones the lowest. */
static gemlet_dim best_class(const float *probabilities, gemlet_dim n_classes)
{
    gemlet_dim best = 0;
    for (gemlet_dim c = 1; c < n_classes; ++c) {
        if (probabilities[c] > probabilities[best])
            best = c;
    }
    return best;
}

/* %.9g: nine digits give back the same float. */
static void write_csv(FILE *stream, const predictions *p)
{
    fputs("row,class", stream);
    for (gemlet_dim c = 0; c < p->n_classes; ++c)
        fprintf(stream, ",p%u", c);
    fputc('\n', stream);
    for (gemlet_dim row = 0; row < p->n_rows; ++row) {
        const float *probabilities = p->probabilities + (size_t)row * p->n_classes;
        fprintf(stream, "%u,%u", row, best_class(probabilities, p->n_classes));
        for (gemlet_dim c = 0; c < p->n_classes; ++c)
            fprintf(stream, ",%.9g", (double)probabilities[c]);
        fputc('\n', stream);
    }
}

/* Written as it goes: a tree of cJSON would need 64 bytes and more for each probability. */
static void write_json(FILE *stream, const predictions *p)
{
    fputs("[\n", stream);
    for (gemlet_dim row = 0; row < p->n_rows; ++row) {
        const float *probabilities = p->probabilities + (size_t)row * p->n_classes;
        fprintf(stream, "{\"row\": %u, \"class\": %u, \"probabilities\": [", row,
                best_class(probabilities, p->n_classes));
        for (gemlet_dim c = 0; c < p->n_classes; ++c)
            fprintf(stream, "%s%.9g", c == 0 ? "" : ", ", (double)probabilities[c]);
        fprintf(stream, "]}%s\n", row + 1 < p->n_rows ? "," : "");
    }
    fputs("]\n", stream);
}

/* A model with broken parameters gives NaN, which is no answer and not JSON either. */
static gemlet_status check_finite(const predictions *p, const char *model)
{
    for (size_t i = 0; i < (size_t)p->n_rows * p->n_classes; ++i) {
        if (!isfinite(p->probabilities[i]))
            return gm_error(GEMLET_E_RANGE, "%s: row %zu: probability of class %zu is not finite",
                            model, i / p->n_classes, i % p->n_classes);
    }
    return GEMLET_OK;
}

static gemlet_status write_predictions(const predictions *p, const predict_settings *settings)
{
    void (*write)(FILE *, const predictions *) =
        settings->format == FORMAT_JSON ? write_json : write_csv;
    GEMLET_TRY(check_finite(p, settings->model));
    if (settings->output == NULL) {
        write(stdout, p); /* main() reports what could not be written */
        return GEMLET_OK;
    }
    gm_atomic_file file;
    GEMLET_TRY(gm_atomic_file_open(&file, settings->output));
    write(file.stream, p);
    return gm_atomic_file_commit(&file);
}

int gm_cmd_predict(int argc, char **argv)
{
    static const gm_name formats[] = {{"csv", FORMAT_CSV}, {"json", FORMAT_JSON}, {NULL, 0}};
    predict_settings settings = {.model = NULL};
    gemlet_device_options_init(&settings.device);
    gm_option options[] = {
        GM_INPUT_FILE(INPUT, "model", &settings.model, "saved model (.npz); must be given"),
        GM_INPUT_FILE(INPUT, "input", &settings.input,
                      "file or pipe with rows as IDX or CSV, plain or gz, by its content; must be "
                      "given. CSV with one column more than the model has inputs has a label in "
                      "front, which is not used"),
        GM_MAX_MEMORY_OPTION(INPUT, &settings.max_memory),
        GM_OUTPUT_FILE(OUTPUT, "output", &settings.output,
                       "where to write; otherwise standard output"),
        GM_CHOICE(OUTPUT, "format", "NAME", &settings.format, formats,
                  "columns row, class, p0, p1, ... under a header line; or an array of objects "
                  "with row, class and probabilities"),
        GM_DEVICE_OPTIONS(&settings.device),
    };
    const gm_command command = {
        .name = "predict",
        .description = "Runs a saved model over the rows of a file and writes for each row, "
                       "counted from 0, the most probable class and all probabilities.",
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

    predictions p = {0};
    gemlet_status status = predict(&p, &settings);
    if (status == GEMLET_OK)
        status = write_predictions(&p, &settings);
    free(p.probabilities);
    return status == GEMLET_OK ? GM_EXIT_OK : gm_report_error(command.name);
}
