/* SPDX-License-Identifier: MIT
 * Replaces what is no text; see clean_text.h. */
#include "core/clean_text.h"

#include <stdarg.h>
#include <stddef.h>
#include <string.h>

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

/* U+2028 to U+202E and U+2066 to U+2069: separators, embeddings, overrides, isolates. */
static int turns_writing(const unsigned char *c)
{
    return c[0] == 0xe2 && ((c[1] == 0x80 && c[2] >= 0xa8 && c[2] <= 0xae) ||
                            (c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9));
}

size_t gm_utf8_length(const char *text)
{
    return sequence_length((const unsigned char *)text);
}

static int is_control(const unsigned char *c, size_t length)
{
    switch (length) {
    case 1:
        return *c < ' ' || *c == 0x7f;
    case 2:
        return c[0] == 0xc2 && c[1] < 0xa0;
    case 3:
        return turns_writing(c);
    default:
        return 0;
    }
}

/* `kept`: control characters that stay. */
static void clean(char *text, const char *kept)
{
    unsigned char *c = (unsigned char *)text;
    while (*c != '\0') {
        const size_t length = sequence_length(c);
        if (length == 0)
            *c = '?';
        else if (is_control(c, length) && strchr(kept, *c) == NULL)
            memset(c, ' ', length);
        c += length > 0 ? length : 1;
    }
}

void gm_clean_text_in_place(char *text)
{
    clean(text, "");
}

void gm_clean_lines_in_place(char *text)
{
    clean(text, "\n\t");
}

void gm_print_text(FILE *stream, const char *format, ...)
{
    char text[4096];
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    const size_t n_format = strlen(format);
    const int ends_line = n_format > 0 && format[n_format - 1] == '\n';
    if (ends_line && length > 0 && (size_t)length < sizeof text)
        text[length - 1] = '\0';
    gm_clean_text_in_place(text);
    fprintf(stream, "%s%s", text, ends_line ? "\n" : "");
}

gemlet_status gm_clean_text(char **out, const char *text)
{
    GEMLET_TRY(gm_copy_string(out, text));
    gm_clean_text_in_place(*out);
    return GEMLET_OK;
}
