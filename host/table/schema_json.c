/* SPDX-License-Identifier: MIT
 * Schemas as JSON; see schema.h. What is read may come from anybody: everything is checked that
 * later code relies on. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/memory.h"
#include "data/number.h"
#include "table/schema.h"
#include "table/sort.h"

#define FORMAT_VERSION 1

static const char *const kind_names[] = {"number", "date", "text"};
static const gm_column_kind kinds[] = {GM_COLUMN_NUMBERS, GM_COLUMN_DATES, GM_COLUMN_TEXTS};
#define N_KINDS (sizeof kinds / sizeof kinds[0])

/* ---- writing -------------------------------------------------------------------------------- */

static const char *kind_name(gm_column_kind kind)
{
    size_t i = 0;
    while (i + 1 < N_KINDS && kinds[i] != kind)
        ++i;
    return kind_names[i];
}

static int add_texts(cJSON *object, const char *key, char *const *texts, uint32_t n)
{
    cJSON *array = cJSON_AddArrayToObject(object, key);
    for (uint32_t i = 0; array != NULL && i < n; ++i) {
        if (!cJSON_AddItemToArray(array, cJSON_CreateString(texts[i])))
            return 0;
    }
    return array != NULL;
}

static int add_reals(cJSON *object, const char *key, const double *values, unsigned n)
{
    cJSON *array = cJSON_AddArrayToObject(object, key);
    for (unsigned i = 0; array != NULL && i < n; ++i) {
        char text[GM_NUMBER_TEXT_SIZE];
        gm_column_name_number(text, values[i]);
        if (!cJSON_AddItemToArray(array, cJSON_CreateRaw(text)))
            return 0;
    }
    return array != NULL;
}

static int add_numbers(cJSON *object, const gm_schema_column *c)
{
    if (c->kind == GM_COLUMN_DATES &&
        cJSON_AddStringToObject(object, "order", gm_date_order_name(c->date_order)) == NULL)
        return 0;
    return gm_json_add_real(object, "min", c->min) &&
           add_reals(object, "quartiles", c->quartiles, 3) &&
           gm_json_add_real(object, "max", c->max) && gm_json_add_real(object, "mean", c->mean) &&
           gm_json_add_real(object, "deviation", c->deviation) &&
           cJSON_AddBoolToObject(object, "gaps", c->has_gaps) != NULL &&
           add_reals(object, "edges", c->edges, c->n_edges);
}

static int add_column(cJSON *array, const gm_schema_column *c)
{
    cJSON *object = cJSON_CreateObject();
    if (!cJSON_AddItemToArray(array, object))
        return 0;
    if (cJSON_AddStringToObject(object, "name", c->name) == NULL ||
        cJSON_AddStringToObject(object, "kind", kind_name(c->kind)) == NULL)
        return 0;
    if (c->kind != GM_COLUMN_TEXTS)
        return add_numbers(object, c);
    return cJSON_AddBoolToObject(object, "exact", c->keeps_texts) != NULL &&
           cJSON_AddBoolToObject(object, "missing", c->has_missing_level) != NULL &&
           add_texts(object, "levels", c->levels, c->n_levels) &&
           gm_json_add_count(object, "merged", c->n_merged);
}

static int add_target(cJSON *root, const gm_schema *s)
{
    if (s->target == NULL)
        return 1;
    cJSON *object = cJSON_AddObjectToObject(root, "target");
    if (object == NULL || cJSON_AddStringToObject(object, "name", s->target) == NULL ||
        cJSON_AddStringToObject(object, "kind", kind_name(s->target_kind)) == NULL ||
        cJSON_AddBoolToObject(object, "exact", s->target_keeps_texts) == NULL ||
        cJSON_AddStringToObject(object, "task", gm_task_name(s->task)) == NULL)
        return 0;
    if (s->task == GM_TASK_CLASSIFICATION)
        return add_texts(object, "classes", s->classes, s->n_classes);
    return gm_json_add_real(object, "mean", s->mean) &&
           gm_json_add_real(object, "deviation", s->deviation);
}

static int add_schema(cJSON *root, const gm_schema *s)
{
    if (!gm_json_add_count(root, "version", FORMAT_VERSION) ||
        cJSON_AddStringToObject(root, "scaling", gm_scaling_name(s->scaling)) == NULL ||
        !gm_json_add_count(root, "rows", s->rows))
        return 0;
    cJSON *columns = cJSON_AddArrayToObject(root, "columns");
    for (gemlet_dim i = 0; columns != NULL && i < s->n_columns; ++i) {
        if (!add_column(columns, &s->columns[i]))
            return 0;
    }
    return columns != NULL && add_target(root, s) &&
           (s->id == NULL || cJSON_AddStringToObject(root, "id", s->id) != NULL) &&
           (s->missing == NULL || cJSON_AddStringToObject(root, "missing", s->missing) != NULL);
}

