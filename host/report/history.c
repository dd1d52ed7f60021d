/* SPDX-License-Identifier: MIT
 * A growing list of progress reports; see history.h. */
#include "report/history.h"

#include <inttypes.h>
#include <stdlib.h>

#include "core/file.h"
#include "core/memory.h"

gemlet_status gm_history_append(gm_history *history, const gemlet_progress *report)
{
    GEMLET_TRY(
        GM_RESERVE(history->reports, history->capacity, history->count + 1, "history of the run"));
    history->reports[history->count++] = *report;
    return GEMLET_OK;
}

void gm_history_free(gm_history *history)
{
    free(history->reports);
    *history = (gm_history){0};
}

gemlet_status gm_history_write_csv(const gm_history *history, const char *path)
{
    gm_atomic_file file;
    GEMLET_TRY(gm_atomic_file_open(&file, path));
    /* A failed write sets the stream's error flag, which commit reports. */
    fputs("step,epoch,learning_rate,train_loss,train_accuracy,seconds\n", file.stream);
    for (size_t i = 0; i < history->count; ++i) {
        const gemlet_progress *report = &history->reports[i];
        fprintf(file.stream, "%" PRIu64 ",%.9g,%.9g,%.9g,%.9g,%.9g\n", report->step, report->epoch,
                report->learning_rate, report->train_loss, report->train_accuracy, report->seconds);
    }
    return gm_atomic_file_commit(&file);
}
