/* SPDX-License-Identifier: MIT
 * Reads stats.json with cJSON; see run_record.h. What it holds is written by report/run_stats.c. */
#include "compare/run_record.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/file.h"
#include "core/memory.h"
#include "core/clean_text.h"
#include "report/run_stats.h"

/* A file of ours has 3 KB. */
#define MAX_FILE_BYTES ((size_t)1 << 20)
/* Whole numbers up to here are exact in a double. */
#define MAX_EXACT 9007199254740992.0

/* ---- items ---------------------------------------------------------------------------------- */

/* The item at "key" or "object.key". *out = NULL: there is none, or it is null. GEMLET_E_FORMAT if
 * a key is there twice: readers differ in which one they take. */
static gemlet_status find(const cJSON **out, const cJSON *object, const char *key, const char *path)
{
    *out = NULL;
    const size_t length = strcspn(key, ".");
    const cJSON *found = NULL;
    const cJSON *item;
    cJSON_ArrayForEach(item, object)
    {
        if (item->string == NULL || strlen(item->string) != length ||
            strncmp(item->string, key, length) != 0)
            continue;
        if (found != NULL)
            return gm_error(GEMLET_E_FORMAT, "%s: found \"%.*s\" twice, expected once", path,
                            (int)length, key);
        found = item;
    }
    if (key[length] == '.')
        return found != NULL ? find(out, found, key + length + 1, path) : GEMLET_OK;
    *out = cJSON_IsNull(found) ? NULL : found;
    return GEMLET_OK;
}

/* What an item holds, in one line of plain text. free() it. */
static gemlet_status format_item(char **out, const cJSON *item)
{
    *out = NULL;
    if (item == NULL || cJSON_IsNull(item))
        return gm_copy_string(out, "-");
    if (cJSON_IsString(item))
        return gm_clean_text(out, item->valuestring);
    if (cJSON_IsNumber(item))
        return gm_format_string(out, "%.9g", item->valuedouble);
    if (cJSON_IsBool(item))
        return gm_copy_string(out, cJSON_IsTrue(item) ? "yes" : "no");
    char *printed = cJSON_PrintUnformatted(item);
    if (printed == NULL)
        return gm_error(GEMLET_E_MEMORY, "value of a run: out of memory");
    const gemlet_status status = gm_clean_text(out, printed);
    cJSON_free(printed);
    return status;
}

static gemlet_status refuse(const char *path, const char *key, const cJSON *item,
                            const char *expected)
{
    char *text;
    GEMLET_TRY(format_item(&text, item));
    gm_error(GEMLET_E_FORMAT, "%s: %s: found %s, expected %s", path, key,
             item == NULL ? "none" : text, expected);
    free(text);
    return GEMLET_E_FORMAT;
}

typedef enum range {
    NOT_NEGATIVE,
    SHARE,      /* 0 to 1 */
    AT_MOST_ONE /* and as far below 0 as may be */
} range;

static int is_within(double value, range of)
{
    return isfinite(value) && (of == AT_MOST_ONE || value >= 0) &&
           (of == NOT_NEGATIVE || value <= 1);
}

/* *out = the number at `key`, NAN if there is none. */
static gemlet_status get_number(double *out, const cJSON *root, const char *key, range of,
                                const char *path)
{
    static const char *const expected[] = {
        "a finite number not below 0, or null",
        "a number from 0 to 1, or null",
        "a finite number not above 1, or null",
    };
    const cJSON *item;
    *out = (double)NAN;
    GEMLET_TRY(find(&item, root, key, path));
    if (item == NULL)
        return GEMLET_OK;
    if (!cJSON_IsNumber(item) || !is_within(item->valuedouble, of))
        return refuse(path, key, item, expected[of]);
    *out = item->valuedouble;
    return GEMLET_OK;
}

/* ---- traits --------------------------------------------------------------------------------- */

/* Traits are found by their names, so a name is there once: as it is shown, because keys that
 * differ may be shown alike. */
