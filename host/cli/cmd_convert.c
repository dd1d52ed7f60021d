/* SPDX-License-Identifier: MIT
 * gemlet convert: IDX to CSV and back, single files or a whole data set. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "options/options.h"
#include "options/output_check.h"
#include "cli/report_error.h"
#include "cli/row_file.h"
#include "core/clean_text.h"
#include "core/file.h"
#include "data/csv.h"
#include "data/idx.h"
#include "gemlet/dataset.h"

typedef struct convert_settings {
    /* one file */
    const char *from;
    const char *labels;
    const char *to;
    const char *to_labels;
    int no_labels;
    gm_input input; /* --from */
    int from_csv;
    /* a whole data set */
    const char *data;
    const char *to_csv;
    const char *to_idx;
    int gz;
    /* both */
    gm_dim_list item_shape;
    uint64_t max_memory;
} convert_settings;

static gemlet_status set_item_shape(gemlet_dataset *dataset, const gm_dim_list *shape)
{
    if (shape->n == 0)
        return GEMLET_OK;
    return gemlet_dataset_set_item_dims(dataset, shape->values, shape->n);
}

static void print_done(const gemlet_dataset *dataset, const char *path)
{
    gm_print_text(stdout, "%s: %u rows of %u values\n", path, gemlet_dataset_rows(dataset),
                  gemlet_dataset_features(dataset));
}

static gemlet_status convert_file(convert_settings *s)
{
    gemlet_dataset *dataset = NULL;
    gemlet_status status;
    if (s->from_csv)
        status = gm_csv_read(&dataset, &s->input,
                             s->no_labels ? GEMLET_LABELS_NONE : GEMLET_LABELS_FIRST);
    else
        status = gm_idx_read(&dataset, &s->input, s->labels, 0);
    if (status == GEMLET_OK)
        status = set_item_shape(dataset, &s->item_shape);
    if (status == GEMLET_OK) {
        status = gm_row_file_is_csv_name(s->to)
                     ? gemlet_dataset_save_csv(dataset, s->to)
                     : gemlet_dataset_save_idx(dataset, s->to, s->to_labels);
    }
    if (status == GEMLET_OK)
        print_done(dataset, s->to);
    gemlet_dataset_destroy(dataset);
    return status;
}

/* Names in the MNIST layout, by gemlet_split. */
static const char *const csv_names[2] = {"mnist_train.csv", "mnist_test.csv"};
static const char *const item_names[2] = {"train-images-idx3-ubyte", "t10k-images-idx3-ubyte"};
static const char *const label_names[2] = {"train-labels-idx1-ubyte", "t10k-labels-idx1-ubyte"};

/* *out = "directory/name" or "directory/name.gz". Release with free(). */
static gemlet_status make_path(char **out, const char *directory, const char *name, int gz)
{
    char gz_name[64];
    snprintf(gz_name, sizeof gz_name, "%s%s", name, gz ? ".gz" : "");
    return gm_path_join(out, directory, gz_name);
}

static gemlet_status save_split(const gemlet_dataset *dataset, const convert_settings *s,
                                gemlet_split split)
{
    const char *directory = s->to_csv != NULL ? s->to_csv : s->to_idx;
    char *path = NULL;
    char *labels_path = NULL;
    gemlet_status status = GEMLET_OK;
    GEMLET_TRY_CLEANUP(status, gm_directory_create(directory));
    GEMLET_TRY_CLEANUP(status,
                       make_path(&path, directory,
                                 s->to_csv != NULL ? csv_names[split] : item_names[split], s->gz));
    GEMLET_TRY_CLEANUP(status, make_path(&labels_path, directory, label_names[split], s->gz));
    status = s->to_csv != NULL ? gemlet_dataset_save_csv(dataset, path)
                               : gemlet_dataset_save_idx(dataset, path, labels_path);
    if (status == GEMLET_OK)
        print_done(dataset, path);
cleanup:
    free(labels_path);
    free(path);
    return status;
}

static gemlet_status convert_directory(const convert_settings *s)
{
    const gemlet_split splits[2] = {GEMLET_SPLIT_TRAIN, GEMLET_SPLIT_TEST};
    for (size_t i = 0; i < 2; ++i) {
        gemlet_dataset *dataset;
        GEMLET_TRY(gemlet_dataset_load_directory(&dataset, s->data, splits[i]));
        gemlet_status status = set_item_shape(dataset, &s->item_shape);
        if (status == GEMLET_OK)
            status = save_split(dataset, s, splits[i]);
        gemlet_dataset_destroy(dataset);
        GEMLET_TRY(status);
    }
    return GEMLET_OK;
}

/* The options of one way exclude those of the other. */
static int check_files(const gm_command *command, const convert_settings *s)
{
    if (s->from == NULL || s->to == NULL)
        return gm_options_error(command, "expected --from FILE --to FILE, or --data DIR with "
                                         "--to-csv DIR or --to-idx DIR");
    if (s->gz)
        return gm_options_error(command, "--gz belongs to --data; end the name of --to in .gz");
    return GM_OPTIONS_RUN;
}

