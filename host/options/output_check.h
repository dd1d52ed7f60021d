/* SPDX-License-Identifier: MIT
 * Before a command does anything: what it will write at its end can be written. */
#ifndef GM_OPTIONS_OUTPUT_CHECK_H
#define GM_OPTIONS_OUTPUT_CHECK_H

#include "options/options.h"

/* Looks at the options of the table that name files, once they are parsed: every output can be
 * written, and is neither an input, by whatever path, nor another output. Returns GM_OPTIONS_RUN;
 * or, after one line on stderr, GM_EXIT_FAILURE for a file that cannot be written and GM_EXIT_USAGE
 * for one that is named twice. */
int gm_outputs_check(const gm_command *command);

/* The same for one file that the option stands for, e.g. one of those in its directory. */
int gm_output_check_file(const gm_command *command, const gm_option *option, const char *path);

#endif
