/* SPDX-License-Identifier: MIT
 * Numbers as text; see number.h. Short ones are calculated here. Of others the notation is checked
 * here and the value left to strtod, which rounds correctly but would also take spaces, hexadecimal
 * and the locale's decimal sign. */
#include "data/number.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *skip_digits(const char *text)
{
    while (*text >= '0' && *text <= '9')
        ++text;
    return text;
}

/* The end of the longest decimal number at `text`, or `text` itself if there is none. */
static const char *skip_number(const char *text)
{
    const char *c = text;
    if (*c == '+' || *c == '-')
        ++c;
    const char *whole = c;
    c = skip_digits(c);
    size_t n_digits = (size_t)(c - whole);
    if (*c == '.') {
        const char *fraction = ++c;
        c = skip_digits(c);
        n_digits += (size_t)(c - fraction);
    }
    if (n_digits == 0)
        return text;
    if (*c == 'e' || *c == 'E') {
        const char *exponent = c + 1;
        if (*exponent == '+' || *exponent == '-')
            ++exponent;
        const char *end = skip_digits(exponent);
        if (end != exponent)
            c = end;
    }
    return c;
}

static int names_non_finite(const char *text, size_t length)
{
    static const char *const names[] = {"nan", "inf", "infinity"};
    if (length > 0 && (*text == '+' || *text == '-')) {
        ++text;
        --length;
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; ++i) {
        if (strlen(names[i]) == length && strncasecmp(text, names[i], length) == 0)
            return 1;
    }
    return 0;
}

/* Up to 15 digits, without an exponent, with or without a point: digits and power of
 * ten are exact as doubles, so that one division rounds as strtod does (Clinger, "How to read
 * floating point numbers accurately", PLDI 1990). 1, or 0 for anything else. */
static int parse_short(double *value, const char *text, size_t length)
{
    static const double powers[] = {1,   1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    const size_t begin = length > 0 && (*text == '-' || *text == '+');
    uint64_t digits = 0;
    size_t n_digits = 0;
    size_t n_decimals = 0;
    int has_point = 0;
    if (FLT_EVAL_METHOD != 0 || length - begin > 16) /* 15 digits and a point */
        return 0;
    for (size_t i = begin; i < length; ++i) {
        const unsigned digit = (unsigned char)text[i] - (unsigned)'0';
        if (digit <= 9) {
            digits = 10 * digits + digit;
            ++n_digits;
            n_decimals += (size_t)has_point;
        } else if (text[i] == '.' && !has_point) {
            has_point = 1;
        } else {
            return 0;
        }
    }
    if (n_digits == 0 || n_digits > 15)
        return 0;
    const double magnitude = (double)digits / powers[n_decimals];
    *value = *text == '-' ? -magnitude : magnitude;
    return 1;
}

gm_number_kind gm_number_parse(double *value, const char *text, size_t length)
{
    if (parse_short(value, text, length))
        return GM_NUMBER_FINITE;
    if (length == 0)
        return GM_NUMBER_NONE;
    if (skip_number(text) != text + length)
        return names_non_finite(text, length) ? GM_NUMBER_NOT_FINITE : GM_NUMBER_NONE;
    const double parsed = strtod(text, NULL);
    if (!isfinite(parsed))
        return GM_NUMBER_NOT_FINITE;
    *value = parsed;
    return GM_NUMBER_FINITE;
}

void gm_number_show(char *out, size_t size, const char *text, size_t length)
{
    const int is_cut = length >= size;
    const size_t n_shown = is_cut ? size - sizeof "..." : length;
    for (size_t i = 0; i < n_shown; ++i)
        out[i] = (char)(text[i] >= ' ' && text[i] <= '~' ? text[i] : '?');
    strcpy(out + n_shown, is_cut ? "..." : "");
}

gemlet_status gm_number_enter(gm_number_locale *scope)
{
    scope->ours = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
    if (scope->ours == (locale_t)0)
        return gm_error(GEMLET_E_MEMORY, "cannot make the number format of files: out of memory");
    scope->previous = uselocale(scope->ours);
    return GEMLET_OK;
}

void gm_number_leave(gm_number_locale *scope)
{
    uselocale(scope->previous);
    freelocale(scope->ours);
}
