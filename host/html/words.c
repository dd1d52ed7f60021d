/* SPDX-License-Identifier: MIT
 * See words.h. */
#include "html/words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *unknown(char *word)
{
    snprintf(word, GM_WORD_SIZE, "?");
    return word;
}

const char *gm_count_word(char *word, double count)
{
    char digits[GM_WORD_SIZE];
    if (!isfinite(count) || fabs(count) > 1e18)
        return unknown(word);
    snprintf(digits, sizeof digits, "%.0f", fabs(count));
    const size_t n = strlen(digits);
    size_t at = 0;
    if (count < 0 && strcmp(digits, "0") != 0)
        word[at++] = '-';
    for (size_t i = 0; i < n; ++i) {
        if (i > 0 && (n - i) % 3 == 0)
            word[at++] = ',';
        word[at++] = digits[i];
    }
    word[at] = '\0';
    return word;
}

const char *gm_seconds_word(char *word, double seconds)
{
    if (!isfinite(seconds) || seconds < 0 || seconds > 1e12)
        return unknown(word);
    const double whole = round(seconds);
    if (seconds < 0.9995)
        snprintf(word, GM_WORD_SIZE, "%.3g ms", 1e3 * seconds);
    else if (seconds < 59.95)
        snprintf(word, GM_WORD_SIZE, "%.1f s", seconds);
    else if (whole < 3600)
        snprintf(word, GM_WORD_SIZE, "%.0f min %.0f s", floor(whole / 60), fmod(whole, 60));
    else
        snprintf(word, GM_WORD_SIZE, "%.0f h %.0f min", floor(whole / 3600),
                 floor(fmod(whole, 3600) / 60));
    return word;
}

const char *gm_share_word(char *word, double share, double n)
{
    if (!isfinite(share))
        return unknown(word);
    snprintf(word, GM_WORD_SIZE, "%.*f %%", n < 200 ? 0 : n < 2000 ? 1 : 2, 100 * share);
    return word;
}

const char *gm_real_word(char *word, double value)
{
    if (!isfinite(value))
        return unknown(word);
    if (fabs(value) >= 9999.5 && fabs(value) < 1e15)
        return gm_count_word(word, round(value));
    snprintf(word, GM_WORD_SIZE, "%.4g", value);
    return word;
}
