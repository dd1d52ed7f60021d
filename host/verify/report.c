/* SPDX-License-Identifier: MIT
 * See report.h: the table and the verdict. */
#include "verify/report.h"

#include <math.h>
#include <string.h>

#include "core/text_table.h"

#define PERCENTILE 0.99

/* "1.2e-05", "0.21", "inf": three figures that fit into a column. */
static void format_ratio(char text[16], double ratio)
{
    if (isfinite(ratio) && ratio != 0 && (ratio < 1e-3 || ratio >= 1e4))
        snprintf(text, 16, "%.1e", ratio);
    else
        snprintf(text, 16, "%.3f", ratio);
}

static gemlet_status add_line(gm_text_table *table, const gm_statistics_line *line)
{
    char ratios[4][16];
    format_ratio(ratios[0], line->device.largest);
    format_ratio(ratios[1], gm_errors_percentile(&line->device, PERCENTILE));
    format_ratio(ratios[2], line->cpu.largest);
    format_ratio(ratios[3], gm_errors_percentile(&line->cpu, PERCENTILE));
    GEMLET_TRY(gm_text_table_add(table, "%s %s", line->label, line->tensor));
    GEMLET_TRY(gm_text_table_add(table, "%ux%u", (unsigned)line->rows, (unsigned)line->cols));
    for (unsigned i = 0; i < 4; ++i)
        GEMLET_TRY(gm_text_table_add(table, "%s", ratios[i]));
    GEMLET_TRY(gm_text_table_add(table, "%.2f", line->device.largest_ulp));
    if (line->device.largest > 0)
        GEMLET_TRY(gm_text_table_add(table, "(%zu, %zu)", line->largest.row, line->largest.col));
    else
        GEMLET_TRY(gm_text_table_add(table, "-"));
    GEMLET_TRY(gm_text_table_add(table, "%llu", (unsigned long long)line->largest.step));
    if (line->n_wrong == 0)
        return gm_text_table_add(table, "-");
    return gm_text_table_add(table, "%llu of %llu, first at step %llu",
                             (unsigned long long)line->n_wrong, (unsigned long long)line->n_values,
                             (unsigned long long)line->first_wrong.step);
}

static gemlet_status fill_table(gm_text_table *table, const gm_lockstep_result *result)
{
    /* Errors in units of their bounds: of the device, then of the float CPU path. */
    static const char *const header[] = {
        "operation and tensor", "shape", "max",  "99 %", "CPU max", "CPU 99 %", "max ulp",
        "(row, col)",           "step",  "wrong"};
    table->n_columns = sizeof header / sizeof *header;
    table->n_names = 2;
    table->n_keys = 1;
    for (size_t c = 0; c < table->n_columns; ++c)
        GEMLET_TRY(gm_text_table_add(table, "%s", header[c]));
    for (size_t i = 0; i < result->statistics.n_lines; ++i)
        GEMLET_TRY(add_line(table, &result->statistics.lines[i]));
    return GEMLET_OK;
}

gemlet_status gm_report_table(FILE *stream, const gm_lockstep_result *result)
{
    gm_text_table table = {0};
    gemlet_status status = fill_table(&table, result);
    if (status == GEMLET_OK)
        status = gm_text_table_print(&table, stream);
    gm_text_table_free(&table);
    return status;
}

static int was_called(const gm_statistics *statistics, gm_family family)
{
    for (size_t i = 0; i < statistics->n_lines; ++i) {
        if (statistics->lines[i].family == family)
            return 1;
    }
    return 0;
}

void gm_report_families(FILE *stream, const gm_lockstep_result *result)
{
    fprintf(stream, "largest error in units of its bound:");
    const char *separator = " ";
    for (gm_family family = GM_FAMILY_GATHER; family < GM_N_FAMILIES; ++family) {
        if (!was_called(&result->statistics, family))
            continue;
        char text[16];
        format_ratio(text, gm_statistics_largest(&result->statistics, family));
        fprintf(stream, "%s%s %s", separator, gm_family_name(family), text);
        separator = ", ";
    }
    fprintf(stream, "\n");
}

static void print_difference(FILE *stream, const gm_lockstep_result *result)
{
    uint64_t step = 0;
    const char *label = gm_lockstep_first_wrong(result, &step);
    fprintf(stream, "device differs from the reference: %s, first at step %llu\n", label,
            (unsigned long long)step);
    if (gm_lockstep_is_stray_first(result)) {
        fprintf(stream, "  it %s\n", result->stray.text);
        return;
    }
    const gm_statistics_line *line = &result->statistics.lines[result->statistics.first_wrong_line];
    const gm_place *at = &line->first_wrong;
    fprintf(stream,
            "  %s at row %zu, column %zu: %.9g, expected %.9g within %.3g; %llu of %llu values "
            "wrong, the float CPU path at most %.3f of the bound\n",
            line->tensor, at->row, at->col, at->got, at->ref, at->bound,
            (unsigned long long)line->n_wrong, (unsigned long long)line->n_values,
            line->cpu.largest);
}

void gm_report_verdict(FILE *stream, const gm_lockstep_result *result, uint64_t n_steps)
{
    if (!gm_lockstep_is_verified(result)) {
        print_difference(stream, result);
        return;
    }
    if (result->diverged_step > 0) {
        fprintf(stream,
                "diverged: %s left the range of float at step %llu, on the host as on the device: "
                "lower the learning rate\n",
                result->diverged_label, (unsigned long long)result->diverged_step);
        return;
    }
    const gm_statistics_line *worst = gm_statistics_worst(&result->statistics);
    char largest[16];
    format_ratio(largest, worst->device.largest);
    fprintf(stream, "verified: %llu steps, %llu operations, largest error %s of its bound (%s %s)",
            (unsigned long long)result->steps, (unsigned long long)result->n_ops, largest,
            worst->label, worst->tensor);
    if (result->steps < n_steps)
        fprintf(stream, "; stopped before step %llu of %llu", (unsigned long long)result->steps + 1,
                (unsigned long long)n_steps);
    fprintf(stream, "\n");
}
