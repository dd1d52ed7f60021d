/* SPDX-License-Identifier: MIT
 * See load.h. */
#include "table/load.h"

#include <stdlib.h>

#include "table/compact.h"

gemlet_status gm_table_read_chosen(gm_table **out, gm_input *input, const gm_column_choice *choice,
                                   const gm_dialect_wish *wish)
{
    gm_column_request *requests;
    size_t n_requests;
    char *names;
    *out = NULL;
    GEMLET_TRY(gm_choice_requests(&requests, &n_requests, &names, choice));
    const gm_read_options options = {*wish, requests, n_requests, 0};
    const gemlet_status status = gm_table_read(out, input, &options);
    free(requests);
    free(names);
    return status;
}

static gemlet_status read_for(gm_table **out, gm_input *input, const gm_schema *schema,
                              const gm_dialect_wish *wish)
{
    gm_column_request *requests;
    size_t n_requests;
    GEMLET_TRY(gm_schema_requests(&requests, &n_requests, schema));
    const gm_read_options options = {*wish, requests, n_requests, 1};
    const gemlet_status status = gm_table_read(out, input, &options);
    free(requests);
    return status;
}

gemlet_status gm_table_load(gm_table **out, const char *path, const gm_column_choice *choice,
                            const gm_dialect_wish *wish)
{
    gm_input input;
    *out = NULL;
    GEMLET_TRY(gm_input_open(&input, path));
    const gemlet_status status = gm_table_read_chosen(out, &input, choice, wish);
    gm_input_close(&input);
    return status;
}

gemlet_status gm_table_load_for(gm_table **out, const char *path, const gm_schema *schema,
                                const gm_dialect_wish *wish)
{
    gm_input input;
    *out = NULL;
    GEMLET_TRY(gm_input_open(&input, path));
    const gemlet_status status = read_for(out, &input, schema, wish);
    gm_input_close(&input);
    return status;
}
