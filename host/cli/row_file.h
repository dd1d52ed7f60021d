/* SPDX-License-Identifier: MIT
 * A file of rows named on the command line: in IDX or CSV format. */
#ifndef GM_CLI_ROW_FILE_H
#define GM_CLI_ROW_FILE_H

#include "gemlet/dataset.h"
#include "gemlet/model.h"

/* 1 if the name ends in .csv or .csv.gz, in any case. */
int gm_row_file_is_csv_name(const char *path);

/* Reads rows for a model; the rows have no labels. A file whose content begins as IDX does, or
 * whose name is not that of a CSV file, is read as IDX. A CSV file has as many columns as the model
 * has inputs, or one more: then the first is a label, which is left out. GEMLET_E_SHAPE names what
 * was found and expected. Release with gemlet_dataset_destroy(). */
gemlet_status gm_row_file_load(gemlet_dataset **out, const char *path, const gemlet_spec *spec);

#endif