static gemlet_status check_room(const gm_run_record *record, const char *name, const char *path)
{
    if (record->n_traits == GM_RUN_RECORD_MAX_TRAITS)
        return gm_error(GEMLET_E_RANGE, "%s: found more than %u options, expected at most %u", path,
                        GM_RUN_RECORD_MAX_TRAITS, GM_RUN_RECORD_MAX_TRAITS);
    for (size_t i = 0; i < record->n_traits; ++i) {
        if (strcmp(record->traits[i].name, name) == 0)
            return gm_error(GEMLET_E_FORMAT, "%s: found the option \"%s\" twice, expected once",
                            path, name);
    }
    return GEMLET_OK;
}

/* Takes `value` over, whatever happens. */
static gemlet_status add_trait(gm_run_record *record, const char *name, char *value,
                               const char *path)
{
    gm_trait trait = {NULL, value};
    gemlet_status status = gm_clean_text(&trait.name, name);
    for (char *c = trait.name; status == GEMLET_OK && *c != '\0'; ++c)
        *c = *c == '_' ? ' ' : *c;
    if (status == GEMLET_OK)
        status = check_room(record, trait.name, path);
    if (status != GEMLET_OK) {
        free(trait.name);
        free(trait.value);
        return status;
    }
    record->traits[record->n_traits++] = trait;
    return GEMLET_OK;
}

static gemlet_status add_item(gm_run_record *record, const char *name, const cJSON *root,
                              const char *key, const char *path)
{
    const cJSON *item;
    char *value;
    GEMLET_TRY(find(&item, root, key, path));
    GEMLET_TRY(format_item(&value, item));
    return add_trait(record, name, value, path);
}

/* Everything under "options", so that options of later versions take part. */
static gemlet_status add_options(gm_run_record *record, const cJSON *root, const char *path)
{
    const cJSON *options;
    GEMLET_TRY(find(&options, root, "options", path));
    if (!cJSON_IsObject(options))
        return refuse(path, "options", options, "an object");
    const cJSON *item;
    cJSON_ArrayForEach(item, options)
    {
        char *value;
        GEMLET_TRY(format_item(&value, item));
        GEMLET_TRY(add_trait(record, item->string, value, path));
    }
    return GEMLET_OK;
}

/* Which rows: by their check sums, as directories have other names elsewhere. Validation rows that
 * are drawn from the training rows differ from seed to seed, and with them the rows that are left.
 */
static gemlet_status add_data(gm_run_record *record, const cJSON *root, const char *path)
{
    double hold_out;
    const cJSON *validation;
    GEMLET_TRY(get_number(&hold_out, root, "options.hold_out", NOT_NEGATIVE, path));
    GEMLET_TRY(find(&validation, root, "options.validation", path));
    if (!(hold_out > 0) && !cJSON_IsNumber(validation))
        GEMLET_TRY(add_item(record, "CRC-32 of training rows", root, "data.train_crc32", path));
    return add_item(record, "CRC-32 of test rows", root, "data.test_crc32", path);
}

/* How the run ended, and after how many steps: "-" where that is as asked for. */
static gemlet_status add_end(gm_run_record *record, const cJSON *root, const char *path)
{
    const cJSON *stopped;
    const cJSON *diverged;
    double steps;
    GEMLET_TRY(find(&stopped, root, "stopped", path));
    GEMLET_TRY(find(&diverged, root, "diverged", path));
    GEMLET_TRY(get_number(&steps, root, "steps", NOT_NEGATIVE, path));
    char *value;
    if (diverged != NULL)
        GEMLET_TRY(gm_copy_string(&value, "diverged"));
    else if (cJSON_IsTrue(stopped))
        GEMLET_TRY(gm_format_string(&value, "stopped after %.0f steps", steps));
    else
        GEMLET_TRY(gm_copy_string(&value, "-"));
    return add_trait(record, "end", value, path);
}

