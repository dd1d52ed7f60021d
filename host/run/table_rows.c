/* SPDX-License-Identifier: MIT
 * See table_rows.h. */
#include "run/table_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/json.h"
#include "core/memory.h"
#include "run/note.h"
#include "run/validation_rows.h"
#include "table/answers.h"
#include "table/npz_table.h"

#define MAX_NOTED 8u /* columns that are left out */

/* For training, of fewer of which a recipe holds none out: what they said would be chance. */
#define MIN_VALIDATED_ROWS 20u

/* Numbers of rows of the table. */
typedef struct part {
    gemlet_dim *rows; /* (n) */
    gemlet_dim n;
} part;

typedef struct loading {
    gm_run_settings *settings;
    const gm_run_events *events;
    gm_table *table;
    int has_no_test; /* 1: no row is kept for the test */
    gm_column_role *roles;
    gm_target *target;
    gm_schema_options options;
    gm_schema *schema;
    part train;
    part held_out; /* n 0: none */
    part test;     /* n 0: of another file */
} loading;

/* ---- parts ---------------------------------------------------------------------------------- */

/* Rows are drawn as data sets are: from one of which each row holds its own number, and its class
 * if it has one. */
static gemlet_status number_rows(gemlet_dataset **out, const loading *l, const part *of)
{
    uint32_t *labels = NULL;
    *out = NULL;
    if (l->target->task == GM_TASK_CLASSIFICATION)
        GEMLET_TRY(GM_ALLOC(labels, of->n, "labels of a part"));
    for (gemlet_dim i = 0; labels != NULL && i < of->n; ++i)
        labels[i] = l->target->labels[of->rows[i]];
    const gemlet_status status =
        gemlet_dataset_create(out, of->n, sizeof *of->rows, GEMLET_ELEMENT_U8, of->rows, labels);
    free(labels);
    return status;
}

static gemlet_status take_numbers(part *to, const gemlet_dataset *numbered)
{
    const gemlet_dim n = gemlet_dataset_rows(numbered);
    free(to->rows);
    *to = (part){0};
    GEMLET_TRY(GM_ALLOC(to->rows, n, "rows of a part"));
    memcpy(to->rows, gemlet_dataset_values(numbered), n * sizeof *to->rows);
    to->n = n;
    return GEMLET_OK;
}

/* Moves the fold that tests from one part to another. */
static gemlet_status take_fold(part *to, part *from, const loading *l)
{
    const gm_run_settings *s = l->settings;
    gemlet_dataset *all;
    gemlet_dataset *rest = NULL;
    gemlet_dataset *fold = NULL;
    GEMLET_TRY(number_rows(&all, l, from));
    gemlet_status status = gemlet_dataset_take_fold(&rest, &fold, NULL, all, s->folds, s->fold - 1,
                                                    gm_run_settings_split_seed(s));
    if (status == GEMLET_OK)
        status = take_numbers(to, fold);
    if (status == GEMLET_OK)
        status = take_numbers(from, rest);
    gemlet_dataset_destroy(fold);
    gemlet_dataset_destroy(rest);
    gemlet_dataset_destroy(all);
    return status;
}

/* Moves n rows, drawn by class, from one part to another. */
static gemlet_status draw(part *to, part *from, gemlet_dim n, const loading *l)
{
    const uint64_t seed = gm_run_settings_split_seed(l->settings);
    gemlet_dataset *all = NULL;
    gemlet_dataset *rest = NULL;
    gemlet_dataset *drawn = NULL;
    gemlet_status status = GEMLET_OK;
    GEMLET_TRY_CLEANUP(status, number_rows(&all, l, from));
    GEMLET_TRY_CLEANUP(status, gemlet_dataset_hold_out_stratified(&rest, &drawn, all, n, seed));
    GEMLET_TRY_CLEANUP(status, take_numbers(to, drawn));
    status = take_numbers(from, rest);
cleanup:
    gemlet_dataset_destroy(drawn);
    gemlet_dataset_destroy(rest);
    gemlet_dataset_destroy(all);
    return status;
}

/* All rows that have a target. */
static gemlet_status take_known_rows(loading *l)
{
    const gemlet_dim rows = l->table->rows;
    GEMLET_TRY(GM_ALLOC(l->train.rows, rows, "rows of a table"));
    for (gemlet_dim row = 0; row < rows; ++row) {
        if (gm_target_is_known(l->target, l->table, row))
            l->train.rows[l->train.n++] = row;
    }
    return GEMLET_OK;
}

