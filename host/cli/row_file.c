/* SPDX-License-Identifier: MIT
 * Tells IDX from CSV and makes the columns fit a model. */
#include "cli/row_file.h"

#include <string.h>
#include <strings.h>

#include "core/content.h"
#include "data/csv.h"
#include "data/idx.h"

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

gemlet_status gm_row_file_load(gemlet_dataset **out, const char *path, const gemlet_spec *spec)
{
    gm_input input;
    *out = NULL;
    GEMLET_TRY(gm_input_open(&input, path));
    const gemlet_status status = gm_row_file_is_csv(&input)
                                     ? gm_csv_read_features(out, &input, spec->n_inputs)
                                     : gm_idx_read(out, &input, NULL, spec->n_inputs);
    gm_input_close(&input);
    return status;
}
