/* SPDX-License-Identifier: MIT
 * See run_page.h. The files may be of another program, or damaged: nothing in them is trusted. */
#include "html/run_page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/json.h"
#include "core/memory.h"

double gm_run_page_number(const gm_run_page *page, const char *key)
{
    return gm_json_number_at(page->record.json, key);
}

const char *gm_run_page_text(const gm_run_page *page, const char *key)
{
    return gm_json_text_at(page->record.json, key);
}

/* ---- the confusion matrix ------------------------------------------------------------------- */

static gemlet_status refuse_confusion(const gm_run_page *page, const char *what)
{
    return gm_error(
        GEMLET_E_FORMAT,
        "%s/stats.json: test_confusion: found %s, expected the names of 1 to 100 classes "
        "and, for each, as many counts",
        page->record.directory, what);
}

/* Names that are numbers stand there as such. */
static gemlet_status copy_name(char **name, const cJSON *item)
{
    if (cJSON_IsString(item))
        return gm_copy_string(name, item->valuestring);
    return gm_format_string(name, "%.9g", item->valuedouble);
}

static gemlet_status read_classes(gm_run_page *page, const cJSON *classes)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, classes)
    {
        if (!cJSON_IsString(item) && !cJSON_IsNumber(item))
            return refuse_confusion(page, "a class that is neither text nor number");
        GEMLET_TRY(copy_name(&page->classes[page->n_classes], item));
        ++page->n_classes;
    }
    return GEMLET_OK;
}

static int is_count(const cJSON *item)
{
    return cJSON_IsNumber(item) && item->valuedouble >= 0 && item->valuedouble < 1e15 &&
           floor(item->valuedouble) == item->valuedouble;
}

static gemlet_status read_counts(gm_run_page *page, const cJSON *rows)
{
    const size_t n = page->n_classes;
    size_t at = 0;
    const cJSON *row;
    const cJSON *item;
    cJSON_ArrayForEach(row, rows)
    {
        if (!cJSON_IsArray(row) || (size_t)cJSON_GetArraySize(row) != n)
            return refuse_confusion(page, "a row of another length");
        cJSON_ArrayForEach(item, row)
        {
            if (!is_count(item))
                return refuse_confusion(page, "what is no count");
            page->confusion[at++] = item->valuedouble;
        }
    }
    return GEMLET_OK;
}

#define MAX_CLASSES 100

static gemlet_status read_confusion(gm_run_page *page)
{
    const cJSON *classes = gm_json_at(page->record.json, "test_confusion.classes");
    const cJSON *counts = gm_json_at(page->record.json, "test_confusion.counts");
    const int n = cJSON_GetArraySize(classes);
    if (gm_json_at(page->record.json, "test_confusion") == NULL)
        return GEMLET_OK;
    if (!cJSON_IsArray(classes) || !cJSON_IsArray(counts) || n < 1 || n > MAX_CLASSES)
        return refuse_confusion(page, "something else");
    if (cJSON_GetArraySize(counts) != n)
        return refuse_confusion(page, "another number of rows than of classes");
    GEMLET_TRY(GM_ALLOC(page->classes, (size_t)n, "classes of a run"));
    GEMLET_TRY(GM_ALLOC(page->confusion, (size_t)n * (size_t)n, "confusion matrix"));
    GEMLET_TRY(read_classes(page, classes));
    return read_counts(page, counts);
}

/* ---- evaluation.json ------------------------------------------------------------------------ */

/* A file of ours has some 10 KB. */
#define MAX_FILE_BYTES ((size_t)1 << 24)

static gemlet_status parse_evaluation(gm_run_page *page, const char *text, const char *path)
{
    page->evaluation = cJSON_Parse(text);
    if (!cJSON_IsObject(page->evaluation))
        return gm_error(GEMLET_E_FORMAT,
                        "%s: found what is no JSON object, expected it as gemlet train writes it",
                        path);
    return GEMLET_OK;
}

/* Runs that were not tested, and those of earlier versions, have none. */
static gemlet_status read_evaluation(gm_run_page *page)
{
    char *path;
    char *text = NULL;
    size_t n_bytes;
    GEMLET_TRY(gm_path_join(&path, page->record.directory, GM_EVALUATION_NAME));
    gemlet_status status = GEMLET_OK;
    if (gm_file_exists(path)) {
        status = gm_file_read(&text, &n_bytes, path, MAX_FILE_BYTES);
        if (status == GEMLET_OK)
            status = parse_evaluation(page, text, path);
    }
    free(text);
    free(path);
    return status;
}

/* ---- the whole ------------------------------------------------------------------------------ */

gemlet_status gm_run_page_read(gm_run_page *page, const char *directory, const char *name)
{
    *page = (gm_run_page){.name = name};
    gemlet_status status = gm_run_record_read(&page->record, directory);
    if (status == GEMLET_OK)
        status = gm_metrics_csv_read(page->curves, page->record.directory);
    if (status == GEMLET_OK)
        status = read_confusion(page);
    if (status == GEMLET_OK)
        status = read_evaluation(page);
    if (status == GEMLET_OK)
        status = gm_layers_read(&page->layers, page->record.directory);
    if (status == GEMLET_OK)
        page->is_regression = gm_json_at(page->record.json, "test_rmse") != NULL;
    else
        gm_run_page_free(page);
    return status;
}

void gm_run_page_free(gm_run_page *page)
{
    for (size_t i = 0; i < page->n_classes; ++i)
        free(page->classes[i]);
    free(page->classes);
    free(page->confusion);
    cJSON_Delete(page->evaluation);
    gm_layers_free(&page->layers);
    gm_metrics_curves_free(page->curves);
    gm_run_record_free(&page->record);
    *page = (gm_run_page){0};
}
