/* SPDX-License-Identifier: MIT
 * Pages made of the tables of options: what each kind of page consists of. */
#ifndef GM_PAGES_PAGES_H
#define GM_PAGES_PAGES_H

#include <stdio.h>

#include "cli/subcommands.h"
#include "options/options.h"

/* gemlet-<command>.1; gm_man_page_summary is that of the command in gm_subcommands. */
extern const char *gm_man_page_summary;
void gm_man_page(const gm_command *command, FILE *stream);
/* gemlet.1 */
void gm_man_overview(FILE *stream);

/* A script for a shell: a head, a part for each command, an end. */
typedef struct gm_shell {
    const char *file; /* within the directory of all pages */
    void (*begin)(FILE *stream);
    void (*command)(const gm_command *command, FILE *stream);
    void (*end)(FILE *stream);
} gm_shell;

extern const gm_shell gm_bash;
extern const gm_shell gm_zsh;
extern const gm_shell gm_fish;

/* What the value of an option may be. */
typedef enum gm_value_kind {
    GM_VALUE_NONE, /* a flag has none */
    GM_VALUE_ANY,  /* nothing that a shell could know */
    GM_VALUE_WORDS,
    GM_VALUE_FILE,
    GM_VALUE_DIRECTORY
} gm_value_kind;

gm_value_kind gm_value_kind_of(const gm_option *option);

/* GM_VALUE_WORDS: prints them, separated by blanks. */
void gm_value_print_words(FILE *stream, const gm_option *option);

/* 1 if the command takes directories, 0 if files behind its options; only where it has operands. */
int gm_operands_are_directories(const gm_command *command);

/* text = the beginning of a help, up to the end of its first clause: one line for a menu. */
#define GM_BRIEF_SIZE 80u
void gm_brief(char text[GM_BRIEF_SIZE], const char *help);

/* The options that a command takes, in the order of its table:
 *     for (size_t i = gm_next_option(command, 0); i < command->n_options;
 *          i = gm_next_option(command, i + 1)) */
size_t gm_next_option(const gm_command *command, size_t i);

#endif
