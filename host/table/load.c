/* SPDX-License-Identifier: MIT
 * See load.h. */
#include "table/load.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "data/npz_items.h"
#include "table/compact.h"
#include "table/npz_table.h"

int gm_table_is_file(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && !S_ISDIR(info.st_mode) && !gm_npz_items_are_in(path);
}

/* Text, or the arrays of an npz file. */
static gemlet_status read_any(gm_table **out, gm_input *input, const gm_read_options *options,
                              int is_test)
{
    return gm_npz_table_is(input->path) ? gm_npz_table_read(out, input->path, is_test, options)
                                        : gm_table_read(out, input, options);
}

static gm_dialect_wish make_wish(const gm_table_settings *settings)
{
    return (gm_dialect_wish){.header = (gm_header_choice)settings->header,
                             .missing = settings->missing};
}

gemlet_status gm_table_load_open(gm_table **out, gm_input *input, const gm_table_settings *settings)
{
    gm_column_request *requests;
    size_t n_requests;
    char *names;
    *out = NULL;
    GEMLET_TRY(gm_choice_requests(&requests, &n_requests, &names, &settings->choice));
    const gm_read_options options = {make_wish(settings), requests, n_requests, 0};
    const gemlet_status status = read_any(out, input, &options, settings->is_test);
    free(requests);
    free(names);
    return status;
}

gemlet_status gm_table_load(gm_table **out, const char *path, const gm_table_settings *settings)
{
    gm_input input;
    *out = NULL;
    GEMLET_TRY(gm_input_open(&input, path));
    const gemlet_status status = gm_table_load_open(out, &input, settings);
    gm_input_close(&input);
    return status;
}

static gemlet_status read_for(gm_table **out, gm_input *input, const gm_schema *schema,
                              int with_target, const gm_table_settings *settings)
{
    gm_column_request *requests;
    size_t n_requests;
    GEMLET_TRY(gm_schema_requests(&requests, &n_requests, schema, with_target));
    gm_read_options options = {make_wish(settings), requests, n_requests, 1};
    if (settings->missing == NULL)
        options.wish.missing = schema->missing;
    const gemlet_status status = read_any(out, input, &options, settings->is_test);
    free(requests);
    return status;
}

gemlet_status gm_table_load_for(gm_table **out, const char *path, const gm_schema *schema,
                                int with_target, const gm_table_settings *settings)
{
    gm_input input;
    *out = NULL;
    GEMLET_TRY(gm_input_open(&input, path));
    const gemlet_status status = read_for(out, &input, schema, with_target, settings);
    gm_input_close(&input);
    return status;
}
