/* SPDX-License-Identifier: MIT
 * The frame of every page: head with style and policy, and end. */
#ifndef GM_HTML_PAGE_H
#define GM_HTML_PAGE_H

#include <stdio.h>

/* Begins the page, up to its heading, within <header>. kind: a line above the title. The policy of
 * the page allows what is in the file, and nothing else: no request, no script. */
void gm_page_begin(FILE *stream, const char *kind, const char *title);

/* Ends <main> and the page. */
void gm_page_end(FILE *stream);

#endif
