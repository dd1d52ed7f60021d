/* SPDX-License-Identifier: MIT
 * The --help of a subcommand, printed from its table of options. */
#ifndef GM_OPTIONS_OPTIONS_HELP_H
#define GM_OPTIONS_OPTIONS_HELP_H

#include <stdio.h>

#include "options/options.h"

/* What --help calls: gm_options_print_help(), unless a program that makes other pages of the tables
 * sets its own. */
extern void (*gm_options_help_printer)(const gm_command *command, FILE *stream);

/* Usage, description, every option with its default, and examples, wrapped at 80 columns. */
void gm_options_print_help(const gm_command *command, FILE *stream);

/* What --help says of --help. */
extern const char gm_options_help_of_help[];

/* The heading of a group of options. */
const char *gm_options_heading(gm_option_group group);

/* text = what an option does, its choices and its default, in paragraphs separated by '\n'; cut
 * where the room ends. */
#define GM_OPTION_TEXT_SIZE 2048u
void gm_option_describe(char text[GM_OPTION_TEXT_SIZE], const gm_option *option);

/* Prints text wrapped at 80 columns; every line starts at column `indent`, where the first one is
 * taken to stand already. '\n' ends a paragraph. Ends with a newline. */
void gm_print_wrapped(FILE *stream, const char *text, size_t indent);

#endif
