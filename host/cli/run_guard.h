/* SPDX-License-Identifier: MIT
 * Outputs of commands that read a run: not over what the run cannot make again. */
#ifndef GM_CLI_RUN_GUARD_H
#define GM_CLI_RUN_GUARD_H

#include "options/options.h"

/* run: a directory, or anything else, of which nothing is said. Returns GM_OPTIONS_RUN, or after
 * one line on stderr an exit code, if `output` (NULL: none) is a file that the run left there: a
 * model, its statistics, what was measured. Pictures and the report are made again. */
int gm_run_guard(const gm_command *command, const char *run, const char *output);

#endif
