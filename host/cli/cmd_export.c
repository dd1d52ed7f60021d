/* SPDX-License-Identifier: MIT
 * gemlet export: a saved model in the format of another program. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/report_error.h"
#include "cli/run_guard.h"
#include "core/clean_text.h"
#include "core/file.h"
#include "export/c_source.h"
#include "gemlet/gemlet.h"
#include "options/options.h"
#include "options/output_check.h"
#include "run/model_place.h"

/* Not a gemlet_export_format: found by the name of the output. */
#define BY_NAME 1000u

typedef struct export_settings {
    const char *model;
    const char *output;
    unsigned format;
    gemlet_export_input input;
    gemlet_export_columns columns;
    uint64_t max_memory;
} export_settings;

static const gm_name formats[] = {
    {"auto", BY_NAME},
    {"onnx", GEMLET_EXPORT_ONNX},
    {"safetensors", GEMLET_EXPORT_SAFETENSORS},
    {"c", GEMLET_EXPORT_C},
    {"npz", GEMLET_EXPORT_NPZ},
    {NULL, 0},
};

/* Settles the format: GM_OPTIONS_RUN or an exit code. */
static int find_format(const gm_command *command, export_settings *s)
{
    const char *point = strrchr(s->output, '.');
    char names[GM_NAMES_SIZE];
    for (const gm_name *name = formats + 1; s->format == BY_NAME && name->name != NULL; ++name) {
        if (point != NULL && strcmp(point + 1, name->name) == 0)
            s->format = name->value;
    }
    if (s->format != BY_NAME)
        return GM_OPTIONS_RUN;
    gm_names_list(names, formats + 1);
    return gm_options_error(command, "--to must be given, where --output does not end in it: %s",
                            names);
}

/* One of the files to be written. */
static int check_output(const gm_command *command, const char *path, const char *model)
{
    if (gm_file_is_same(path, model))
        return gm_options_error(command, "--output: %s is also the model, expected another file",
                                path);
    return gm_output_check_file(command, gm_options_find(command, "output"), path);
}

static int check_outputs(const gm_command *command, const export_settings *s)
{
    char *model = NULL;
    char *header = NULL;
    int exit_code = GM_OPTIONS_RUN;
    if (gm_model_find(&model, s->model) != GEMLET_OK ||
        (s->format == GEMLET_EXPORT_C && gm_export_c_header(&header, s->output) != GEMLET_OK))
        exit_code = gm_report_error(command->name);
    if (exit_code == GM_OPTIONS_RUN)
        exit_code = check_output(command, s->output, model);
    if (exit_code == GM_OPTIONS_RUN && header != NULL)
        exit_code = check_output(command, header, model);
    free(header);
    free(model);
    return exit_code;
}

/* What one option says of another. */
static int check(const gm_command *command, export_settings *s)
{
    if (s->output == NULL)
        return gm_options_error(command, "--output FILE must be given");
    const int exit_code = find_format(command, s);
    if (exit_code != GM_OPTIONS_RUN)
        return exit_code;
    if (gm_options_given(command, "input-type") && s->format != GEMLET_EXPORT_ONNX &&
        s->format != GEMLET_EXPORT_C)
        return gm_options_error(command, "--input-type belongs to --to onnx and c");
    if (gm_options_given(command, "onnx-input") && s->format != GEMLET_EXPORT_ONNX)
        return gm_options_error(command, "--onnx-input belongs to --to onnx");
    const int guarded = gm_run_guard(command, s->model, s->output);
    return guarded != GM_OPTIONS_RUN ? guarded : check_outputs(command, s);
}

static gemlet_status export_model(const export_settings *s)
{
    gemlet_model *model;
    gemlet_export_options options;
    gemlet_export_options_init(&options);
    options.format = (gemlet_export_format)s->format;
    options.input = s->input;
    options.columns = s->columns;
    gemlet_memory_limit_set((size_t)s->max_memory);
    GEMLET_TRY(gm_model_load_from(&model, s->model));
    const gemlet_status status = gemlet_model_export(model, s->output, &options);
    if (status == GEMLET_OK)
        gm_print_text(stdout, "%s: %s\n", s->output, gm_name_of(formats, s->format));
    gemlet_model_destroy(model);
    return status;
}

int gm_cmd_export(int argc, char **argv)
{
    static const gm_name inputs[] = {
        {"auto", GEMLET_EXPORT_INPUT_AUTO},
        {"byte", GEMLET_EXPORT_INPUT_BYTE},
        {"float", GEMLET_EXPORT_INPUT_FLOAT},
        {NULL, 0},
    };
    static const gm_name columns[] = {
        {"columns", GEMLET_EXPORT_COLUMNS_SEPARATE},
        {"matrix", GEMLET_EXPORT_COLUMNS_MATRIX},
        {NULL, 0},
    };
    export_settings s = {.format = BY_NAME};
    gm_option options[] = {
        GM_CHOICE(
            OUTPUT, "to", "FORMAT", &s.format, formats,
            "onnx: for ONNX Runtime and others, opset 13; safetensors: for PyTorch, layers as "
            "they were trained; c: a .c file, and a .h file beside it, in C99 without any "
            "library but libm; npz: for NumPy, what a forward pass needs (the model file is "
            "an npz file, too, with batch-norm and what the optimizer keeps); auto: what the "
            "name of the output ends in"),
        GM_OUTPUT_FILE(OUTPUT, "output", &s.output, "file to write; must be given"),
        GM_CHOICE(INPUT, "input-type", "TYPE", &s.input, inputs,
                  "of onnx and c: type of the raw values of a model that is of no table; auto: "
                  "byte if it scales "
                  "them by 1/255, else float; of --onnx-input matrix float is for consumers that "
                  "have no double"),
        GM_CHOICE(INPUT, "onnx-input", "HOW", &s.columns, columns,
                  "of onnx, how the columns of a table come: each as an input of its name, or all "
                  "as one matrix x of numbers, for consumers that feed one array"),
        GM_MAX_MEMORY_OPTION(INPUT, &s.max_memory),
    };
    gm_operands operands = {.name = "MODEL"};
    const gm_command command = {
        .name = "export",
        .description = "Writes a saved model, a file or in the directory of a run, in a format of "
                       "other programs, together with what turns raw values into its inputs: rows "
                       "give the same answers there as with gemlet predict.",
        .options = options,
        .n_options = GM_N_OPTIONS(options),
        .operands = &operands,
        .examples = "  gemlet export runs/penguins --output penguins.onnx\n"
                    "  gemlet export runs/penguins --output penguins.c\n",
    };
    const int exit_code = gm_options_parse(&command, argc, argv);
    if (exit_code != GM_OPTIONS_RUN)
        return exit_code;
    if (operands.n != 1)
        return gm_options_error(&command, "found %d models, expected one", operands.n);
    s.model = operands.values[0];
    const int checked = check(&command, &s);
    if (checked != GM_OPTIONS_RUN)
        return checked;
    return export_model(&s) == GEMLET_OK ? GM_EXIT_OK : gm_report_error(command.name);
}
