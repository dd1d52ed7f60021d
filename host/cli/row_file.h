/* SPDX-License-Identifier: MIT
 * A file of rows named on the command line: in IDX, CSV or npz format. */
#ifndef GM_CLI_ROW_FILE_H
#define GM_CLI_ROW_FILE_H

#include "data/input.h"
#include "gemlet/dataset.h"
#include "gemlet/model.h"

/* 1 if the name ends in .csv or .csv.gz, in any case. */
int gm_row_file_is_csv_name(const char *path);

/* 1 if an open file is to be read as CSV: by its content, and only where that is neither IDX nor
 * text by its name, so that a pipe, which has no name of its own, is read like the file. */
int gm_row_file_is_csv(const gm_input *input);

/* Reads rows for a model; the rows have no labels that count. A CSV file has as many columns as the
 * model has inputs, or one more: then the first is a label, which is not used. GEMLET_E_SHAPE names
 * what was found and expected, before more than the begin of the file was read. Release with
 * gemlet_dataset_destroy(). */
gemlet_status gm_row_file_load(gemlet_dataset **out, const char *path, const gemlet_spec *spec);

#endif
