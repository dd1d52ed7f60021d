/* SPDX-License-Identifier: MIT
 * Text from outside (paths, names that drivers give, what files hold) made fit for a terminal and
 * for the files of a report. */
#ifndef GM_CORE_CLEAN_TEXT_H
#define GM_CORE_CLEAN_TEXT_H

#include "core/error.h"

/* Replaces each control character by a space and each byte that is not part of valid UTF-8 by '?'.
 * Control characters are those of ASCII, U+0080 to U+009F, line and paragraph separators and marks
 * that turn the direction of writing: all that can make a terminal show something else. */
void gm_clean_text_in_place(char *text);

/* The same in a new string. On failure *out = NULL. Release with free(). */
gemlet_status gm_clean_text(char **out, const char *text);

#endif