/* *share out: what --test says as a number; 0 if it names a file, or the data have rows of their
 * own for the test. */
static gemlet_status read_test_part(double *share, const gm_run_settings *s)
{
    char *end;
    *share = GM_TABLE_TEST_PART;
    if (s->test == NULL && gm_npz_table_has_test(s->data)) {
        *share = 0;
        return GEMLET_OK;
    }
    if (s->test == NULL)
        return GEMLET_OK;
    *share = strtod(s->test, &end);
    if (end == s->test || *end != '\0') {
        *share = 0;
        return GEMLET_OK;
    }
    if (!(*share > 0 && *share < 1))
        return gm_error(GEMLET_E_RANGE,
                        "--test: found %s, expected a part between 0 and 1, or a file", s->test);
    return GEMLET_OK;
}

static gemlet_status draw_test(loading *l)
{
    const gm_run_settings *s = l->settings;
    const gemlet_dim n_known = l->train.n;
    double share;
    if (l->has_no_test)
        return GEMLET_OK;
    if (s->folds > 0)
        return take_fold(&l->test, &l->train, l);
    GEMLET_TRY(read_test_part(&share, s));
    if (share == 0)
        return GEMLET_OK;
    const double n = round(share * n_known);
    if (n < 1 || n >= n_known)
        return gm_error(GEMLET_E_RANGE,
                        "--test: %g of the %u rows of %s leaves none to train on, or none to "
                        "test with; expected rows of both",
                        share, n_known, s->data);
    return draw(&l->test, &l->train, (gemlet_dim)n, l);
}

static gemlet_status cut(loading *l)
{
    gemlet_dim n;
    GEMLET_TRY(take_known_rows(l));
    GEMLET_TRY(draw_test(l));
    if (l->settings->validation != NULL && !l->settings->is_validation_given &&
        l->train.n < MIN_VALIDATED_ROWS) {
        gm_note(l->events->on_note, l->events->user,
                "no rows are held out of the %u for training: too few; the last state is kept",
                l->train.n);
        l->settings->validation = NULL;
    }
    GEMLET_TRY(gm_validation_rows_count(&n, l->settings, l->train.n));
    return n > 0 ? draw(&l->held_out, &l->train, n, l) : GEMLET_OK;
}

/* ---- columns -------------------------------------------------------------------------------- */

static gemlet_status find_target(loading *l)
{
    const gm_run_settings *s = l->settings;
    gemlet_dim column;
    GEMLET_TRY(gm_table_find(l->table, &column, s->table.choice.target, s->data, "--target"));
    GEMLET_TRY(gm_target_find(&l->target, l->table, column, (gm_task)s->table.task, s->data));
    return gm_target_check_inputs(l->target, l->table, l->roles);
}

static void note_split(const loading *l)
{
    const gemlet_dim n_known = l->table->rows - l->target->n_missing;
    if (l->settings->test == NULL && l->settings->folds == 0 && l->test.n > 0)
        gm_note(l->events->on_note, l->events->user,
                "%u of %u rows, drawn by %sseed, are kept for the test (--test says otherwise)",
                l->test.n, n_known, l->target->task == GM_TASK_CLASSIFICATION ? "class and " : "");
}

static void note_columns(const loading *l)
{
    gemlet_dim n = 0;
    for (gemlet_dim i = 0; i < l->table->n_columns; ++i) {
        if (l->roles[i].use != GM_USE_LEFT_OUT || n++ >= MAX_NOTED)
            continue;
        gm_note(l->events->on_note, l->events->user, "column '%.80s' is left out: %s",
                l->table->columns[i].name, l->roles[i].reason);
    }
    if (n > MAX_NOTED)
        gm_note(l->events->on_note, l->events->user,
                "%u further columns are left out (gemlet inspect names them)", n - MAX_NOTED);
    for (size_t i = 0; i < l->table->n_notes; ++i)
        gm_note(l->events->on_note, l->events->user, "%s", l->table->notes[i]);
    if (l->target->n_missing > 0)
        gm_note(l->events->on_note, l->events->user, "%u rows without a target are not used",
                l->target->n_missing);
}

