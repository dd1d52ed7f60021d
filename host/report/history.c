/* SPDX-License-Identifier: MIT
 * A growing list of progress reports; see history.h. */
#include "report/history.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/memory.h"

#define FIRST_CAPACITY 256

gemlet_status gm_history_append(gm_history *history, const gemlet_progress *report)
{
    if (history->count > 0 && history->reports[history->count - 1].step == report->step) {
        history->reports[history->count - 1] = *report;
        return GEMLET_OK;
    }
    if (history->count == history->capacity) {
        const size_t capacity = history->capacity > 0 ? 2 * history->capacity : FIRST_CAPACITY;
        gemlet_progress *reports;
        GEMLET_TRY(GM_ALLOC(reports, capacity, "history of the run"));
        if (history->count > 0)
            memcpy(reports, history->reports, history->count * sizeof *reports);
        free(history->reports);
        history->reports = reports;
        history->capacity = capacity;
    }
    history->reports[history->count++] = *report;
    return GEMLET_OK;
}

void gm_history_free(gm_history *history)
{
    free(history->reports);
    *history = (gm_history){0};
}

int gm_history_is_validated(const gm_history *history)
{
    return history->count > 0 && history->reports[history->count - 1].validation_step > 0;
}

/* A field, with a comma behind it; empty where there is nothing to tell. */
static void write_field(FILE *stream, int is_known, double value)
{
    if (is_known)
        fprintf(stream, "%.9g,", value);
    else
        fputc(',', stream);
}

/* A regression has no accuracy. */
static void write_report(FILE *stream, const gemlet_progress *report, int is_validated)
{
    const int is_of_validation = report->validation_step == report->step;
    const int has_accuracy = !isnan(report->train_accuracy);
    fprintf(stream, "%" PRIu64 ",%.9g,%.9g,%.9g,", report->step, report->epoch,
            report->learning_rate, report->train_loss);
    write_field(stream, has_accuracy, report->train_accuracy);
    if (is_validated) {
        write_field(stream, is_of_validation, report->validation_loss);
        write_field(stream, is_of_validation && has_accuracy, report->validation_accuracy);
    }
    fprintf(stream, "%.9g\n", report->seconds);
}

gemlet_status gm_history_write_csv(const gm_history *history, const char *path)
{
    gm_atomic_file file;
    GEMLET_TRY(gm_atomic_file_open(&file, path));
    /* A failed write sets the stream's error flag, which commit reports. */
    const int is_validated = gm_history_is_validated(history);
    fprintf(file.stream, "step,epoch,learning_rate,train_loss,train_accuracy,%sseconds\n",
            is_validated ? "validation_loss,validation_accuracy," : "");
    for (size_t i = 0; i < history->count; ++i)
        write_report(file.stream, &history->reports[i], is_validated);
    return gm_atomic_file_commit(&file);
}
