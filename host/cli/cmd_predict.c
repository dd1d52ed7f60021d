/* SPDX-License-Identifier: MIT
 * gemlet predict: class and probabilities for the rows of a file. */
#include <math.h>
#include <stdio.h>

#include "cli/commands.h"
#include "cli/device_settings.h"
#include "cli/options.h"
#include "cli/report_error.h"
#include "cli/row_file.h"
#include "core/file.h"
#include "gemlet/gemlet.h"
#include "model/spec.h"
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

/* Where the predictions go to. */
typedef struct writer {
    const predict_settings *settings;
    FILE *stream;
    gemlet_dim n_rows; /* of the whole input */
    gemlet_dim n_classes;
} writer;

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
static void write_csv_row(const writer *w, gemlet_dim row, const float *probabilities)
{
    fprintf(w->stream, "%u,%u", row, best_class(probabilities, w->n_classes));
    for (gemlet_dim c = 0; c < w->n_classes; ++c)
        fprintf(w->stream, ",%.9g", (double)probabilities[c]);
    fputc('\n', w->stream);
}

/* Written as it goes: a tree of cJSON would need 64 bytes and more for each probability. */
static void write_json_row(const writer *w, gemlet_dim row, const float *probabilities)
{
    fprintf(w->stream, "{\"row\": %u, \"class\": %u, \"probabilities\": [", row,
            best_class(probabilities, w->n_classes));
    for (gemlet_dim c = 0; c < w->n_classes; ++c)
        fprintf(w->stream, "%s%.9g", c == 0 ? "" : ", ", (double)probabilities[c]);
    fprintf(w->stream, "]}%s\n", row + 1 < w->n_rows ? "," : "");
}

static void write_begin(const writer *w)
{
    if (w->settings->format == FORMAT_JSON) {
        fputs("[\n", w->stream);
        return;
    }
    fputs("row,class", w->stream);
    for (gemlet_dim c = 0; c < w->n_classes; ++c)
        fprintf(w->stream, ",p%u", c);
    fputc('\n', w->stream);
}

/* A model with broken parameters gives NaN, which is no answer and not JSON either. */
static gemlet_status check_finite(const writer *w, gemlet_dim first, gemlet_dim n,
                                  const float *probabilities)
{
    for (size_t i = 0; i < (size_t)n * w->n_classes; ++i) {
        if (!isfinite(probabilities[i]))
            return gm_error(GEMLET_E_RANGE, "%s: row %zu: probability of class %zu is not finite",
                            w->settings->model, first + i / w->n_classes, i % w->n_classes);
    }
    return GEMLET_OK;
}

/* What cannot be written is reported by main(), or where the file gets its name. */
static gemlet_status write_rows(gemlet_dim first, gemlet_dim n, const float *probabilities,
                                void *user)
{
    const writer *w = user;
    void (*write_row)(const writer *, gemlet_dim, const float *) =
        w->settings->format == FORMAT_JSON ? write_json_row : write_csv_row;
    GEMLET_TRY(check_finite(w, first, n, probabilities));
    if (first == 0)
        write_begin(w);
    for (gemlet_dim i = 0; i < n; ++i)
        write_row(w, first + i, probabilities + (size_t)i * w->n_classes);
    if (w->settings->format == FORMAT_JSON && first + n == w->n_rows)
        fputs("]\n", w->stream);
    return GEMLET_OK;
}

static gemlet_status predict_to(FILE *stream, const predict_settings *settings,
                                const gemlet_model *model, gemlet_device *device,
                                const gemlet_dataset *rows)
{
    writer w = {settings, stream, gemlet_dataset_rows(rows),
                gm_spec_classes(gemlet_model_spec(model))};
    return gemlet_predict_in_parts(model, device, rows, write_rows, &w);
}

static gemlet_status predict_to_output(const predict_settings *settings, const gemlet_model *model,
                                       gemlet_device *device, const gemlet_dataset *rows)
{
    gm_atomic_file file;
    if (settings->output == NULL)
        return predict_to(stdout, settings, model, device, rows);
    GEMLET_TRY(gm_atomic_file_open(&file, settings->output));
    const gemlet_status status = predict_to(file.stream, settings, model, device, rows);
    if (status == GEMLET_OK)
        return gm_atomic_file_commit(&file);
    gm_atomic_file_abort(&file);
    return status;
}

static gemlet_status predict(const predict_settings *settings)
{
    gemlet_model *model = NULL;
    gemlet_dataset *rows = NULL;
    gemlet_device *device = NULL;
    gemlet_status status = GEMLET_OK;
    GEMLET_TRY_CLEANUP(status, gm_rows_limit_memory(settings->max_memory));
    GEMLET_TRY_CLEANUP(status, gemlet_model_load(&model, settings->model));
    GEMLET_TRY_CLEANUP(status, gm_row_file_load(&rows, settings->input, gemlet_model_spec(model)));
    GEMLET_TRY_CLEANUP(status, gm_device_settings_open(&device, &settings->device));
    status = predict_to_output(settings, model, device, rows);
cleanup:
    gemlet_device_close(device);
    gemlet_dataset_destroy(rows);
    gemlet_model_destroy(model);
    return status;
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

    return predict(&settings) == GEMLET_OK ? GM_EXIT_OK : gm_report_error(command.name);
}
