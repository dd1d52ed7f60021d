/* SPDX-License-Identifier: MIT
 * The only place where the program prints the library's messages. */
#include "cli/report_error.h"

#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/driver_abort.h"
#include "core/clean_text.h"
#include "gemlet/status.h"

int gm_report_error(const char *command)
{
    fflush(stdout);
    gm_driver_abort_restart_after_error();
    fprintf(stderr, "gemlet %s: %s\n", command, gemlet_last_error());
    const char *detail = gemlet_last_error_detail();
    const size_t length = strlen(detail);
    if (length > 0)
        fprintf(stderr, "%s%s", detail, detail[length - 1] == '\n' ? "" : "\n");
    return GM_EXIT_FAILURE;
}

void gm_print_note(const char *note, void *command)
{
    fflush(stdout);
    gm_print_text(stderr, "gemlet %s: %s\n", (const char *)command, note);
}