static gemlet_status learn(loading *l)
{
    const char *path = l->settings->data;
    gm_schema_options_init(&l->options);
    l->options.missing = l->settings->table.missing;
    GEMLET_TRY(GM_ALLOC(l->roles, l->table->n_columns, "roles of columns"));
    GEMLET_TRY(gm_roles_find(l->roles, l->table, &l->settings->table.choice, path));
    GEMLET_TRY(find_target(l));
    GEMLET_TRY(cut(l));
    GEMLET_TRY(gm_schema_fit(&l->schema, l->table, l->roles, l->target, l->train.rows, l->train.n,
                             &l->options, path));
    return GEMLET_OK;
}

/* ---- rows ----------------------------------------------------------------------------------- */

static gemlet_status make(gemlet_dataset **out, const loading *l, const part *of)
{
    return gm_table_dataset_create(out, NULL, l->schema, l->table, of->rows, of->n, 1,
                                   l->settings->data);
}

gemlet_status gm_table_rows_load_file(gemlet_dataset **out, const gm_schema *schema,
                                      const char *path, const gm_table_settings *settings,
                                      const gm_run_events *events)
{
    gm_table *table;
    gemlet_dim *rows;
    gemlet_dim n_rows;
    gm_table_news news;
    *out = NULL;
    GEMLET_TRY(gm_table_load_for(&table, path, schema, 1, settings));
    gemlet_status status = gm_answers_find_rows(&rows, &n_rows, schema, table, path);
    if (status == GEMLET_OK)
        status = gm_table_dataset_create(out, &news, schema, table, rows, n_rows, 1, path);
    if (status == GEMLET_OK)
        gm_table_note_news(&news, path, events);
    free(rows);
    gm_table_destroy(table);
    return status;
}

/* Rows of the same columns in a file of their own. */
static gemlet_status load_file(gemlet_dataset **out, const loading *l, const char *path)
{
    return gm_table_rows_load_file(out, l->schema, path, &l->settings->table, l->events);
}

/* Those of another file, or of the same npz file. */
static gemlet_status load_test(gemlet_dataset **out, const loading *l)
{
    const gm_run_settings *s = l->settings;
    gm_table_settings settings = s->table;
    settings.is_test = 1;
    return gm_table_rows_load_file(out, l->schema, s->test != NULL ? s->test : s->data, &settings,
                                   l->events);
}

void gm_table_note_news(const gm_table_news *news, const char *path, const gm_run_events *events)
{
    if (news->n_unknown > 0)
        gm_note(events->on_note, events->user,
                "%s: %ju texts that were not seen in training, or in less than 5 rows, count as "
                "\"any other\"",
                path, (uintmax_t)news->n_unknown);
    if (news->n_new_gaps > 0)
        gm_note(events->on_note, events->user,
                "%s: %ju gaps in columns that had none in training count as the median", path,
                (uintmax_t)news->n_new_gaps);
}

static gemlet_status describe(char **text, const loading *l)
{
    char form[GM_TABLE_FORM_SIZE];
    gemlet_dim n_of[2] = {0, 0}; /* numbers and dates, texts */
    gm_table_describe_form(form, l->table);
    for (gemlet_dim i = 0; i < l->schema->n_columns; ++i)
        ++n_of[l->schema->columns[i].kind == GM_COLUMN_TEXTS];
    return gm_format_string(text,
                            "%s; %u columns of numbers (%s scaling, %u bins), %u of categories; "
                            "target %s (%s: %s)",
                            form, n_of[0], gm_scaling_name(l->schema->scaling), l->options.n_bins,
                            n_of[1], l->schema->target, gm_task_name(l->schema->task),
                            l->target->sign);
}

/* Of each input column with gaps its name and the rows of the table that have one. */
static gemlet_status count_gaps(cJSON **out, const loading *l)
{
    int ok = (*out = cJSON_CreateArray()) != NULL;
    for (gemlet_dim i = 0; ok && i < l->table->n_columns; ++i) {
        const gm_column *column = &l->table->columns[i];
        if (l->roles[i].use != GM_USE_INPUT || column->n_missing == 0)
            continue;
        cJSON *item = cJSON_CreateObject();
        ok = cJSON_AddItemToArray(*out, item) && gm_json_add_text(item, "column", column->name) &&
             gm_json_add_count(item, "rows", column->n_missing);
    }
    return ok ? GEMLET_OK : gm_error(GEMLET_E_MEMORY, "no memory for the gaps of columns");
}

