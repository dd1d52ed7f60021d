/* SPDX-License-Identifier: MIT
 * Finds what a mistyped word was meant to be. */
#ifndef GM_CORE_NEAREST_WORD_H
#define GM_CORE_NEAREST_WORD_H

#include <stddef.h>

/* Number of insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`
 * (optimal string alignment); words longer than 63 characters are as far as can be: SIZE_MAX. */
size_t gm_edit_distance(const char *a, const char *b);

/* 1 if `candidate` is near enough to `text` to be offered and nearer than *best, which is then
 * updated. Start with *best = SIZE_MAX. */
int gm_word_is_nearer(const char *text, const char *candidate, size_t *best);

#endif