static gemlet_status add_traits(gm_run_record *record, const cJSON *root, const char *path)
{
    const cJSON *network;
    GEMLET_TRY(find(&network, root, "network.spec", path));
    if (!cJSON_IsString(network))
        return refuse(path, "network.spec", network, "the text of a network");
    GEMLET_TRY(add_item(record, "network", root, "network.spec", path));
    GEMLET_TRY(add_options(record, root, path));
    GEMLET_TRY(add_data(record, root, path));
    GEMLET_TRY(add_item(record, "device", root, "device", path));
    GEMLET_TRY(add_item(record, "driver", root, "device_info.driver", path));
    GEMLET_TRY(add_item(record, "compute units", root, "device_info.compute_units", path));
    GEMLET_TRY(add_item(record, "BLAS threads", root, "device_info.blas_threads", path));
    GEMLET_TRY(add_item(record, "tuning", root, "step.tuned", path));
    GEMLET_TRY(add_item(record, "fused step", root, "step.fused", path));
    GEMLET_TRY(add_item(record, "GEMM", root, "device_info.gemm", path));
    GEMLET_TRY(add_item(record, "gemlet", root, "gemlet_version", path));
    return add_end(record, root, path);
}

/* ---- the file ------------------------------------------------------------------------------- */

static gemlet_status check_schema(const cJSON *root, const char *path)
{
    const cJSON *schema;
    if (!cJSON_IsObject(root))
        return refuse(path, "the file", root, "an object as gemlet train writes it");
    GEMLET_TRY(find(&schema, root, "schema_version", path));
    if (!cJSON_IsNumber(schema) || schema->valuedouble != GM_RUN_STATS_SCHEMA) {
        char expected[96];
        snprintf(expected, sizeof expected, "%d, what this gemlet writes and reads",
                 GM_RUN_STATS_SCHEMA);
        return refuse(path, "schema_version", schema, expected);
    }
    return GEMLET_OK;
}

static gemlet_status fill(gm_run_record *record, const cJSON *root, const char *path)
{
    static const struct {
        const char *key;
        range of;
    } figures[GM_N_FIGURES] = {
        [GM_FIGURE_TEST_ACCURACY] = {"test_accuracy", SHARE},
        [GM_FIGURE_BALANCED_ACCURACY] = {"test_balanced_accuracy", SHARE},
        [GM_FIGURE_MACRO_F1] = {"test_macro_f1", SHARE},
        [GM_FIGURE_AUC] = {"test_auc", SHARE},
        [GM_FIGURE_TEST_RMSE] = {"test_rmse", NOT_NEGATIVE},
        [GM_FIGURE_TEST_MAE] = {"test_mae", NOT_NEGATIVE},
        [GM_FIGURE_TEST_R2] = {"test_r2", AT_MOST_ONE},
        [GM_FIGURE_TEST_LOSS] = {"test_loss", NOT_NEGATIVE},
        [GM_FIGURE_VALIDATION_ACCURACY] = {"validation_accuracy", SHARE},
        [GM_FIGURE_VALIDATION_LOSS] = {"validation_loss", NOT_NEGATIVE},
        [GM_FIGURE_EPOCHS] = {"epochs", NOT_NEGATIVE},
        [GM_FIGURE_BEST_EPOCH] = {"best_epoch", NOT_NEGATIVE},
        [GM_FIGURE_TRAIN_SECONDS] = {"train_seconds", NOT_NEGATIVE},
        [GM_FIGURE_US_PER_STEP] = {"us_per_step", NOT_NEGATIVE},
        [GM_FIGURE_PARAMETERS] = {"network.n_parameters", NOT_NEGATIVE},
    };
    GEMLET_TRY(check_schema(root, path));
    for (size_t i = 0; i < GM_N_FIGURES; ++i)
        GEMLET_TRY(get_number(&record->figures[i], root, figures[i].key, figures[i].of, path));
    GEMLET_TRY(get_number(&record->test_rows, root, "data.test_rows", NOT_NEGATIVE, path));
    GEMLET_TRY(get_number(&record->seed, root, "seed", NOT_NEGATIVE, path));
    if (record->seed > MAX_EXACT)
        record->seed = (double)NAN;
    return add_traits(record, root, path);
}