/* Those of --weight, of the rows to train on. */
static gemlet_status weigh(gemlet_dataset *train, const loading *l)
{
    const gm_run_settings *s = l->settings;
    gemlet_dim place;
    float *weights;
    if (s->table.choice.weight == NULL)
        return GEMLET_OK;
    GEMLET_TRY(gm_table_find(l->table, &place, s->table.choice.weight, s->data, "--weight"));
    const gm_column *column = &l->table->columns[place];
    if (column->kind != GM_COLUMN_NUMBERS)
        return gm_error(GEMLET_E_FORMAT,
                        "%s: --weight: column '%.80s' has no numbers, expected "
                        "the weight of each row",
                        s->data, column->name);
    GEMLET_TRY(GM_ALLOC(weights, l->train.n, "weights of the rows"));
    gemlet_status status = GEMLET_OK;
    for (gemlet_dim i = 0; i < l->train.n && status == GEMLET_OK; ++i) {
        const double weight = gm_column_number(column, l->train.rows[i]);
        weights[i] = (float)weight;
        if (!(weight >= 0))
            status = gm_error(GEMLET_E_RANGE,
                              "%s: --weight: column '%.80s': found %s in row %u, expected a number "
                              "not below 0",
                              s->data, column->name, isnan(weight) ? "a gap" : "one below 0",
                              l->train.rows[i] + 1);
    }
    if (status == GEMLET_OK)
        status = gemlet_dataset_set_weights(train, weights);
    free(weights);
    return status;
}

static gemlet_status make_validation(gm_rows *rows, const loading *l)
{
    gm_validation_source source;
    if (l->held_out.n > 0)
        return make(&rows->validation, l, &l->held_out);
    GEMLET_TRY(gm_validation_source_parse(&source, l->settings->validation));
    return source.path != NULL ? load_file(&rows->validation, l, source.path) : GEMLET_OK;
}

static gemlet_status make_rows(gm_rows *rows, loading *l)
{
    GEMLET_TRY(learn(l));
    GEMLET_TRY(make(&rows->train, l, &l->train));
    GEMLET_TRY(weigh(rows->train, l));
    GEMLET_TRY(make_validation(rows, l));
    if (!l->has_no_test)
        GEMLET_TRY(l->test.n > 0 ? make(&rows->test, l, &l->test) : load_test(&rows->test, l));
    GEMLET_TRY(describe(&rows->table, l));
    GEMLET_TRY(count_gaps(&rows->gaps, l));
    note_split(l);
    note_columns(l);
    rows->schema = l->schema;
    rows->test_rows = l->test.rows;
    l->schema = NULL;
    l->test.rows = NULL;
    return GEMLET_OK;
}

/* But for the table. */
static void free_loading(loading *l)
{
    gm_schema_destroy(l->schema);
    gm_target_destroy(l->target);
    free(l->roles);
    free(l->train.rows);
    free(l->held_out.rows);
    free(l->test.rows);
}

gemlet_status gm_table_rows_load(gm_rows *rows, gm_run_settings *settings,
                                 const gm_run_events *events)
{
    loading l = {.settings = settings, .events = events};
    if (settings->table.choice.target == NULL && gm_npz_table_is(settings->data))
        settings->table.choice.target = GM_NPZ_TARGET;
    if (settings->table.choice.target == NULL)
        return gm_error(GEMLET_E_ARGUMENT,
                        "%s: expected --target NAME, the column to predict ('gemlet inspect %s' "
                        "shows the columns)",
                        settings->data, settings->data);
    gemlet_status status = gm_table_load(&l.table, settings->data, &settings->table);
    if (status == GEMLET_OK)
        status = make_rows(rows, &l);
    gm_table_destroy(l.table);
    free_loading(&l);
    return status;
}

gemlet_status gm_table_rows_take(gm_rows *rows, gm_run_settings *settings, const gm_table *table,
                                 const gm_run_events *events)
{
    gm_table view = *table;
    loading l = {.settings = settings, .events = events, .table = &view, .has_no_test = 1};
    if (table->n_columns == 0)
        return gm_error(GEMLET_E_ARGUMENT, "%s: found no columns, expected inputs and a target",
                        settings->data);
    if (settings->table.choice.target == NULL)
        return gm_error(GEMLET_E_ARGUMENT, "%s: expected --target NAME, the column to predict",
                        settings->data);
    view.notes = NULL; /* those of this training */
    view.n_notes = 0;
    const gemlet_status status = make_rows(rows, &l);
    gm_table_free_notes(&view);
    free_loading(&l);
    return status;
}
