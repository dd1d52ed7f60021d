/* SPDX-License-Identifier: MIT
 * See c_text.h. Letters are those of ASCII, whatever the locale. */
#include "export/c_text.h"

#include <string.h>

#define MAX_COMMENT 80u
#define MAX_NAME    48u /* of an identifier, before its number */

static int is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char to_lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static char to_upper(char c)
{
    return (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
}

void gm_c_prefix_make(gm_c_prefix *prefix, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    size_t length = strcspn(name, ".");
    size_t n = 0;
    if (!is_letter(*name)) {
        strcpy(prefix->lower, "model_");
        n = strlen(prefix->lower);
    }
    if (length > MAX_NAME)
        length = MAX_NAME;
    for (size_t i = 0; i < length; ++i)
        prefix->lower[n++] = is_letter(name[i]) || is_digit(name[i]) ? to_lower(name[i]) : '_';
    prefix->lower[n] = '\0';
    for (size_t i = 0; i <= n; ++i)
        prefix->upper[i] = to_upper(prefix->lower[i]);
}

void gm_c_put(FILE *stream, const gm_c_prefix *prefix, const char *template)
{
    for (const char *c = template; *c != '\0'; ++c) {
        if (*c == '@')
            fputs(prefix->lower, stream);
        else if (*c == '^')
            fputs(prefix->upper, stream);
        else
            fputc(*c, stream);
    }
}

gemlet_status gm_c_put_text(FILE *stream, const char *text, const char *what)
{
    const size_t length = strlen(text);
    if (length > GM_C_MAX_TEXT)
        return gm_error(GEMLET_E_RANGE,
                        "%s '%.40s...': found %zu bytes, expected at most %u, as C allows", what,
                        text, length, GM_C_MAX_TEXT);
    fputc('"', stream);
    for (const char *c = text; *c != '\0'; ++c) {
        if (*c == '"' || *c == '\\' || *c == '?')
            fprintf(stream, "\\%c", *c);
        else if (*c >= ' ' && *c <= '~')
            fputc(*c, stream);
        else
            fprintf(stream, "\\%03o", (unsigned)(unsigned char)*c);
    }
    fputc('"', stream);
    return GEMLET_OK;
}

static void put_number(FILE *stream, const char *text, const char *suffix)
{
    fprintf(stream, "%s%s%s", text, strpbrk(text, ".e") != NULL ? "" : ".0", suffix);
}

void gm_c_put_float(FILE *stream, float value)
{
    char text[32];
    snprintf(text, sizeof text, "%.9g", (double)value);
    put_number(stream, text, "f");
}

void gm_c_put_double(FILE *stream, double value)
{
    char text[32];
    snprintf(text, sizeof text, "%.17g", value);
    put_number(stream, text, "");
}

void gm_c_put_comment(FILE *stream, const char *text)
{
    size_t n = 0;
    for (; text[n] != '\0' && n < MAX_COMMENT; ++n) {
        const char c = text[n];
        fputc(is_letter(c) || is_digit(c) || strchr(" _-.,:()=+", c) != NULL ? c : '_', stream);
    }
    if (text[n] != '\0')
        fputs("...", stream);
}

gemlet_status gm_c_identifier(char identifier[GM_C_IDENTIFIER_SIZE], gm_levels *taken,
                              const char *name, unsigned number)
{
    size_t n = 0;
    uint32_t level;
    for (; name[n] != '\0' && n < MAX_NAME; ++n)
        identifier[n] = (char)(is_letter(name[n]) || is_digit(name[n]) ? to_upper(name[n]) : '_');
    identifier[n] = '\0';
    while (gm_levels_find(taken, &level, identifier, strlen(identifier))) {
        /* Ends soon: what has a number at its end is only equal to a name as it was given. */
        n += (size_t)snprintf(identifier + n, GM_C_IDENTIFIER_SIZE - n, "_%u", number);
    }
    return gm_levels_add(taken, &level, identifier, strlen(identifier), UINT32_MAX - 1,
                         "identifiers");
}
