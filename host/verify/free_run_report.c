/* SPDX-License-Identifier: MIT
 * See free_run_report.h. */
#include "verify/free_run_report.h"

#include <math.h>

#include <cjson/cJSON.h>

#define SCHEMA_VERSION 1

void gm_free_run_table(FILE *stream, const gm_free_run_result *result)
{
    fprintf(stream, "%8s %10s  %-33s  %-33s\n", "", "", "device against double",
            "float CPU path against double");
    fprintf(stream, "%8s %10s  %10s %10s %11s  %10s %10s %11s  %s\n", "step", "loss", "loss",
            "parameters", "statistics", "loss", "parameters", "statistics", "ratio");
    for (unsigned i = 0; i < result->n_lines; ++i) {
        const gm_free_run_line *line = &result->lines[i];
        const double ratio = gm_free_run_ratio(line);
        fprintf(stream, "%8llu %10.6g  %10.2e %10.2e %11.2e  %10.2e %10.2e %11.2e  ",
                (unsigned long long)line->step, line->reference_loss, line->device.loss_error,
                line->device.parameters, line->device.statistics, line->cpu.loss_error,
                line->cpu.parameters, line->cpu.statistics);
        if (isfinite(ratio))
            fprintf(stream, "%.2f\n", ratio);
        else
            fprintf(stream, "-\n");
    }
}

static void print_drift(FILE *stream, const gm_free_run_line *last)
{
    fprintf(stream,
            "free run: %llu steps, parameters of the device %.2e off the double reference, of the "
            "float CPU path %.2e",
            (unsigned long long)last->step, last->device.parameters, last->cpu.parameters);
    if (isfinite(gm_free_run_ratio(last)))
        fprintf(stream, ": ratio %.2f", gm_free_run_ratio(last));
    fprintf(stream,
            "\n  no bound holds for this: two right machines separate where rounding flips the "
            "sign of a ReLU; verify without --free-run says whether the device is right\n");
}

void gm_free_run_print_verdict(FILE *stream, const gm_free_run_result *result)
{
    const unsigned long long step = (unsigned long long)result->steps;
    switch (result->verdict) {
    case GM_FREE_RUN_DEVICE_FAILED:
        fprintf(stream,
                "device differs from the reference: its values are not finite at step %llu, those "
                "of the float CPU path and of the reference are\n",
                step);
        return;
    case GM_FREE_RUN_DIVERGED:
        fprintf(stream,
                "diverged: values left the range of float at step %llu, on the host too: lower the "
                "learning rate\n",
                step);
        return;
    case GM_FREE_RUN_FINITE:
        break;
    }
    print_drift(stream, &result->lines[result->n_lines - 1]);
}

/* ---- JSON ----------------------------------------------------------------------------------- */

/* The functions that add return 1, or 0 when memory runs out, to be chained with &&. */

static int add_number(cJSON *object, const char *key, double value)
{
    if (!isfinite(value))
        return cJSON_AddNullToObject(object, key) != NULL;
    return cJSON_AddNumberToObject(object, key, value) != NULL;
}

static int add_drift(cJSON *object, const char *key, const gm_drift *drift)
{
    cJSON *item = cJSON_AddObjectToObject(object, key);
    return item != NULL && add_number(item, "loss", drift->loss) &&
           add_number(item, "loss_error", drift->loss_error) &&
           add_number(item, "parameters", drift->parameters) &&
           add_number(item, "running_statistics", drift->statistics);
}

static int add_lines(cJSON *root, const gm_free_run_result *result)
{
    cJSON *lines = cJSON_AddArrayToObject(root, "drift");
    int is_added = lines != NULL;
    for (unsigned i = 0; is_added && i < result->n_lines; ++i) {
        const gm_free_run_line *line = &result->lines[i];
        cJSON *item = cJSON_CreateObject();
        is_added = item != NULL && cJSON_AddItemToArray(lines, item) &&
                   add_number(item, "step", (double)line->step) &&
                   add_number(item, "reference_loss", line->reference_loss) &&
                   add_drift(item, "device", &line->device) &&
                   add_drift(item, "float_cpu", &line->cpu) &&
                   add_number(item, "ratio", gm_free_run_ratio(line));
    }
    return is_added;
}

static const char *verdict_name(gm_free_run_verdict verdict)
{
    if (verdict == GM_FREE_RUN_DEVICE_FAILED)
        return "device differs";
    return verdict == GM_FREE_RUN_DIVERGED ? "diverged" : "finite";
}

gemlet_status gm_free_run_json(char **out, const gm_free_run_result *result,
                               const gm_report_job *job)
{
    char *text = NULL;
    cJSON *root = cJSON_CreateObject();
    if (root != NULL && add_number(root, "schema_version", SCHEMA_VERSION) &&
        cJSON_AddStringToObject(root, "mode", "free run") != NULL &&
        cJSON_AddStringToObject(root, "verdict", verdict_name(result->verdict)) != NULL &&
        cJSON_AddStringToObject(root, "network", job->network) != NULL &&
        cJSON_AddStringToObject(root, "data", job->data) != NULL &&
        cJSON_AddStringToObject(root, "device", job->device) != NULL &&
        cJSON_AddStringToObject(root, "gemm", job->gemm) != NULL &&
        add_number(root, "batch", job->batch) && add_number(root, "seed", (double)job->seed) &&
        add_number(root, "steps_asked_for", (double)job->n_steps) &&
        add_number(root, "steps", (double)result->steps) &&
        add_number(root, "seconds", result->seconds) && add_lines(root, result))
        text = cJSON_Print(root);
    cJSON_Delete(root);
    *out = text;
    return text != NULL ? GEMLET_OK : gm_error(GEMLET_E_MEMORY, "report: out of memory");
}