gemlet_status gm_schema_to_json(char **text, const gm_schema *schema)
{
    gm_number_locale locale;
    *text = NULL;
    GEMLET_TRY(gm_number_enter(&locale));
    cJSON *root = cJSON_CreateObject();
    char *printed = root != NULL && add_schema(root, schema) ? cJSON_PrintUnformatted(root) : NULL;
    cJSON_Delete(root);
    gm_number_leave(&locale);
    if (printed == NULL)
        return gm_error(GEMLET_E_MEMORY, "schema: out of memory");
    const gemlet_status status = gm_copy_string(text, printed);
    cJSON_free(printed);
    return status;
}

/* ---- reading: items ------------------------------------------------------------------------- */

/* Where an item is, for messages. */
typedef struct place {
    const char *path;
    const char *object; /* "column", "target", ... */
    size_t number;      /* of the column, from 1; 0: none */
} place;

static gemlet_status item_error(const place *at, const char *key, const char *expected)
{
    if (at->number > 0)
        return gm_error(GEMLET_E_FORMAT, "%s: schema: %s %zu: %s: expected %s", at->path,
                        at->object, at->number, key, expected);
    return gm_error(GEMLET_E_FORMAT, "%s: schema: %s: %s: expected %s", at->path, at->object, key,
                    expected);
}

static gemlet_status read_real(double *value, const cJSON *object, const char *key, const place *at)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!cJSON_IsNumber(item) || !(fabs(item->valuedouble) <= (double)FLT_MAX))
        return item_error(at, key, "a number in the range of a float");
    *value = item->valuedouble;
    return GEMLET_OK;
}

static gemlet_status read_count(uint32_t *value, const cJSON *object, const char *key,
                                const place *at)
{
    double number = 0;
    GEMLET_TRY(read_real(&number, object, key, at));
    if (number < 0 || number > UINT32_MAX || number != floor(number))
        return item_error(at, key, "a whole number");
    *value = (uint32_t)number;
    return GEMLET_OK;
}

static gemlet_status read_flag(int *value, const cJSON *object, const char *key, const place *at)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!cJSON_IsBool(item))
        return item_error(at, key, "true or false");
    *value = cJSON_IsTrue(item);
    return GEMLET_OK;
}

static gemlet_status read_text(char **text, const cJSON *object, const char *key, const place *at)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!cJSON_IsString(item) || *item->valuestring == '\0')
        return item_error(at, key, "a text");
    return gm_copy_string(text, item->valuestring);
}

/* *index out: which of the names the text is. */
static gemlet_status read_choice(size_t *index, const cJSON *object, const char *key,
                                 const char *(*name_of)(size_t), size_t n, const place *at)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    for (*index = 0; cJSON_IsString(item) && *index < n; ++*index) {
        if (strcmp(item->valuestring, name_of(*index)) == 0)
            return GEMLET_OK;
    }
    return item_error(at, key, "one of the names this version knows");
}

/* values (max) out, *n of them. */
static gemlet_status read_reals(double *values, unsigned *n, unsigned max, const cJSON *object,
                                const char *key, const place *at)
{
    const cJSON *array = cJSON_GetObjectItemCaseSensitive(object, key);
    const cJSON *item;
    *n = 0;
    if (!cJSON_IsArray(array))
        return item_error(at, key, "an array of numbers");
    cJSON_ArrayForEach(item, array)
    {
        if (*n == max || !cJSON_IsNumber(item) || !(fabs(item->valuedouble) <= (double)FLT_MAX))
            return item_error(at, key, "not more finite numbers than there can be");
        values[(*n)++] = item->valuedouble;
    }
    return GEMLET_OK;
}

/* *texts out (*n of them): at most `max`, none empty. */
static gemlet_status read_texts(char ***texts, uint32_t *n, uint32_t max, const cJSON *object,
                                const char *key, const place *at)
{
    const cJSON *array = cJSON_GetObjectItemCaseSensitive(object, key);
    const cJSON *item;
    size_t n_items = 0;
    if (!cJSON_IsArray(array))
        return item_error(at, key, "an array of texts");
    cJSON_ArrayForEach(item, array)
    {
        if (++n_items > max || !cJSON_IsString(item) || *item->valuestring == '\0')
            return item_error(at, key, "not more texts than there can be, none of them empty");
    }
    GEMLET_TRY(GM_ALLOC(*texts, n_items, "texts of a schema"));
    cJSON_ArrayForEach(item, array)
    {
        GEMLET_TRY(gm_copy_string(&(*texts)[*n], item->valuestring));
        ++*n;
    }
    return GEMLET_OK;
}

