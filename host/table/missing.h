/* SPDX-License-Identifier: MIT
 * Which texts stand for a value that is missing. */
#ifndef GM_TABLE_MISSING_H
#define GM_TABLE_MISSING_H

#include <stddef.h>

/* 1 if the text (length bytes) is empty, one of the usual words for "no value", or one of the
 * comma-separated texts of `more` (NULL: none), which the user has named. Letters count as they
 * are: "NA" is among the words, "na" is not. */
int gm_missing_is(const char *text, size_t length, const char *more);

/* The usual words, for --help and documents: "NA, N/A, ...". Static text. */
const char *gm_missing_words(void);

#endif
