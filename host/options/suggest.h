/* SPDX-License-Identifier: MIT
 * Finds which of our words a mistyped one, or one from another program, was meant to be. */
#ifndef GM_OPTIONS_SUGGEST_H
#define GM_OPTIONS_SUGGEST_H

#include <stddef.h>

/* As gm_word_is_nearer(); _ counts as -, and a candidate that is our word for `text` is nearest. */
int gm_suggest_is_nearer(const char *text, const char *candidate, size_t *best);

#endif