/* None twice. */
static gemlet_status check_unique(char *const *texts, uint32_t n, const char *key, const place *at)
{
    char **sorted;
    int is_unique = 1;
    GEMLET_TRY(GM_ALLOC(sorted, n, "texts of a schema"));
    for (uint32_t i = 0; i < n; ++i)
        sorted[i] = texts[i];
    gm_sort_texts(sorted, n);
    for (uint32_t i = 1; i < n; ++i)
        is_unique &= strcmp(sorted[i - 1], sorted[i]) != 0;
    free(sorted);
    return is_unique ? GEMLET_OK : item_error(at, key, "no text twice");
}

/* ---- reading: a schema ---------------------------------------------------------------------- */

static const char *name_of_kind(size_t i)
{
    return kind_names[i];
}

static const char *name_of_scaling(size_t i)
{
    return gm_scaling_name((gm_scaling)i);
}

static const char *name_of_order(size_t i)
{
    return gm_date_order_name((gm_date_order)i);
}

static const char *name_of_task(size_t i)
{
    return gm_task_name((gm_task)(i + GM_TASK_CLASSIFICATION));
}

static gemlet_status check_numbers(const gm_schema_column *c, const place *at)
{
    static const double last_second = 253402300800.0; /* the year 10000 */
    const double *q = c->quartiles;
    if (!(c->min <= q[0] && q[0] <= q[1] && q[1] <= q[2] && q[2] <= c->max))
        return item_error(at, "quartiles", "ascending numbers between min and max");
    if (c->deviation < 0 || (c->max > c->min && !(c->deviation > 0)))
        return item_error(at, "deviation", "a number above 0");
    if (c->n_edges > 0 && (c->n_edges < 3 || c->max <= c->min))
        return item_error(at, "edges", "at least 3, or none");
    for (unsigned i = 1; i < c->n_edges; ++i) {
        if (!(c->edges[i - 1] < c->edges[i]))
            return item_error(at, "edges", "ascending numbers");
    }
    if (c->kind == GM_COLUMN_DATES && (fabs(c->min) > last_second || fabs(c->max) > last_second))
        return item_error(at, "min and max", "seconds of the years 1 to 9999");
    return GEMLET_OK;
}

static gemlet_status read_numbers(gm_schema_column *c, const cJSON *object, const place *at)
{
    unsigned n;
    size_t order;
    if (c->kind == GM_COLUMN_DATES) {
        GEMLET_TRY(read_choice(&order, object, "order", name_of_order, GM_DATE_EITHER, at));
        c->date_order = (gm_date_order)order;
    }
    GEMLET_TRY(read_real(&c->min, object, "min", at));
    GEMLET_TRY(read_reals(c->quartiles, &n, 3, object, "quartiles", at));
    if (n != 3)
        return item_error(at, "quartiles", "3 numbers");
    GEMLET_TRY(read_real(&c->max, object, "max", at));
    GEMLET_TRY(read_real(&c->mean, object, "mean", at));
    GEMLET_TRY(read_real(&c->deviation, object, "deviation", at));
    GEMLET_TRY(read_flag(&c->has_gaps, object, "gaps", at));
    GEMLET_TRY(GM_ALLOC(c->edges, GM_MAX_BINS + 1, "edges of a column"));
    GEMLET_TRY(read_reals(c->edges, &c->n_edges, GM_MAX_BINS + 1, object, "edges", at));
    return check_numbers(c, at);
}

static gemlet_status read_column(gm_schema_column *c, const cJSON *object, const place *at)
{
    size_t kind;
    GEMLET_TRY(read_text(&c->name, object, "name", at));
    GEMLET_TRY(read_choice(&kind, object, "kind", name_of_kind, N_KINDS, at));
    c->kind = kinds[kind];
    if (c->kind != GM_COLUMN_TEXTS)
        return read_numbers(c, object, at);
    GEMLET_TRY(read_flag(&c->keeps_texts, object, "exact", at));
    GEMLET_TRY(read_flag(&c->has_missing_level, object, "missing", at));
    GEMLET_TRY(read_texts(&c->levels, &c->n_levels, GM_MAX_LEVELS, object, "levels", at));
    GEMLET_TRY(read_count(&c->n_merged, object, "merged", at));
    for (uint32_t i = 1; i < c->n_levels; ++i) {
        if (strcmp(c->levels[i - 1], c->levels[i]) >= 0)
            return item_error(at, "levels", "ascending texts, none of them twice");
    }
    return GEMLET_OK;
}