/* What is left to check once it is known what --from is. */
static int check_labels(const gm_command *command, const convert_settings *s)
{
    const int to_csv = gm_row_file_is_csv_name(s->to);
    if (s->from_csv && s->labels != NULL)
        return gm_options_error(command, "--labels: %s is CSV and holds its labels itself",
                                s->from);
    if (!s->from_csv && s->no_labels)
        return gm_options_error(command, "--no-labels is for CSV files, %s is none", s->from);
    if (to_csv && s->to_labels != NULL)
        return gm_options_error(command, "--to-labels: labels go into %s itself", s->to);
    const int has_labels = s->from_csv ? !s->no_labels : s->labels != NULL;
    if (!to_csv && has_labels && s->to_labels == NULL)
        return gm_options_error(command, "--to-labels FILE must be given for the labels of %s",
                                s->from_csv ? s->from : s->labels);
    if (!has_labels && s->to_labels != NULL)
        return gm_options_error(command, "--to-labels: there are no labels");
    return GM_OPTIONS_RUN;
}

/* Each file that will be written to the directory of this option. */
static int check_outputs(const gm_command *command, const gm_option *option,
                         const char *const names[2], int gz)
{
    const char *directory = *option->target.text;
    if (gm_directory_create(directory) != GEMLET_OK)
        return gm_report_error(command->name);
    for (size_t i = 0; i < 2; ++i) {
        char *path;
        if (make_path(&path, directory, names[i], gz) != GEMLET_OK)
            return gm_report_error(command->name);
        const int exit_code = gm_output_check_file(command, option, path);
        free(path);
        if (exit_code != GM_OPTIONS_RUN)
            return exit_code;
    }
    return GM_OPTIONS_RUN;
}

/* Opens --from before the command line is judged, because the content decides what it is; where
 * there is none, the name. Returns the exit code. */
static int run_files(const gm_command *command, convert_settings *s)
{
    const gemlet_status opened = gm_input_open(&s->input, s->from);
    s->from_csv =
        opened == GEMLET_OK ? gm_row_file_is_csv(&s->input) : gm_row_file_is_csv_name(s->from);
    int exit_code = check_labels(command, s);
    if (exit_code == GM_OPTIONS_RUN)
        exit_code = opened == GEMLET_OK && convert_file(s) == GEMLET_OK
                        ? GM_EXIT_OK
                        : gm_report_error(command->name);
    gm_input_close(&s->input);
    return exit_code;
}

static int check_directory(const gm_command *command, const convert_settings *s)
{
    if (s->from != NULL || s->to != NULL || s->labels != NULL || s->to_labels != NULL ||
        s->no_labels)
        return gm_options_error(command, "--data excludes the options for single files");
    if ((s->to_csv == NULL) == (s->to_idx == NULL))
        return gm_options_error(command, "--data needs one of --to-csv DIR and --to-idx DIR");
    const gm_option *option = gm_options_find(command, s->to_csv != NULL ? "to-csv" : "to-idx");
    if (s->to_csv != NULL)
        return check_outputs(command, option, csv_names, s->gz);
    const int exit_code = check_outputs(command, option, item_names, s->gz);
    return exit_code == GM_OPTIONS_RUN ? check_outputs(command, option, label_names, s->gz)
                                       : exit_code;
}

int gm_cmd_convert(int argc, char **argv)
{
    convert_settings s = {0};
    gm_option options[] = {
        GM_INPUT_FILE(ONE_FILE, "from", &s.from, "file or pipe to read, IDX or CSV by its content"),
        GM_INPUT_FILE(ONE_FILE, "labels", &s.labels, "IDX file of the labels of --from"),
        GM_OUTPUT_FILE(ONE_FILE, "to", &s.to,
                       "file to write: CSV, label first, if it ends in .csv or .csv.gz, else IDX"),
        GM_OUTPUT_FILE(ONE_FILE, "to-labels", &s.to_labels, "IDX file to write the labels to"),
        GM_FLAG(ONE_FILE, "no-labels", &s.no_labels, "--from is a CSV file without labels"),
        GM_DATA_DIRECTORY(DATA_SET, "data", &s.data, "directory to read, as for gemlet train"),
        GM_TEXT(DATA_SET, "to-csv", "DIR", &s.to_csv,
                "write mnist_train.csv and mnist_test.csv there"),
        GM_TEXT(DATA_SET, "to-idx", "DIR", &s.to_idx, "write the four IDX files there"),
        GM_FLAG(DATA_SET, "gz", &s.gz, "compress what --data writes"),
        GM_DIM_LIST(EITHER, "item-shape", "SHAPE", &s.item_shape, 1, UINT32_MAX,
                    "shape of one item in IDX files, e.g. 28x28"),
        GM_MAX_MEMORY_OPTION(EITHER, &s.max_memory),
    };
    const gm_command command = {
        .name = "convert",
        .description = "Converts data sets between IDX and CSV, one file with its labels or a "
                       "whole directory. Names that end in .gz are compressed.",
        .options = options,
        .n_options = GM_N_OPTIONS(options),
        .examples = "  gemlet convert --data datasets/mnist --to-csv datasets\n"
                    "  gemlet convert --from rows.csv --to rows-idx --to-labels labels-idx\n",
    };
    int exit_code = gm_options_parse(&command, argc, argv);
    if (exit_code == GM_OPTIONS_RUN)
        exit_code = s.data != NULL ? check_directory(&command, &s) : check_files(&command, &s);
    if (exit_code != GM_OPTIONS_RUN)
        return exit_code;
    gemlet_memory_limit_set((size_t)s.max_memory);
    if (s.data == NULL)
        return run_files(&command, &s);
    return convert_directory(&s) == GEMLET_OK ? GM_EXIT_OK : gm_report_error(command.name);
}
