/* SPDX-License-Identifier: MIT
 * See report.h: the table and the verdict. */
#include "verify/report.h"

#include <math.h>
#include <string.h>

#define PERCENTILE 0.99

/* "1.2e-05", "0.21", "inf": three figures that fit into a column. */
static void format_ratio(char text[16], double ratio)
{
    if (isfinite(ratio) && ratio != 0 && (ratio < 1e-3 || ratio >= 1e4))
        snprintf(text, 16, "%.1e", ratio);
    else
        snprintf(text, 16, "%.3f", ratio);
}

void gm_report_table(FILE *stream, const gm_lockstep_result *result)
{
    fprintf(stream, "%-46s %11s  %-17s %-17s %8s  %-20s %s\n", "", "", "error / bound",
            "float CPU path", "", "largest", "");
    fprintf(stream, "%-46s %11s  %8s %8s %8s %8s %8s  %-11s %8s %s\n", "operation and tensor",
            "shape", "max", "99 %", "max", "99 %", "max ulp", "(row, col)", "step", "wrong");
    for (size_t i = 0; i < result->statistics.n_lines; ++i) {
        const gm_statistics_line *line = &result->statistics.lines[i];
        char name[2 * GM_STATISTICS_LABEL];
        char shape[32];
        char place[64];
        char ratios[4][16];
        snprintf(name, sizeof name, "%s %s", line->label, line->tensor);
        snprintf(shape, sizeof shape, "%ux%u", (unsigned)line->rows, (unsigned)line->cols);
        snprintf(place, sizeof place, "(%zu, %zu)", line->largest.row, line->largest.col);
        format_ratio(ratios[0], line->device.largest);
        format_ratio(ratios[1], gm_errors_percentile(&line->device, PERCENTILE));
        format_ratio(ratios[2], line->cpu.largest);
        format_ratio(ratios[3], gm_errors_percentile(&line->cpu, PERCENTILE));
        fprintf(stream, "%-46s %11s  %8s %8s %8s %8s %8.2f  %-11s %8llu ", name, shape, ratios[0],
                ratios[1], ratios[2], ratios[3], line->device.largest_ulp,
                line->device.largest > 0 ? place : "-", (unsigned long long)line->largest.step);
        if (line->n_wrong == 0)
            fprintf(stream, "-\n");
        else
            fprintf(stream, "%llu of %llu, first at step %llu\n", (unsigned long long)line->n_wrong,
                    (unsigned long long)line->n_values, (unsigned long long)line->first_wrong.step);
    }
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