static gemlet_status read_target(gm_schema *s, const cJSON *root, const char *path)
{
    const place at = {path, "target", 0};
    const cJSON *object = cJSON_GetObjectItemCaseSensitive(root, "target");
    size_t task;
    size_t kind;
    if (object == NULL)
        return GEMLET_OK;
    GEMLET_TRY(read_text(&s->target, object, "name", &at));
    GEMLET_TRY(read_choice(&kind, object, "kind", name_of_kind, N_KINDS, &at));
    s->target_kind = kinds[kind];
    GEMLET_TRY(read_flag(&s->target_keeps_texts, object, "exact", &at));
    GEMLET_TRY(read_choice(&task, object, "task", name_of_task, 2, &at));
    s->task = (gm_task)(task + GM_TASK_CLASSIFICATION);
    if (s->task == GM_TASK_CLASSIFICATION) {
        GEMLET_TRY(
            read_texts(&s->classes, &s->n_classes, GEMLET_MAX_CLASSES, object, "classes", &at));
        if (s->n_classes < 2)
            return item_error(&at, "classes", "at least 2");
        return check_unique(s->classes, s->n_classes, "classes", &at);
    }
    if (s->target_kind == GM_COLUMN_TEXTS)
        return item_error(&at, "kind", "numbers or dates for regression");
    GEMLET_TRY(read_real(&s->mean, object, "mean", &at));
    GEMLET_TRY(read_real(&s->deviation, object, "deviation", &at));
    return s->deviation > 0 ? GEMLET_OK : item_error(&at, "deviation", "a number above 0");
}

static gemlet_status check_names(const gm_schema *s, const char *path)
{
    const place at = {path, "columns", 0};
    char **names;
    GEMLET_TRY(GM_ALLOC(names, s->n_columns + 1, "names of columns"));
    for (gemlet_dim i = 0; i < s->n_columns; ++i)
        names[i] = s->columns[i].name;
    names[s->n_columns] = s->target;
    const gemlet_status status =
        check_unique(names, s->n_columns + (s->target != NULL ? 1u : 0u), "name", &at);
    free(names);
    return status;
}

static gemlet_status read_columns(gm_schema *s, const cJSON *root, const char *path)
{
    place at = {path, "columns", 0};
    const cJSON *array = cJSON_GetObjectItemCaseSensitive(root, "columns");
    const cJSON *item;
    const int n = cJSON_IsArray(array) ? cJSON_GetArraySize(array) : 0;
    if (n < 1 || (unsigned)n > GM_MAX_TABLE_COLUMNS)
        return item_error(&at, "their number", "1 to 1048576");
    GEMLET_TRY(GM_ALLOC(s->columns, (size_t)n, "schema"));
    at.object = "column";
    cJSON_ArrayForEach(item, array)
    {
        at.number = ++s->n_columns;
        GEMLET_TRY(read_column(&s->columns[s->n_columns - 1], item, &at));
    }
    return GEMLET_OK;
}

static gemlet_status read_schema(gm_schema *s, const cJSON *root, const char *path)
{
    const place at = {path, "file", 0};
    uint32_t version;
    size_t scaling;
    GEMLET_TRY(read_count(&version, root, "version", &at));
    if (version != FORMAT_VERSION)
        return item_error(&at, "version", "1");
    GEMLET_TRY(read_choice(&scaling, root, "scaling", name_of_scaling, GM_N_SCALINGS, &at));
    s->scaling = (gm_scaling)scaling;
    GEMLET_TRY(read_count(&s->rows, root, "rows", &at));
    GEMLET_TRY(read_columns(s, root, path));
    GEMLET_TRY(read_target(s, root, path));
    if (cJSON_GetObjectItemCaseSensitive(root, "id") != NULL)
        GEMLET_TRY(read_text(&s->id, root, "id", &at));
    if (cJSON_GetObjectItemCaseSensitive(root, "missing") != NULL)
        GEMLET_TRY(read_text(&s->missing, root, "missing", &at));
    GEMLET_TRY(check_names(s, path));
    return gm_schema_count_inputs(s, path);
}

gemlet_status gm_schema_from_json(gm_schema **out, const char *text, const char *path)
{
    gm_schema *schema = NULL;
    *out = NULL;
    cJSON *root = cJSON_Parse(text);
    if (!cJSON_IsObject(root)) {
        cJSON_Delete(root);
        return gm_error(GEMLET_E_FORMAT, "%s: schema: expected an object of JSON", path);
    }
    gemlet_status status = GM_ALLOC(schema, 1, "schema");
    if (status == GEMLET_OK)
        schema->n_owners = 1;
    if (status == GEMLET_OK)
        status = read_schema(schema, root, path);
    cJSON_Delete(root);
    if (status == GEMLET_OK)
        *out = schema;
    else
        gm_schema_destroy(schema);
    return status;
}
