/* SPDX-License-Identifier: MIT
 * See column_use.h. */
#include "table/column_use.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/memory.h"
#include "table/sort.h"

#define MIN_ROWS 20u /* fewer say little about whether a column identifies its rows */

/* ---- what the user says --------------------------------------------------------------------- */

/* Columns that a list may name; walks over names separated by commas, which it cuts. */
static char *next_name(char **rest)
{
    char *name = *rest;
    if (name == NULL || *name == '\0')
        return NULL;
    char *comma = strchr(name, ',');
    *rest = comma != NULL ? comma + 1 : NULL;
    if (comma != NULL)
        *comma = '\0';
    return name;
}

/* The lists that are demands on reading, in the order in which they count. */
static const struct {
    const char *option;
    gm_column_demand demand;
} list_demands[] = {
    {"--categorical", GM_DEMAND_EXACT_TEXTS},
    {"--numeric", GM_DEMAND_NUMBERS},
    {"--drop", GM_DEMAND_SKIP},
};
#define N_LISTS (sizeof list_demands / sizeof list_demands[0])

static size_t count_names(const char *list)
{
    size_t n = list != NULL;
    for (const char *c = list; c != NULL && *c != '\0'; ++c)
        n += *c == ',' ? 1 : 0;
    return n;
}

gemlet_status gm_choice_requests(gm_column_request **requests, size_t *n_requests, char **names,
                                 const gm_column_choice *choice)
{
    const char *lists[N_LISTS] = {choice->categorical, choice->numeric, choice->drop};
    size_t n_bytes = 1;
    size_t n = 0;
    *requests = NULL;
    *n_requests = 0;
    for (size_t i = 0; i < N_LISTS; ++i) {
        n += count_names(lists[i]);
        n_bytes += lists[i] != NULL ? strlen(lists[i]) + 1 : 0;
    }
    GEMLET_TRY(GM_ALLOC(*names, n_bytes, "names of columns"));
    const gemlet_status status = GM_ALLOC(*requests, n, "names of columns");
    if (status != GEMLET_OK) {
        free(*names);
        return status;
    }
    char *copy = *names;
    for (size_t i = 0; i < N_LISTS; ++i) {
        if (lists[i] == NULL)
            continue;
        char *rest = strcpy(copy, lists[i]);
        copy += strlen(lists[i]) + 1;
        for (char *name = next_name(&rest); name != NULL; name = next_name(&rest))
            (*requests)[(*n_requests)++] =
                (gm_column_request){name, list_demands[i].demand, list_demands[i].option, 0};
    }
    return GEMLET_OK;
}

static gemlet_status assign(gm_column_role *roles, const gm_table *table, const char *name,
                            gm_column_use use, const char *option, const char *path)
{
    gemlet_dim column;
    if (name == NULL)
        return GEMLET_OK;
    GEMLET_TRY(gm_table_find(table, &column, name, path, option));
    if (roles[column].use != GM_USE_INPUT)
        return gm_error(GEMLET_E_ARGUMENT,
                        "%s: %s: column '%.80s' was already chosen for something else, expected "
                        "one use of a column",
                        path, option, name);
    roles[column].use = use;
    return GEMLET_OK;
}

static gemlet_status assign_dropped(gm_column_role *roles, const gm_table *table, const char *list,
                                    const char *path)
{
    char *copy;
    gemlet_status status = GEMLET_OK;
    if (list == NULL)
        return GEMLET_OK;
    GEMLET_TRY(gm_copy_string(&copy, list));
    char *rest = copy;
    for (char *name = next_name(&rest); name != NULL; name = next_name(&rest)) {
        gemlet_dim column;
        GEMLET_TRY_CLEANUP(status, gm_table_find(table, &column, name, path, "--drop"));
        GEMLET_TRY_CLEANUP(status, assign(roles, table, name, GM_USE_LEFT_OUT, "--drop", path));
        snprintf(roles[column].reason, GM_REASON_SIZE, "--drop");
    }
cleanup:
    free(copy);
    return status;
}

