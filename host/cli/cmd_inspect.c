/* SPDX-License-Identifier: MIT
 * gemlet inspect: what a table or a model holds, and what would be made of it. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/commands.h"
#include "cli/inspect.h"
#include "options/options.h"
#include "cli/report_error.h"
#include "options/table_options.h"
#include "core/file.h"
#include "core/memory.h"
#include "data/input.h"
#include "data/npz_items.h"
#include "run/model_place.h"

typedef struct inspect_settings {
    gm_table_settings table;
    uint64_t max_memory;
    int json;
} inspect_settings;

/* ---- a table -------------------------------------------------------------------------------- */

/* *rows out (*n_rows): those with a target. Release with free(). */
static gemlet_status list_rows(gemlet_dim **rows, gemlet_dim *n_rows, const gm_table *table,
                               const gm_target *target)
{
    GEMLET_TRY(GM_ALLOC(*rows, table->rows, "rows of a table"));
    *n_rows = 0;
    for (gemlet_dim row = 0; row < table->rows; ++row) {
        if (target == NULL || gm_target_is_known(target, table, row))
            (*rows)[(*n_rows)++] = row;
    }
    return GEMLET_OK;
}

/* What is made on the way, to be released together. */
typedef struct inspection {
    gm_table *table;
    gm_column_role *roles;
    gm_target *target;
    gemlet_dim *rows;
    gm_schema *schema;
} inspection;

static gemlet_status find_target(inspection *i, const inspect_settings *s, const char *path)
{
    gemlet_dim column;
    if (s->table.choice.target == NULL)
        return GEMLET_OK;
    GEMLET_TRY(gm_table_find(i->table, &column, s->table.choice.target, path, "--target"));
    GEMLET_TRY(gm_target_find(&i->target, i->table, column, (gm_task)s->table.task, path));
    return gm_target_check_inputs(i->target, i->table, i->roles);
}

static gemlet_status look_at_table(inspection *i, const inspect_settings *s, gm_input *input)
{
    const char *path = input->path;
    gm_schema_options options;
    gemlet_dim n_rows;
    gm_schema_options_init(&options);
    GEMLET_TRY(gm_table_load_open(&i->table, input, &s->table));
    GEMLET_TRY(GM_ALLOC(i->roles, i->table->n_columns, "roles of columns"));
    GEMLET_TRY(gm_roles_find(i->roles, i->table, &s->table.choice, path));
    GEMLET_TRY(find_target(i, s, path));
    GEMLET_TRY(list_rows(&i->rows, &n_rows, i->table, i->target));
    GEMLET_TRY(
        gm_schema_fit(&i->schema, i->table, i->roles, i->target, i->rows, n_rows, &options, path));
    const gm_inspected_table shown = {path, i->table, i->roles, i->target, i->schema};
    return s->json ? gm_inspect_print_table_json(&shown, stdout)
                   : gm_inspect_print_table(&shown, stdout);
}

static gemlet_status inspect_table(const inspect_settings *s, gm_input *input)
{
    inspection i = {0};
    const gemlet_status status = look_at_table(&i, s, input);
    gm_schema_destroy(i.schema);
    free(i.rows);
    gm_target_destroy(i.target);
    free(i.roles);
    gm_table_destroy(i.table);
    return status;
}

/* ---- a model -------------------------------------------------------------------------------- */

static gemlet_status inspect_model(const inspect_settings *s, const char *path)
{
    gemlet_model *model;
    GEMLET_TRY(gm_model_load_from(&model, path));
    const gemlet_status status = s->json ? gm_inspect_print_model_json(model, path, stdout)
                                         : gm_inspect_print_model(model, path, stdout);
    gemlet_model_destroy(model);
    return status;
}

static gemlet_status inspect(const inspect_settings *s, const char *path)
{
    gm_input input;
    if (gm_directory_exists(path))
        return inspect_model(s, path);
    GEMLET_TRY(gm_input_open(&input, path));
    const int is_model =
        gm_npz_is_archive(path) && !gm_npz_has_any(path, gm_npz_names_of_x(GEMLET_SPLIT_TRAIN));
    const gemlet_status status = is_model ? inspect_model(s, path) : inspect_table(s, &input);
    gm_input_close(&input);
    return status;
}

int gm_cmd_inspect(int argc, char **argv)
{
    inspect_settings settings = {.json = 0};
    gm_option options[] = {
        GM_TABLE_OPTIONS(&settings.table),
        GM_MAX_MEMORY_OPTION(TABLE_FILE, &settings.max_memory),
        GM_FLAG(OUTPUT, "json", &settings.json, "print JSON"),
    };
    gm_operands operands = {.name = "FILE"};
    const gm_command command = {
        .name = "inspect",
        .description =
            "Shows what a table holds and what would be made of each column, or what a model is, "
            "of a file or in the directory of a run. "
            "A table is a text file or pipe, plain or gz: how its fields are separated, whether "
            "it has a header and what the columns hold is found out.",
        .options = options,
        .n_options = GM_N_OPTIONS(options),
        .operands = &operands,
        .examples = "  gemlet inspect datasets/penguins.csv --target species\n"
                    "  gemlet inspect runs/mnist\n",
    };
    const int exit_code = gm_options_parse(&command, argc, argv);
    if (exit_code != GM_OPTIONS_RUN)
        return exit_code;
    if (operands.n != 1)
        return gm_options_error(&command, "found %d files, expected one", operands.n);
    gemlet_memory_limit_set((size_t)settings.max_memory);
    const gemlet_status status = inspect(&settings, operands.values[0]);
    return status == GEMLET_OK ? GM_EXIT_OK : gm_report_error(command.name);
}
