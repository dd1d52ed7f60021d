/* SPDX-License-Identifier: MIT
 * See missing.h. The words are those that pandas.read_csv takes, and the question mark of the UCI
 * repository. */
#include "table/missing.h"

#include <string.h>

#define MAX_WORD 4u

static const char *const words[] = {"NA",   "N/A",  "n/a",  "NaN",  "nan",  "-NaN", "-nan",
                                    "null", "NULL", "None", "<NA>", "#N/A", "#NA",  "?"};
static const char listed[] =
    "NA, N/A, n/a, NaN, nan, -NaN, -nan, null, NULL, None, <NA>, #N/A, #NA, ?";

/* What nearly all fields begin with tells them from the words. */
static int may_be_word(char first)
{
    switch (first) {
    case 'N':
    case 'n':
    case '-':
    case '<':
    case '#':
    case '?':
        return 1;
    default:
        return 0;
    }
}

static int is_word(const char *text, size_t length)
{
    if (!may_be_word(text[0]) || length > MAX_WORD)
        return 0;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; ++i) {
        if (strlen(words[i]) == length && memcmp(words[i], text, length) == 0)
            return 1;
    }
    return 0;
}

static int is_listed(const char *text, size_t length, const char *list)
{
    for (;;) {
        const size_t n = strcspn(list, ",");
        if (n == length && memcmp(list, text, n) == 0)
            return 1;
        if (list[n] == '\0')
            return 0;
        list += n + 1;
    }
}

int gm_missing_is(const char *text, size_t length, const char *more)
{
    return length == 0 || is_word(text, length) || (more != NULL && is_listed(text, length, more));
}

const char *gm_missing_words(void)
{
    return listed;
}
