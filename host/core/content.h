/* SPDX-License-Identifier: MIT
 * What the first bytes of a file show it to be, for messages: a download that failed, or a file of
 * another program, is named as what it is. */
#ifndef GM_CORE_CONTENT_H
#define GM_CORE_CONTENT_H

#include <stddef.h>

/* As many bytes as are looked at. */
#define GM_CONTENT_HEAD 512u

/* "a web page (HTML)", "a zip archive", ...; NULL if the bytes (n, the begin of a file) are none of
 * the known kinds. IDX and plain text are not among these. */
const char *gm_content_name(const unsigned char *bytes, size_t n);

/* 1 if the bytes are text in one line or more: no control characters but white space, and not
 * empty. */
int gm_content_is_text(const unsigned char *bytes, size_t n);

#endif