/* Line and column, both from 1, of a place in the text. */
static gemlet_status refuse_syntax(const char *text, size_t n_bytes, const char *place,
                                   const char *path)
{
    size_t line = 1;
    size_t column = 1;
    if (place == NULL || place < text || place > text + n_bytes)
        place = text;
    for (const char *c = text; c < place; ++c) {
        column = *c == '\n' ? 1 : column + 1;
        line += *c == '\n';
    }
    return gm_error(GEMLET_E_FORMAT, "%s: line %zu, column %zu: found what is not JSON", path, line,
                    column);
}

gemlet_status gm_run_record_parse(gm_run_record *record, const char *text, size_t n_bytes,
                                  const char *directory, const char *path)
{
    *record = (gm_run_record){0};
    if (strlen(text) != n_bytes)
        return refuse_syntax(text, n_bytes, text + strlen(text), path);
    const char *place = NULL;
    cJSON *root = cJSON_ParseWithLengthOpts(text, n_bytes + 1, &place, 1);
    if (root == NULL)
        return refuse_syntax(text, n_bytes, place, path);
    gemlet_status status = gm_copy_string(&record->directory, directory);
    if (status == GEMLET_OK)
        status = fill(record, root, path);
    record->json = root;
    if (status != GEMLET_OK)
        gm_run_record_free(record);
    return status;
}

/* Which file the path leads to now; all zero if to none. */
static void identify(dev_t *device, ino_t *number, const char *path)
{
    struct stat info;
    const int is_there = stat(path, &info) == 0;
    *device = is_there ? info.st_dev : 0;
    *number = is_there ? info.st_ino : 0;
}

gemlet_status gm_run_record_read(gm_run_record *record, const char *directory)
{
    *record = (gm_run_record){0};
    char *plain;
    GEMLET_TRY(gm_copy_string(&plain, directory));
    for (size_t n = strlen(plain); n > 1 && plain[n - 1] == '/'; --n)
        plain[n - 1] = '\0';
    char *path = NULL;
    char *text = NULL;
    size_t n_bytes = 0;
    dev_t device = 0;
    ino_t number = 0;
    gemlet_status status = gm_path_join(&path, plain, "stats.json");
    if (status == GEMLET_OK) {
        identify(&device, &number, path); /* before reading: if it changes then, that is seen */
        status = gm_file_read(&text, &n_bytes, path, MAX_FILE_BYTES);
    }
    if (status == GEMLET_OK)
        status = gm_run_record_parse(record, text, n_bytes, plain, path);
    if (status == GEMLET_OK) {
        record->file_device = device;
        record->file_number = number;
    }
    free(text);
    free(path);
    free(plain);
    return status;
}

int gm_run_record_is_current(const gm_run_record *record)
{
    char *path;
    dev_t device;
    ino_t number;
    if (gm_path_join(&path, record->directory, "stats.json") != GEMLET_OK)
        return 0;
    identify(&device, &number, path);
    free(path);
    return device == record->file_device && number == record->file_number;
}

const char *gm_run_record_trait(const gm_run_record *record, const char *name)
{
    for (size_t i = 0; i < record->n_traits; ++i) {
        if (strcmp(record->traits[i].name, name) == 0)
            return record->traits[i].value;
    }
    return "-";
}

void gm_run_record_free(gm_run_record *record)
{
    for (size_t i = 0; i < record->n_traits; ++i) {
        free(record->traits[i].name);
        free(record->traits[i].value);
    }
    free(record->directory);
    cJSON_Delete(record->json);
    *record = (gm_run_record){0};
}
