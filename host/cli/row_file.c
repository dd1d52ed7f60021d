/* SPDX-License-Identifier: MIT
 * Tells IDX from CSV and makes the columns fit a model. */
#include "cli/row_file.h"

#include <string.h>
#include <strings.h>

#include "core/error.h"
#include "data/input.h"

static int ends_with(const char *text, const char *end)
{
    const size_t length = strlen(text);
    const size_t end_length = strlen(end);
    return length >= end_length && strcasecmp(text + length - end_length, end) == 0;
}

int gm_row_file_is_csv_name(const char *path)
{
    return ends_with(path, ".csv") || ends_with(path, ".csv.gz");
}

/* An IDX file begins with two zero bytes, which no text does. */
static gemlet_status begins_as_idx(int *out, const char *path)
{
    gm_input input;
    GEMLET_TRY(gm_input_open(&input, path));
    unsigned char start[2] = {1, 1};
    size_t n_read = 0;
    const gemlet_status status = gm_input_read(&input, start, sizeof start, &n_read);
    gm_input_close(&input);
    *out = n_read == sizeof start && start[0] == 0 && start[1] == 0;
    return status;
}

gemlet_status gm_row_file_load(gemlet_dataset **out, const char *path, const gemlet_spec *spec)
{
    *out = NULL;
    int is_idx;
    GEMLET_TRY(begins_as_idx(&is_idx, path));
    const int is_csv = !is_idx && gm_row_file_is_csv_name(path);
    gemlet_dataset *rows;
    if (is_csv)
        GEMLET_TRY(gemlet_dataset_load_csv(&rows, path, GEMLET_LABELS_NONE));
    else
        GEMLET_TRY(gemlet_dataset_load_idx(&rows, path, NULL));
    const gemlet_dim found = gemlet_dataset_features(rows);
    if (found == spec->n_inputs) {
        *out = rows;
        return GEMLET_OK;
    }
    gemlet_dataset_destroy(rows);
    /* Read again rather than cut the column off: the type of the others may depend on it. */
    if (is_csv && found - 1 == spec->n_inputs)
        return gemlet_dataset_load_csv(out, path, GEMLET_LABELS_FIRST);
    if (is_csv)
        return gm_error(GEMLET_E_SHAPE,
                        "%s: found %u columns, expected %u (the model's inputs) or %u (with a "
                        "label in front)",
                        path, found, spec->n_inputs, spec->n_inputs + 1);
    return gm_error(GEMLET_E_SHAPE,
                    "%s: found items of %u values, expected %u (the model's inputs)", path, found,
                    spec->n_inputs);
}
