/* SPDX-License-Identifier: MIT
 * Writes HTML in which text from outside (names of classes, columns, paths) can never be markup. */
#ifndef GM_HTML_HTML_H
#define GM_HTML_HTML_H

#include <stdio.h>

#include "core/error.h"

/* fprintf of markup: the format goes out as it stands, and what a %s stands for as text, made clean
 * (core/clean_text.h), with the characters that mean something in HTML replaced; so also in quoted
 * attributes. Conversions are %s, %d, %u, %zu, %f and %g, the latter two with flags and a
 * precision. A failed write sets the error flag of the stream. */
void gm_html(FILE *stream, const char *format, ...) GM_PRINTF(2, 3);

#endif
