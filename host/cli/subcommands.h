/* SPDX-License-Identifier: MIT
 * What the program consists of: its commands and exit codes, as --help, the manual pages and the
 * completion of shells tell of them. */
#ifndef GM_CLI_SUBCOMMANDS_H
#define GM_CLI_SUBCOMMANDS_H

#include <stddef.h>

typedef struct gm_subcommand {
    const char *name;
    int (*run)(int argc, char **argv); /* see commands.h */
    const char *summary;
    int may_restart; /* without drivers, where one ends the program */
} gm_subcommand;

extern const gm_subcommand gm_subcommands[];
extern const size_t gm_n_subcommands;

typedef struct gm_exit_code {
    int code;
    const char *meaning;
} gm_exit_code;

extern const gm_exit_code gm_exit_codes[];
extern const size_t gm_n_exit_codes;

/* One sentence about the program. */
extern const char gm_program_summary[];

#endif
