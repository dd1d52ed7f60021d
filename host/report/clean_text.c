/* SPDX-License-Identifier: MIT
 * Replaces what is no text; see clean_text.h. */
#include "report/clean_text.h"

#include <stddef.h>

#include "core/memory.h"

/* Length of the valid UTF-8 sequence at `text`, 0 if there is none. The second byte of some leads
 * is restricted: overlong forms, surrogates, beyond U+10FFFF (Unicode standard, table 3-7). */
static size_t sequence_length(const unsigned char *text)
{
    const unsigned char lead = text[0];
    if (lead < 0x80)
        return 1;
    if (lead < 0xc2 || lead > 0xf4)
        return 0;
    const unsigned char low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const unsigned char high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (text[1] < low || text[1] > high)
        return 0;
    const size_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    for (size_t i = 2; i < length; ++i) {
        if (text[i] < 0x80 || text[i] > 0xbf)
            return 0;
    }
    return length;
}

gemlet_status gm_clean_text(char **out, const char *text)
{
    GEMLET_TRY(gm_copy_string(out, text));
    unsigned char *c = (unsigned char *)*out;
    while (*c != '\0') {
        const size_t length = sequence_length(c);
        if (length == 0)
            *c = '?';
        else if (*c < ' ' || *c == 0x7f)
            *c = ' ';
        c += length > 0 ? length : 1;
    }
    return GEMLET_OK;
}
