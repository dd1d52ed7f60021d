/* SPDX-License-Identifier: MIT
 * Numbers as text; see number.h. Checks the notation here and leaves the value to strtod, which
 * rounds correctly but would also take spaces, hexadecimal and the locale's decimal sign. */
#include "data/number.h"

#include <math.h>
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

gm_number_kind gm_number_parse(double *value, const char *text, size_t length)
{
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
