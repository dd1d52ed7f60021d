/* SPDX-License-Identifier: MIT
 * See base64.h. */
#include "core/base64.h"

#include <string.h>

#include "core/memory.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

gemlet_status gm_base64_encode(char **text, const unsigned char *bytes, size_t n_bytes)
{
    GEMLET_TRY(GM_ALLOC(*text, n_bytes / 3 * 4 + 5, "bytes as text"));
    char *to = *text;
    for (size_t i = 0; i < n_bytes; i += 3) {
        const size_t n = n_bytes - i < 3 ? n_bytes - i : 3;
        const unsigned three = (unsigned)bytes[i] << 16 |
                               (n > 1 ? (unsigned)bytes[i + 1] << 8 : 0u) |
                               (n > 2 ? (unsigned)bytes[i + 2] : 0u);
        for (size_t k = 0; k < 4; ++k)
            *to++ = k <= n ? digits[three >> (18 - 6 * k) & 63] : '=';
    }
    *to = '\0';
    return GEMLET_OK;
}

int gm_base64_is(const char *text)
{
    const size_t n = strspn(text, digits);
    return text[n + strspn(text + n, "=")] == '\0';
}
