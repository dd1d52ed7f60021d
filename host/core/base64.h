/* SPDX-License-Identifier: MIT
 * Bytes as text: base64 of RFC 4648, section 4. */
#ifndef GM_CORE_BASE64_H
#define GM_CORE_BASE64_H

#include <stddef.h>

#include "core/error.h"

/* On failure *text = NULL. Release with free(). */
gemlet_status gm_base64_encode(char **text, const unsigned char *bytes, size_t n_bytes);

/* 1 if the text has nothing but what the above writes. */
int gm_base64_is(const char *text);

#endif
