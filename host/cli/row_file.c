/* SPDX-License-Identifier: MIT
 * Tells IDX, CSV and npz apart and makes the columns fit a model. */
#include "cli/row_file.h"

#include <string.h>
#include <strings.h>

#include "core/content.h"
#include "data/csv.h"
#include "data/idx.h"
#include "data/npz_items.h"

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

int gm_row_file_is_csv(const gm_input *input)
{
    size_t n;
    const unsigned char *head = gm_input_head(input, &n);
    if (gm_idx_begins(head, n))
        return 0;
    return gm_content_is_text(head, n) || gm_row_file_is_csv_name(input->path);
}

static gemlet_status load_npz(gemlet_dataset **out, const char *path, const gemlet_spec *spec)
{
    GEMLET_TRY(gm_npz_items_load(out, path, GEMLET_SPLIT_TRAIN, 0));
    const gemlet_dim n = gemlet_dataset_features(*out);
    if (n == spec->n_inputs)
        return GEMLET_OK;
    gemlet_dataset_destroy(*out);
    *out = NULL;
    return gm_error(GEMLET_E_SHAPE, "%s: x has rows of %u values, expected %u as the model", path,
                    n, spec->n_inputs);
}

gemlet_status gm_row_file_load(gemlet_dataset **out, const char *path, const gemlet_spec *spec)
{
    gm_input input;
    *out = NULL;
    if (gm_npz_items_are_in(path))
        return load_npz(out, path, spec);
    GEMLET_TRY(gm_input_open(&input, path));
    const gemlet_status status = gm_row_file_is_csv(&input)
                                     ? gm_csv_read_features(out, &input, spec->n_inputs)
                                     : gm_idx_read(out, &input, NULL, spec->n_inputs);
    gm_input_close(&input);
    return status;
}