/* is_asked (n_columns) out: 1 for columns that a list names. */
static gemlet_status mark_asked(unsigned char *is_asked, const gm_table *table, const char *list,
                                const char *option, const char *path)
{
    char *copy;
    gemlet_status status = GEMLET_OK;
    if (list == NULL)
        return GEMLET_OK;
    GEMLET_TRY(gm_copy_string(&copy, list));
    char *rest = copy;
    for (char *name = next_name(&rest); name != NULL; name = next_name(&rest)) {
        gemlet_dim column;
        GEMLET_TRY_CLEANUP(status, gm_table_find(table, &column, name, path, option));
        is_asked[column] = 1;
    }
cleanup:
    free(copy);
    return status;
}

/* ---- what a column shows -------------------------------------------------------------------- */

/* Most columns show within some rows how many values they have. */
static gemlet_dim count_few(const gm_column *column, gemlet_dim rows, gemlet_dim limit)
{
    double seen[64];
    gemlet_dim n = 0;
    for (gemlet_dim row = 0; row < rows && n < limit && n < 64; ++row) {
        const double value = gm_column_number(column, row);
        gemlet_dim i = 0;
        while (i < n && seen[i] != value)
            ++i;
        if (i == n && !isnan(value))
            seen[n++] = value;
    }
    return n;
}

gemlet_status gm_column_count_distinct(gemlet_dim *n, const gm_column *column, gemlet_dim rows,
                                       gemlet_dim limit)
{
    *n = 0;
    if (column->kind == GM_COLUMN_TEXTS) {
        *n = column->levels.n < limit ? column->levels.n : limit;
        return GEMLET_OK;
    }
    if (column->kind != GM_COLUMN_NUMBERS && column->kind != GM_COLUMN_DATES)
        return GEMLET_OK;
    *n = count_few(column, rows, limit);
    if (*n < 64 || *n >= limit)
        return GEMLET_OK;
    double *values;
    size_t n_values = 0;
    GEMLET_TRY(GM_ALLOC(values, rows, "values of a column"));
    for (gemlet_dim row = 0; row < rows; ++row) {
        const double value = gm_column_number(column, row);
        if (!isnan(value))
            values[n_values++] = value;
    }
    const gemlet_status status = gm_sort_numbers(values, n_values);
    *n = 1;
    for (size_t i = 1; status == GEMLET_OK && i < n_values && *n < limit; ++i)
        *n += values[i - 1] != values[i] ? 1 : 0;
    free(values);
    return status;
}

/* Whole numbers, each by one above that of the row before. */
static int counts_rows(const gm_column *column, gemlet_dim rows)
{
    if (column->kind != GM_COLUMN_NUMBERS || column->n_missing > 0)
        return 0;
    const double first = gm_column_number(column, 0);
    for (gemlet_dim row = 0; row < rows; ++row) {
        if (gm_column_number(column, row) != first + row)
            return 0;
    }
    return first == floor(first);
}

static int is_index_name(const gm_column *column)
{
    static const char *const names[] = {"Unnamed: 0", "index", "rownames", "row.names", "row"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; ++i) {
        if (strcasecmp(column->name, names[i]) == 0)
            return 1;
    }
    return !column->has_own_name;
}

/* "id", "customer_id", "PassengerId", "uuid", ... */
static int is_id_name(const char *name)
{
    const size_t n = strlen(name);
    if (strcasecmp(name, "id") == 0 || strcasecmp(name, "uuid") == 0 ||
        strcasecmp(name, "guid") == 0)
        return 1;
    if (n < 3 || strcasecmp(name + n - 2, "id") != 0)
        return 0;
    const char before = name[n - 3];
    return strchr("_-. ", before) != NULL || (name[n - 2] == 'I' && before >= 'a' && before <= 'z');
}

