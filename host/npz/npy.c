/* SPDX-License-Identifier: MIT
 * Reads and makes the header of a .npy file; see npy.h.
 *
 * The text is parsed by a cursor that never moves past the end. Only the literals that NumPy writes
 * are known: strings, True, False and tuples of whole numbers. */
#include "npz/npy.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/memory.h"

static const char magic_text[] = "\x93NUMPY";

#define PREAMBLE_ALIGNMENT 64u
#define KEY_SIZE           16u

typedef struct cursor {
    const char *text;
    size_t n;
    size_t position;
    const char *what;
} cursor;

gemlet_status gm_npy_check_magic(const unsigned char *magic, const char *what,
                                 size_t *n_length_bytes)
{
    const size_t n_magic = sizeof magic_text - 1;
    if (memcmp(magic, magic_text, n_magic) != 0)
        return gm_error(GEMLET_E_FORMAT, "%s: not an npy file: no \\x93NUMPY at its start", what);
    const unsigned major = magic[n_magic];
    const unsigned minor = magic[n_magic + 1];
    if (major < 1 || major > 3 || minor != 0)
        return gm_error(GEMLET_E_FORMAT, "%s: npy version %u.%u, expected 1.0, 2.0 or 3.0", what,
                        major, minor);
    *n_length_bytes = major == 1 ? 2 : 4;
    return GEMLET_OK;
}

static void skip_spaces(cursor *c)
{
    while (c->position < c->n && (c->text[c->position] == ' ' || c->text[c->position] == '\n'))
        ++c->position;
}

/* 1 and moves on if the next character after spaces is `wanted`. */
static int accept(cursor *c, char wanted)
{
    skip_spaces(c);
    if (c->position >= c->n || c->text[c->position] != wanted)
        return 0;
    ++c->position;
    return 1;
}

static gemlet_status unexpected(const cursor *c, const char *expected)
{
    if (c->position >= c->n)
        return gm_error(GEMLET_E_FORMAT, "%s: npy header ends, expected %s", c->what, expected);
    return gm_error(GEMLET_E_FORMAT, "%s: npy header has byte 0x%02x at position %zu, expected %s",
                    c->what, (unsigned)(unsigned char)c->text[c->position], c->position, expected);
}

/* text (size) out: what stands between two equal quotes. */
static gemlet_status parse_string(cursor *c, char *text, size_t size, const char *expected)
{
    const char quote = accept(c, '\'') ? '\'' : '"';
    if (quote == '"' && !accept(c, '"'))
        return unexpected(c, expected);
    size_t length = 0;
    while (c->position < c->n && c->text[c->position] != quote) {
        const char found = c->text[c->position];
        if (found < ' ' || found > '~' || length + 1 >= size)
            return unexpected(c, expected);
        text[length++] = found;
        ++c->position;
    }
    text[length] = '\0';
    return accept(c, quote) ? GEMLET_OK : unexpected(c, "a closing quote");
}

static int accept_word(cursor *c, const char *word)
{
    skip_spaces(c);
    const size_t length = strlen(word);
    if (c->n - c->position < length || memcmp(c->text + c->position, word, length) != 0)
        return 0;
    c->position += length;
    return 1;
}

static gemlet_status parse_extent(cursor *c, size_t *extent)
{
    skip_spaces(c);
    const size_t start = c->position;
    size_t value = 0;
    while (c->position < c->n && c->text[c->position] >= '0' && c->text[c->position] <= '9') {
        const size_t digit = (size_t)(c->text[c->position] - '0');
        if (value > (SIZE_MAX - digit) / 10)
            return gm_error(GEMLET_E_FORMAT, "%s: an extent of its shape overflows", c->what);
        value = value * 10 + digit;
        ++c->position;
    }
    if (c->position == start)
        return unexpected(c, "an extent");
    *extent = value;
    return GEMLET_OK;
}

/* A tuple as Python writes it: (), (3,), (3, 4) and (3, 4,). */
static gemlet_status parse_shape(cursor *c, gm_npy_header *header)
{
    header->n_dims = 0;
    header->n_elements = 1;
    if (!accept(c, '('))
        return unexpected(c, "a tuple as shape");
    while (!accept(c, ')')) {
        if (header->n_dims == GM_NPY_MAX_DIMS)
            return gm_error(GEMLET_E_FORMAT, "%s: more than %u dimensions", c->what,
                            GM_NPY_MAX_DIMS);
        size_t extent = 0;
        GEMLET_TRY(parse_extent(c, &extent));
        header->shape[header->n_dims++] = extent;
        if (extent != 0 && header->n_elements > SIZE_MAX / extent)
            return gm_error(GEMLET_E_FORMAT, "%s: the product of its shape overflows", c->what);
        header->n_elements *= extent;
        if (accept(c, ','))
            continue;
        /* A single extent without a comma is a number in brackets, not a tuple. */
        if (header->n_dims == 1)
            return unexpected(c, "a comma after the only extent");
        return accept(c, ')') ? GEMLET_OK : unexpected(c, "a comma or ) in the shape");
    }
    return GEMLET_OK;
}

