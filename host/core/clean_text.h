/* SPDX-License-Identifier: MIT
 * Text from outside (paths, names that drivers give, what files hold) made fit for a terminal and
 * for the files of a report. */
#ifndef GM_CORE_CLEAN_TEXT_H
#define GM_CORE_CLEAN_TEXT_H

#include <stdio.h>

#include "core/error.h"

/* Length of the valid UTF-8 sequence at the begin of `text`, which ends in a zero byte; 0 if there is
 * none. */
size_t gm_utf8_length(const char *text);

/* Replaces each control character by a space and each byte that is not part of valid UTF-8 by '?'.
 * Control characters are those of ASCII, U+0080 to U+009F, line and paragraph separators and marks
 * that turn the direction of writing: all that can make a terminal show something else. */
void gm_clean_text_in_place(char *text);

/* The same, but line ends and tabs stay: for text of many lines. */
void gm_clean_lines_in_place(char *text);

/* fprintf of text that comes from outside, in part at least: all is cleaned but for a line end at
 * the end. Text of more than 4095 bytes is cut. */
void gm_print_text(FILE *stream, const char *format, ...) GM_PRINTF(2, 3);

/* The same in a new string. On failure *out = NULL. Release with free(). */
gemlet_status gm_clean_text(char **out, const char *text);

#endif
