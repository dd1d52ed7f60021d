/* SPDX-License-Identifier: MIT
 * See profile_report.h. Operations, shapes and kernels are names of our own: they hold no commas
 * and no quotes. */
#include "cli/profile_report.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "core/file.h"
#include "core/text_table.h"
#include "core/json.h"

/* ---- sums ----------------------------------------------------------------------------------- */

static double sum_seconds(const gm_profile *p)
{
    double sum = 0.0;
    for (size_t i = 0; i < p->n_rows; ++i)
        sum += p->rows[i].seconds;
    return sum;
}

static double sum_gaps(const gm_profile *p)
{
    double sum = 0.0;
    for (size_t i = 0; i < p->n_rows; ++i)
        sum += p->rows[i].gap_seconds;
    return sum;
}

/* Per second of the row's own time; 0 where a clock was too coarse to see it. */
static double rate(const gm_profile_row *row, uint64_t amount)
{
    return row->seconds > 0.0 ? (double)amount * (double)row->n_launches / row->seconds : 0.0;
}

/* ---- the table ------------------------------------------------------------------------------ */

static gemlet_status add_row(gm_text_table *table, const gm_profile *p, const gm_profile_row *row)
{
    const double us = 1e6 / (double)row->n_launches;
    char groups[24] = "-";
    char bound_text[32] = "-";
    gm_bound bound = GM_BOUND_LAUNCH;
    const double share = gm_profile_bound_share(p, row, &bound);
    if (row->n_groups > 0)
        snprintf(groups, sizeof groups, "%zu", row->n_groups);
    if (isfinite(share))
        snprintf(bound_text, sizeof bound_text, "%s %.0f %%", gm_bound_name(bound), 100.0 * share);
    GEMLET_TRY(gm_text_table_add(table, "%s", row->operation));
    GEMLET_TRY(gm_text_table_add(table, "%s", row->shape));
    GEMLET_TRY(gm_text_table_add(table, "%s", row->kernel));
    GEMLET_TRY(gm_text_table_add(table, "%s", groups));
    GEMLET_TRY(gm_text_table_add(table, "%.2f", (double)row->n_launches / (double)p->n_steps));
    GEMLET_TRY(gm_text_table_add(table, "%.1f", us * row->seconds));
    GEMLET_TRY(gm_text_table_add(table, "%.1f", us * row->gap_seconds));
    GEMLET_TRY(gm_text_table_add(table, "%.1f %%", 100.0 * row->seconds / sum_seconds(p)));
    GEMLET_TRY(gm_text_table_add(table, "%.1f", 1e-9 * rate(row, row->cost.n_flops)));
    GEMLET_TRY(gm_text_table_add(table, "%.1f", 1e-9 * rate(row, row->cost.n_bytes)));
    return gm_text_table_add(table, "%s", bound_text);
}

static gemlet_status fill_table(gm_text_table *table, const gm_profile *p)
{
    const char *const header[] = {"operation", p->is_fused ? "stages" : "shape",
                                  "kernel",    "groups",
                                  "per step",  "us",
                                  "gap us",    "share",
                                  "GFLOP/s",   "GB/s",
                                  "bound"};
    table->n_columns = sizeof header / sizeof *header;
    table->n_names = 3;
    table->n_keys = 2;
    for (size_t c = 0; c < table->n_columns; ++c)
        GEMLET_TRY(gm_text_table_add(table, "%s", header[c]));
    for (size_t i = 0; i < p->n_rows; ++i)
        GEMLET_TRY(add_row(table, p, &p->rows[i]));
    return GEMLET_OK;
}

gemlet_status gm_profile_print_table(const gm_profile *p)
{
    gm_text_table table = {0};
    gemlet_status status = fill_table(&table, p);
    if (status == GEMLET_OK)
        status = gm_text_table_print(&table, stdout);
    gm_text_table_free(&table);
    const double us = 1e6 / (double)p->n_steps;
    const double busy = us * sum_seconds(p);
    const double gaps = us * sum_gaps(p);
    printf("a step: %.1f us in %.1f %s + %.1f us of gaps between them = %.1f us; %.1f us by the "
           "clock, %.1f us without a profile\n",
           busy, (double)p->n_launches / (double)p->n_steps,
           p->rows[0].kernel[0] != '\0' ? "launches" : "operations", gaps, busy + gaps,
           us * p->wall_seconds, us * p->plain_seconds);
    return status;
}