/* The reason to leave the column out, or NULL. Static text. */
static gemlet_status find_reason(const char **reason, const gm_table *table, gemlet_dim i)
{
    const gm_column *column = &table->columns[i];
    const gemlet_dim rows = table->rows;
    gemlet_dim n_distinct;
    *reason = NULL;
    GEMLET_TRY(gm_column_count_distinct(&n_distinct, column, rows, rows));
    const int is_unique = n_distinct == rows && n_distinct > 1;
    if (column->kind == GM_COLUMN_EMPTY)
        *reason = "all gaps";
    else if (column->kind == GM_COLUMN_TOO_MANY)
        *reason = "more than 65,535 distinct texts";
    else if (column->kind == GM_COLUMN_DATES && column->date_order == GM_DATE_EITHER)
        *reason = "dates of which day or month may come first";
    else if (n_distinct == 1 && column->n_missing == 0)
        *reason = "one value in all rows";
    else if (table->is_typed)
        return GEMLET_OK; /* what a name or the order of the values hints at was chosen */
    else if (counts_rows(column, rows) && rows > 1 &&
             (rows >= MIN_ROWS || (i == 0 && is_index_name(column))))
        *reason = "numbers of the rows";
    else if (i == 0 && is_unique && is_index_name(column) && column->kind == GM_COLUMN_TEXTS)
        *reason = "names of the rows";
    else if (is_unique && rows >= MIN_ROWS && column->kind == GM_COLUMN_TEXTS)
        *reason = "no text comes twice (an identifier)";
    else if (is_unique && rows >= MIN_ROWS && is_id_name(column->name) &&
             gm_column_is_whole(column, rows))
        *reason = "no number comes twice (an identifier)";
    return GEMLET_OK;
}

/* ---- the whole ------------------------------------------------------------------------------ */

static gemlet_status find_role(gm_column_role *role, const gm_table *table, gemlet_dim i,
                               int is_asked, const char *path)
{
    const gm_column *column = &table->columns[i];
    const char *reason;
    GEMLET_TRY(find_reason(&reason, table, i));
    if (reason == NULL)
        return GEMLET_OK;
    if (is_asked && column->kind == GM_COLUMN_TOO_MANY)
        return gm_error(GEMLET_E_RANGE,
                        "%s: column '%.80s': found more than %u distinct texts, expected at most "
                        "as many as categories",
                        path, column->name, GM_MAX_LEVELS);
    if (is_asked && (column->kind == GM_COLUMN_NUMBERS || column->kind == GM_COLUMN_TEXTS))
        return GEMLET_OK;
    role->use = GM_USE_LEFT_OUT;
    snprintf(role->reason, GM_REASON_SIZE, "%s", reason);
    return GEMLET_OK;
}

static gemlet_status no_input_error(const gm_column_role *roles, const gm_table *table,
                                    const char *path)
{
    for (gemlet_dim i = 0; i < table->n_columns; ++i) {
        if (roles[i].use == GM_USE_LEFT_OUT)
            return gm_error(GEMLET_E_RANGE,
                            "%s: found no column that could be an input (column '%.80s': %s), "
                            "expected at least one",
                            path, table->columns[i].name, roles[i].reason);
    }
    return gm_error(GEMLET_E_RANGE, "%s: found no column but '%.80s', expected an input beside it",
                    path, table->columns[0].name);
}

static gemlet_status find_roles(gm_column_role *roles, unsigned char *is_asked,
                                const gm_table *table, const gm_column_choice *choice,
                                const char *path)
{
    GEMLET_TRY(assign(roles, table, choice->target, GM_USE_TARGET, "--target", path));
    GEMLET_TRY(assign(roles, table, choice->id, GM_USE_ID, "--id", path));
    GEMLET_TRY(assign(roles, table, choice->weight, GM_USE_WEIGHT, "--weight", path));
    GEMLET_TRY(assign_dropped(roles, table, choice->drop, path));
    GEMLET_TRY(mark_asked(is_asked, table, choice->categorical, "--categorical", path));
    GEMLET_TRY(mark_asked(is_asked, table, choice->numeric, "--numeric", path));
    gemlet_dim n_inputs = 0;
    for (gemlet_dim i = 0; i < table->n_columns; ++i) {
        if (roles[i].use == GM_USE_INPUT)
            GEMLET_TRY(find_role(&roles[i], table, i, is_asked[i], path));
        n_inputs += roles[i].use == GM_USE_INPUT ? 1 : 0;
    }
    return n_inputs > 0 ? GEMLET_OK : no_input_error(roles, table, path);
}

gemlet_status gm_roles_find(gm_column_role *roles, const gm_table *table,
                            const gm_column_choice *choice, const char *path)
{
    unsigned char *is_asked;
    GEMLET_TRY(GM_ALLOC(is_asked, table->n_columns, "roles of columns"));
    memset(roles, 0, table->n_columns * sizeof *roles);
    const gemlet_status status = find_roles(roles, is_asked, table, choice, path);
    free(is_asked);
    return status;
}
