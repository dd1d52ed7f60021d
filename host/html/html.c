/* SPDX-License-Identifier: MIT
 * See html.h.
 *
 * The format is taken apart here, not by vfprintf(): it would not tell where a text begins and
 * ends in what it writes. */
#include "html/html.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

#include "core/clean_text.h"

static void write_character(FILE *stream, const char *c, size_t length)
{
    char clean[8] = "";
    memcpy(clean, c, length);
    gm_clean_text_in_place(clean);
    switch (clean[0]) {
    case '&':
        fputs("&amp;", stream);
        break;
    case '<':
        fputs("&lt;", stream);
        break;
    case '>':
        fputs("&gt;", stream);
        break;
    case '"':
        fputs("&quot;", stream);
        break;
    case '\'':
        fputs("&#39;", stream);
        break;
    default:
        fputs(clean, stream);
    }
}

static void write_text(FILE *stream, const char *text)
{
    while (*text != '\0') {
        const size_t length = gm_utf8_length(text);
        write_character(stream, text, length > 0 ? length : 1);
        text += length > 0 ? length : 1;
    }
}

/* The conversion that begins behind a '%': its length, without the '%'. */
static size_t conversion_length(const char *conversion)
{
    const size_t n = strspn(conversion, "+-#0123456789.*z");
    assert(strchr("sdufg", conversion[n]) != NULL && conversion[n] != '\0');
    return n + 1;
}

#define MAX_CONVERSION 16u

/* Numbers hold nothing that would have to be replaced. */
static void write_number(FILE *stream, const char *conversion, size_t length, va_list *arguments)
{
    char format[MAX_CONVERSION + 2] = "%";
    const int has_precision = memchr(conversion, '*', length) != NULL;
    const int precision = has_precision ? va_arg(*arguments, int) : 0;
    assert(length <= MAX_CONVERSION);
    memcpy(format + 1, conversion, length);
    if (memchr(conversion, 'z', length) != NULL)
        fprintf(stream, format, va_arg(*arguments, size_t));
    else if (conversion[length - 1] == 'd')
        fprintf(stream, format, va_arg(*arguments, int));
    else if (conversion[length - 1] == 'u')
        fprintf(stream, format, va_arg(*arguments, unsigned));
    else if (has_precision)
        fprintf(stream, format, precision, va_arg(*arguments, double));
    else
        fprintf(stream, format, va_arg(*arguments, double));
}

void gm_html(FILE *stream, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    while (*format != '\0') {
        const size_t n = strcspn(format, "%");
        fwrite(format, 1, n, stream);
        format += n;
        if (*format == '\0')
            break;
        ++format;
        if (*format == '%') {
            fputc(*format++, stream);
            continue;
        }
        const size_t length = conversion_length(format);
        if (format[length - 1] == 's')
            write_text(stream, va_arg(arguments, const char *));
        else
            write_number(stream, format, length, &arguments);
        format += length;
    }
    va_end(arguments);
}
