/* SPDX-License-Identifier: MIT
 * See report.h: the JSON form. Ratios that are not finite, e.g. of an error where none is allowed,
 * are null. */
#include <math.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "core/memory.h"
#include "verify/report.h"

#define SCHEMA_VERSION 1

/* The functions that add return 1, or 0 when memory runs out, to be chained with &&. */

static int add_number(cJSON *object, const char *key, double value)
{
    if (!isfinite(value))
        return cJSON_AddNullToObject(object, key) != NULL;
    return cJSON_AddNumberToObject(object, key, value) != NULL;
}

static int add_text(cJSON *object, const char *key, const char *text)
{
    return cJSON_AddStringToObject(object, key, text) != NULL;
}

static int add_errors(cJSON *object, const char *key, const gm_errors *errors)
{
    cJSON *item = cJSON_AddObjectToObject(object, key);
    return item != NULL && add_number(item, "largest", errors->largest) &&
           add_number(item, "percentile_99", gm_errors_percentile(errors, 0.99)) &&
           add_number(item, "largest_ulp", errors->largest_ulp);
}

static int add_place(cJSON *object, const char *key, const gm_place *place)
{
    cJSON *item = cJSON_AddObjectToObject(object, key);
    return item != NULL && add_number(item, "step", (double)place->step) &&
           add_number(item, "row", (double)place->row) &&
           add_number(item, "column", (double)place->col) &&
           add_number(item, "found", place->got) && add_number(item, "expected", place->ref) &&
           add_number(item, "bound", place->bound);
}

static int add_line(cJSON *lines, const gm_statistics_line *line)
{
    cJSON *item = cJSON_CreateObject();
    if (item == NULL || !cJSON_AddItemToArray(lines, item))
        return 0;
    const int is_added =
        add_text(item, "operation", line->label) && add_text(item, "tensor", line->tensor) &&
        add_text(item, "family", gm_family_name(line->family)) &&
        add_number(item, "rows", line->rows) && add_number(item, "columns", line->cols) &&
        add_number(item, "values", (double)line->n_values) &&
        add_errors(item, "device", &line->device) && add_errors(item, "float_cpu", &line->cpu) &&
        add_place(item, "largest_at", &line->largest) &&
        add_number(item, "wrong", (double)line->n_wrong);
    return is_added &&
           (line->n_wrong == 0 || add_place(item, "first_wrong_at", &line->first_wrong));
}

static const char *verdict_of(const gm_lockstep_result *result)
{
    if (!gm_lockstep_is_verified(result))
        return "device differs";
    return result->diverged_step > 0 ? "diverged" : "verified";
}

static int add_job(cJSON *root, const gm_report_job *job)
{
    return add_text(root, "network", job->network) && add_text(root, "data", job->data) &&
           add_text(root, "device", job->device) && add_text(root, "gemm", job->gemm) &&
           (job->step == NULL || add_text(root, "step", job->step)) &&
           add_number(root, "batch", job->batch) && add_number(root, "seed", (double)job->seed) &&
           add_number(root, "steps_asked_for", (double)job->n_steps);
}

static int add_result(cJSON *root, const gm_lockstep_result *result)
{
    uint64_t step = 0;
    const char *first_wrong = gm_lockstep_first_wrong(result, &step);
    if (first_wrong != NULL && !(add_text(root, "first_wrong_operation", first_wrong) &&
                                 add_number(root, "first_wrong_step", (double)step)))
        return 0;
    if (result->stray.n > 0 && !add_text(root, "stray", result->stray.text))
        return 0;
    if (result->diverged_step > 0 &&
        !(add_text(root, "diverged_at", result->diverged_label) &&
          add_number(root, "diverged_step", (double)result->diverged_step)))
        return 0;
    return add_number(root, "steps", (double)result->steps) &&
           add_number(root, "operations", (double)result->n_ops) &&
           add_number(root, "first_loss", result->first_loss) &&
           add_number(root, "last_loss", result->last_loss) &&
           add_number(root, "seconds", result->seconds);
}

static int add_lines(cJSON *root, const gm_statistics *statistics)
{
    cJSON *lines = cJSON_AddArrayToObject(root, "tensors");
    int is_added = lines != NULL;
    for (size_t i = 0; is_added && i < statistics->n_lines; ++i)
        is_added = add_line(lines, &statistics->lines[i]);
    return is_added;
}

gemlet_status gm_report_json(char **out, const gm_lockstep_result *result, const gm_report_job *job)
{
    char *text = NULL;
    cJSON *root = cJSON_CreateObject();
    if (root != NULL && add_number(root, "schema_version", SCHEMA_VERSION) &&
        add_text(root, "verdict", verdict_of(result)) && add_job(root, job) &&
        add_result(root, result) && add_lines(root, &result->statistics))
        text = cJSON_Print(root);
    cJSON_Delete(root);
    *out = text;
    return text != NULL ? GEMLET_OK : gm_error(GEMLET_E_MEMORY, "report: out of memory");
}
