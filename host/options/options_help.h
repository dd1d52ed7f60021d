/* SPDX-License-Identifier: MIT
 * The --help of a subcommand, printed from its table of options. */
#ifndef GM_OPTIONS_OPTIONS_HELP_H
#define GM_OPTIONS_OPTIONS_HELP_H

#include <stdio.h>

#include "options/options.h"

/* Usage, description, every option with its default, and examples, wrapped at 80 columns. */
void gm_options_print_help(const gm_command *command, FILE *stream);

/* Prints text wrapped at 80 columns; every line starts at column `indent`, where the first one is
 * taken to stand already. '\n' ends a paragraph. Ends with a newline. */
void gm_print_wrapped(FILE *stream, const char *text, size_t indent);

#endif
