/* SPDX-License-Identifier: MIT
 * The values of options as texts, as they would be given on a command line: what --help calls
 * defaults, and what a checkpoint keeps of a run. */
#ifndef GM_OPTIONS_OPTIONS_TEXTS_H
#define GM_OPTIONS_OPTIONS_TEXTS_H

#include "options/options.h"
#include "core/pairs.h"

/* *text = what the target holds; NULL if that means "not set". Release with free(). */
gemlet_status gm_option_format(char **text, const gm_option *option);

/* How the options of a command are kept by a run that another command may take up again. Lists of
 * names end with NULL. */
typedef struct gm_kept_options {
    gm_pairs *before;              /* of the run that goes on, by name; empty: of none */
    gm_pairs *now;                 /* out: all that are set */
    const char *const *of_command; /* say what one command does: not kept */
    unsigned may_change_groups;    /* GM_GROUP_BIT()s */
    const char *const *may_change; /* further ones */
} gm_kept_options;

/* kept->now = the values of all options that are kept. */
gemlet_status gm_options_keep(const gm_command *command, const gm_kept_options *kept);

/* Before the command line is parsed: the options get the values that were kept, which must outlive
 * them. Returns GM_OPTIONS_RUN or an exit code. */
int gm_options_recall(const gm_command *command, const gm_kept_options *kept);

/* After it was parsed: an exit code, with a message, if an option that must not change has another
 * value than was kept; else GM_OPTIONS_RUN. */
int gm_options_check_kept(const gm_command *command, const gm_kept_options *kept);

#endif
