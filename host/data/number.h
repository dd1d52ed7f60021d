/* SPDX-License-Identifier: MIT
 * Numbers as text, in the one notation that files use whatever the user's language is. */
#ifndef GM_DATA_NUMBER_H
#define GM_DATA_NUMBER_H

#include <locale.h>
#include <stddef.h>

#include "core/error.h"

typedef enum gm_number_kind {
    GM_NUMBER_FINITE,
    GM_NUMBER_NOT_FINITE, /* nan, inf, infinity in any case and sign; or beyond double */
    GM_NUMBER_NONE        /* anything else, the empty text included */
} gm_number_kind;

/* Parses the whole of `text` (length bytes, then a zero byte): optional sign, decimal digits with
 * an optional point, optional exponent. No spaces, no hexadecimal. *value is set for
 * GM_NUMBER_FINITE only. Call between gm_number_enter() and gm_number_leave(). */
gm_number_kind gm_number_parse(double *value, const char *text, size_t length);

/* Copies text (length bytes) into out (size bytes) for a message: what is not printable ASCII
 * becomes '?', and a long text is cut and ends in "...". */
void gm_number_show(char *out, size_t size, const char *text, size_t length);

/* The calling thread's locale, set aside so that strtod and printf use a decimal point. */
typedef struct gm_number_locale {
    locale_t ours;
    locale_t previous;
} gm_number_locale;

gemlet_status gm_number_enter(gm_number_locale *scope);
void gm_number_leave(gm_number_locale *scope);

#endif
