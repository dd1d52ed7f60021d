/* SPDX-License-Identifier: MIT
 * Finds what a mistyped word, or one from another program, was meant to be. */
#ifndef GM_CLI_SUGGEST_H
#define GM_CLI_SUGGEST_H

#include <stddef.h>

/* Number of insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`
 * (optimal string alignment); words longer than 63 characters are as far as can be: SIZE_MAX. */
size_t gm_edit_distance(const char *a, const char *b);

/* 1 if `candidate` is near enough to `text` to be offered, or is our word for it, and nearer than
 * *best, which is then updated; _ counts as -. Start with *best = SIZE_MAX. */
int gm_suggest_is_nearer(const char *text, const char *candidate, size_t *best);

#endif