enum {
    KEY_TYPE = 1,
    KEY_ORDER = 2,
    KEY_SHAPE = 4,
    ALL_KEYS = 7
};

/* The value of one key; *keys gets the key's bit. */
static gemlet_status parse_value(cursor *c, gm_npy_header *header, const char *key, unsigned *keys)
{
    if (strcmp(key, "descr") == 0) {
        *keys |= KEY_TYPE;
        return parse_string(c, header->type, sizeof header->type, "a simple type as descr");
    }
    if (strcmp(key, "shape") == 0) {
        *keys |= KEY_SHAPE;
        return parse_shape(c, header);
    }
    if (strcmp(key, "fortran_order") != 0)
        return gm_error(GEMLET_E_FORMAT,
                        "%s: npy header has the key %s, expected descr, "
                        "fortran_order and shape",
                        c->what, key);
    *keys |= KEY_ORDER;
    header->is_fortran = accept_word(c, "True");
    return header->is_fortran || accept_word(c, "False")
               ? GEMLET_OK
               : unexpected(c, "True or False as fortran_order");
}

gemlet_status gm_npy_parse_header(gm_npy_header *header, const char *text, size_t n,
                                  const char *what)
{
    cursor c = {text, n, 0, what};
    unsigned keys = 0;
    if (!accept(&c, '{'))
        return unexpected(&c, "{");
    while (!accept(&c, '}')) {
        char key[KEY_SIZE];
        GEMLET_TRY(parse_string(&c, key, sizeof key, "a quoted key"));
        if (!accept(&c, ':'))
            return unexpected(&c, ": after a key");
        GEMLET_TRY(parse_value(&c, header, key, &keys));
        if (!accept(&c, ',')) {
            if (!accept(&c, '}'))
                return unexpected(&c, "a comma or }");
            break;
        }
    }
    skip_spaces(&c);
    if (c.position != n)
        return unexpected(&c, "only spaces after }");
    if (keys != ALL_KEYS)
        return gm_error(GEMLET_E_FORMAT, "%s: npy header lacks descr, fortran_order or shape",
                        what);
    return GEMLET_OK;
}

/* Text of a tuple: extents joined by `separator`. */
static void format_tuple(char *text, size_t size, const size_t *shape, unsigned n_dims,
                         const char *separator)
{
    size_t length = (size_t)snprintf(text, size, "(");
    for (unsigned i = 0; i < n_dims && length < size; ++i)
        length += (size_t)snprintf(text + length, size - length, "%s%zu", i > 0 ? separator : "",
                                   shape[i]);
    if (length < size)
        snprintf(text + length, size - length, n_dims == 1 ? ",)" : ")");
}

size_t gm_npy_format_preamble(unsigned char *bytes, const char *type, const size_t *shape,
                              unsigned n_dims)
{
    char tuple[GM_NPY_SHAPE_SIZE];
    format_tuple(tuple, sizeof tuple, shape, n_dims, ", ");
    char text[GM_NPY_PREAMBLE_SIZE];
    const size_t n_text = (size_t)snprintf(
        text, sizeof text, "{'descr': '%s', 'fortran_order': False, 'shape': %s, }", type, tuple);
    const size_t start = GM_NPY_MAGIC_SIZE + 2;
    const size_t n_preamble = gm_round_up(start + n_text + 1, PREAMBLE_ALIGNMENT);
    const size_t n_header = n_preamble - start;
    memcpy(bytes, magic_text, sizeof magic_text - 1);
    bytes[GM_NPY_MAGIC_SIZE - 2] = 1;
    bytes[GM_NPY_MAGIC_SIZE - 1] = 0;
    bytes[GM_NPY_MAGIC_SIZE] = (unsigned char)(n_header & 0xff);
    bytes[GM_NPY_MAGIC_SIZE + 1] = (unsigned char)(n_header >> 8);
    memset(bytes + start, ' ', n_header - 1);
    memcpy(bytes + start, text, n_text);
    bytes[n_preamble - 1] = '\n';
    return n_preamble;
}

void gm_npy_format_shape(char *text, const size_t *shape, unsigned n_dims)
{
    format_tuple(text, GM_NPY_SHAPE_SIZE, shape, n_dims, ",");
}