/* ---- files ---------------------------------------------------------------------------------- */

static void write_rows(FILE *out, const gm_profile *p)
{
    fprintf(out, "operation,shape,kernel,work_groups,launches,seconds,gap_seconds,share,"
                 "flops,bytes,flops_per_second,bytes_per_second,bound,share_of_bound\n");
    for (size_t i = 0; i < p->n_rows; ++i) {
        const gm_profile_row *row = &p->rows[i];
        gm_bound bound = GM_BOUND_LAUNCH;
        const double share = gm_profile_bound_share(p, row, &bound);
        fprintf(out, "%s,%s,%s,%zu,%" PRIu64 ",%.9f,%.9f,%.6f,%" PRIu64 ",%" PRIu64 ",%.6g,%.6g,",
                row->operation, row->shape, row->kernel, row->n_groups, row->n_launches,
                row->seconds, row->gap_seconds, row->seconds / sum_seconds(p), row->cost.n_flops,
                row->cost.n_bytes, rate(row, row->cost.n_flops), rate(row, row->cost.n_bytes));
        if (isfinite(share))
            fprintf(out, "%s,%.4f\n", gm_bound_name(bound), share);
        else
            fprintf(out, ",\n");
    }
}

gemlet_status gm_profile_write_csv(const char *path, const gm_profile *profile)
{
    gm_atomic_file file;
    GEMLET_TRY(gm_atomic_file_open(&file, path));
    write_rows(file.stream, profile);
    return gm_atomic_file_commit(&file);
}

/* An event of the kind "X", complete: times in microseconds from the first launch. */
static int add_launch(cJSON *events, const gm_profile *p, const gm_profile_launch *launch)
{
    const gm_profile_row *row = &p->rows[launch->row];
    const uint64_t origin = p->launches[0].time.started;
    cJSON *event = cJSON_CreateObject();
    if (!cJSON_AddItemToArray(events, event) ||
        !gm_json_add_text(event, "name", row->kernel[0] != '\0' ? row->kernel : row->operation) ||
        !gm_json_add_text(event, "cat", row->operation) || !gm_json_add_text(event, "ph", "X") ||
        !gm_json_add_real(event, "ts", 1e-3 * (double)(launch->time.started - origin)) ||
        !gm_json_add_real(event, "dur",
                          1e-3 * (double)(launch->time.ended - launch->time.started)) ||
        !gm_json_add_count(event, "pid", 1) || !gm_json_add_count(event, "tid", 1))
        return 0;
    cJSON *args = cJSON_AddObjectToObject(event, "args");
    return args != NULL && gm_json_add_text(args, "operation", row->operation) &&
           gm_json_add_text(args, "shape", row->shape) &&
           gm_json_add_count(args, "work_groups", row->n_groups) &&
           gm_json_add_count(args, "flops", row->cost.n_flops) &&
           gm_json_add_count(args, "bytes", row->cost.n_bytes) &&
           gm_json_add_real(args, "us_in_queue",
                            1e-3 * ((double)launch->time.started - (double)launch->time.queued));
}

/* An event of the kind "M", metadata: what the one row of the picture is called. */
static int add_name(cJSON *events, const char *device)
{
    cJSON *event = cJSON_CreateObject();
    if (!cJSON_AddItemToArray(events, event) || !gm_json_add_text(event, "name", "process_name") ||
        !gm_json_add_text(event, "ph", "M") || !gm_json_add_count(event, "pid", 1))
        return 0;
    cJSON *args = cJSON_AddObjectToObject(event, "args");
    return args != NULL && gm_json_add_text(args, "name", device);
}

gemlet_status gm_profile_write_trace(const char *path, const gm_profile *p, const char *device)
{
    cJSON *root = cJSON_CreateObject();
    cJSON *events = root != NULL ? cJSON_AddArrayToObject(root, "traceEvents") : NULL;
    int ok = events != NULL && gm_json_add_text(root, "displayTimeUnit", "ns") &&
             add_name(events, device);
    for (size_t i = 0; ok && i < p->n_launches; ++i)
        ok = add_launch(events, p, &p->launches[i]);
    if (ok)
        return gm_json_write(path, root);
    cJSON_Delete(root);
    return gm_json_write(path, NULL);
}
