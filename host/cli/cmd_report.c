/* SPDX-License-Identifier: MIT
 * gemlet report: the page about a run, or about several. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/commands.h"
#include "cli/report_error.h"
#include "cli/run_guard.h"
#include "core/clean_text.h"
#include "core/file.h"
#include "core/process_lock.h"
#include "html/report.h"
#include "options/options.h"

typedef struct report_command {
    gm_operands directories;
    const char *output; /* NULL: in the directory of the run */
} report_command;

static gemlet_status write_to(const report_command *c, const char *path)
{
    const size_t n = (size_t)c->directories.n;
    char *const *directories = c->directories.values;
    GEMLET_TRY(n == 1 ? gm_report_write(path, directories[0], directories[0])
                      : gm_report_write_several(path, directories, n));
    gm_print_text(stdout, "report   %s\n", path);
    return GEMLET_OK;
}

/* Into the directory of the run, which no other process may be about to replace. */
static gemlet_status write_into_run(const report_command *c)
{
    const char *directory = c->directories.values[0];
    gm_process_lock lock = {0};
    int is_busy;
    char *path;
    GEMLET_TRY(gm_process_lock_take(&lock, &is_busy, directory, directory));
    gemlet_status status = gm_path_join(&path, directory, GM_REPORT_NAME);
    if (status == GEMLET_OK)
        status = write_to(c, path);
    free(path);
    gm_process_lock_release(&lock, directory);
    return status;
}

static int parse(report_command *c, int argc, char **argv)
{
    gm_option options[] = {
        GM_OUTPUT_FILE(OUTPUT, "output", &c->output,
                       "write the page there; default, of one RUN: " GM_REPORT_NAME " in it"),
    };
    const gm_command command = {
        .name = "report",
        .description =
            "Writes a page of HTML about a run of gemlet train, made from the files in its "
            "directory: what it reached in plain words, how it learned, what it takes for what, "
            "its options, device and command. gemlet train leaves the same page. Of several runs "
            "it is one page: their figures and differences as gemlet compare has them, and their "
            "curves over each other. The page needs no network and holds no script.",
        .options = options,
        .n_options = GM_N_OPTIONS(options),
        .examples = "  gemlet report runs/mnist\n"
                    "  gemlet report runs/tanh runs/mnist --output two.html\n",
        .operands = &c->directories,
    };
    const int parsed = gm_options_parse(&command, argc, argv);
    if (parsed == GM_OPTIONS_RUN && c->directories.n == 0)
        return gm_options_error(&command, "found no RUN, expected directories of gemlet train");
    if (parsed == GM_OPTIONS_RUN && c->directories.n > 1 && c->output == NULL)
        return gm_options_error(&command,
                                "found %d runs, expected --output FILE, where to write their page",
                                c->directories.n);
    int exit_code = parsed;
    for (unsigned i = 0; exit_code == GM_OPTIONS_RUN && i < (unsigned)c->directories.n; ++i)
        exit_code = gm_run_guard(&command, c->directories.values[i], c->output);
    return exit_code;
}

int gm_cmd_report(int argc, char **argv)
{
    report_command c = {.directories = {.name = "RUN"}};
    const int parsed = parse(&c, argc, argv);
    if (parsed != GM_OPTIONS_RUN)
        return parsed;
    const gemlet_status status = c.output != NULL ? write_to(&c, c.output) : write_into_run(&c);
    return status == GEMLET_OK ? GM_EXIT_OK : gm_report_error("report");
}
