/* SPDX-License-Identifier: MIT
 * See run_guard.h. */
#include "cli/run_guard.h"

#include <stdlib.h>

#include "cli/report_error.h"
#include "core/file.h"
#include "core/memory.h"
#include "html/run_page.h"
#include "report/history.h"
#include "report/layer_history.h"
#include "run/results.h"

static const char *const kept[] = {
    GM_STATS_NAME,       GM_MODEL_NAME,         GM_LAST_MODEL_NAME,
    GM_HISTORY_CSV_NAME, GM_LAYER_HISTORY_DATA, GM_EVALUATION_NAME,
};

int gm_run_guard(const gm_command *command, const char *run, const char *output)
{
    for (size_t i = 0; output != NULL && i < sizeof kept / sizeof kept[0]; ++i) {
        char *path;
        if (gm_path_join(&path, run, kept[i]) != GEMLET_OK)
            return gm_report_error(command->name);
        const int is_same = gm_file_is_same(output, path);
        free(path);
        if (is_same)
            return gm_options_error(command,
                                    "--output: %s is also %s of the run %s, expected another file",
                                    output, kept[i], run);
    }
    return GM_OPTIONS_RUN;
}
