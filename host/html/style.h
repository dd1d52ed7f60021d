/* SPDX-License-Identifier: MIT
 * How the page of a report looks. */
#ifndef GM_HTML_STYLE_H
#define GM_HTML_STYLE_H

#include <stdio.h>

/* Writes the style sheet: colours for light, dark and paper; one column on a phone. */
void gm_style_write(FILE *stream);

#endif
