/* SPDX-License-Identifier: MIT
 * See npz_array.h. */
#include "npz/npz_array.h"

#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"

/* ---- finding -------------------------------------------------------------------------------- */

gemlet_status gm_npz_find_any(const char **name, gm_npz_reader *reader, const char *const *names)
{
    *name = NULL;
    for (; *names != NULL; ++names) {
        int is_there;
        GEMLET_TRY(gm_npz_find(&is_there, reader, *names));
        if (is_there) {
            *name = *names;
            break;
        }
    }
    return GEMLET_OK;
}

int gm_npz_has_any(const char *path, const char *const *names)
{
    gm_npz_reader *reader;
    const char *name = NULL;
    if (!gm_npz_is_archive(path) || gm_npz_reader_open(&reader, path) != GEMLET_OK)
        return 0;
    const int is_there = names == NULL
                             ? gm_npz_is_any_there(reader)
                             : gm_npz_find_any(&name, reader, names) == GEMLET_OK && name != NULL;
    gm_npz_reader_close(reader);
    return is_there;
}

/* ---- reading -------------------------------------------------------------------------------- */

static const struct {
    const char *type;
    gm_npz_kind kind;
    size_t size;
} types[] = {
    {"|b1", GM_NPZ_UNSIGNED, 1}, {"|u1", GM_NPZ_UNSIGNED, 1}, {"<u2", GM_NPZ_UNSIGNED, 2},
    {"<u4", GM_NPZ_UNSIGNED, 4}, {"<u8", GM_NPZ_UNSIGNED, 8}, {"|i1", GM_NPZ_SIGNED, 1},
    {"<i2", GM_NPZ_SIGNED, 2},   {"<i4", GM_NPZ_SIGNED, 4},   {"<i8", GM_NPZ_SIGNED, 8},
    {"<f4", GM_NPZ_FLOAT, 4},    {"<f8", GM_NPZ_FLOAT, 8},
};

#define MAX_TEXT 4096u /* characters of an element */

/* Sets kind, size and n_words. */
static gemlet_status find_type(gm_npz_array *array, const char *type, const char *path,
                               const char *name)
{
    array->n_words = 1;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; ++i) {
        if (strcmp(type, types[i].type) == 0) {
            array->kind = types[i].kind;
            array->size = types[i].size;
            return GEMLET_OK;
        }
    }
    char *end = NULL;
    const int is_text = strncmp(type, "<U", 2) == 0 && type[2] >= '1' && type[2] <= '9';
    const unsigned long n = is_text ? strtoul(type + 2, &end, 10) : 0;
    if (!is_text || *end != '\0' || n > MAX_TEXT)
        return gm_error(GEMLET_E_FORMAT,
                        "%s: array %s: found type %s, expected whole numbers, <f4, <f8 or texts of "
                        "at most %u characters (<U)",
                        path, name, type, MAX_TEXT);
    array->kind = GM_NPZ_TEXT;
    array->size = sizeof(uint32_t);
    array->n_words = n;
    return GEMLET_OK;
}

/* Two dimensions (columns, rows) become (rows, columns). */
static gemlet_status turn(gm_npz_array *array)
{
    const size_t size = array->size * array->n_words;
    const size_t rows = array->shape[0];
    const size_t cols = array->shape[1];
    void *turned;
    GEMLET_TRY(gm_alloc(&turned, array->n, size, "array in C order"));
    for (size_t row = 0; row < rows; ++row) {
        for (size_t col = 0; col < cols; ++col)
            memcpy((char *)turned + (row * cols + col) * size,
                   (const char *)array->elements + (col * rows + row) * size, size);
    }
    free(array->elements);
    array->elements = turned;
    return GEMLET_OK;
}

static gemlet_status read_array(gm_npz_array *array, gm_npz_reader *reader, const char *path,
                                const char *name)
{
    gm_npy_header header;
    GEMLET_TRY(gm_npz_read_header(reader, name, &header));
    GEMLET_TRY(find_type(array, header.type, path, name));
    array->n_dims = header.n_dims;
    memcpy(array->shape, header.shape, sizeof array->shape);
    array->n = header.n_elements;
    if (header.is_fortran && header.n_dims > 2)
        return gm_error(GEMLET_E_FORMAT,
                        "%s: array %s: stored in Fortran order, expected C order "
                        "(numpy.ascontiguousarray)",
                        path, name);
    GEMLET_TRY(gm_npz_read_elements(reader, name, array->size, array->n_words, &array->elements));
    return header.is_fortran && header.n_dims == 2 ? turn(array) : GEMLET_OK;
}

gemlet_status gm_npz_array_read(gm_npz_array *array, gm_npz_reader *reader, const char *path,
                                const char *name)
{
    *array = (gm_npz_array){0};
    const gemlet_status status = read_array(array, reader, path, name);
    if (status != GEMLET_OK)
        gm_npz_array_free(array);
    return status;
}

void gm_npz_array_free(gm_npz_array *array)
{
    free(array->elements);
    *array = (gm_npz_array){0};
}

/* ---- elements ------------------------------------------------------------------------------- */

/* Word i of an array, whatever it stands for. */
static uint64_t word(const gm_npz_array *array, size_t i)
{
    const unsigned char *at = (const unsigned char *)array->elements + i * array->size;
    uint16_t two;
    uint32_t four;
    uint64_t eight;
    switch (array->size) {
    case sizeof two:
        memcpy(&two, at, sizeof two);
        return two;
    case sizeof four:
        memcpy(&four, at, sizeof four);
        return four;
    case sizeof eight:
        memcpy(&eight, at, sizeof eight);
        return eight;
    default:
        return *at;
    }
}

static double number_of_float(const gm_npz_array *array, size_t i)
{
    float single;
    double value;
    if (array->size == sizeof value) {
        memcpy(&value, (const double *)array->elements + i, sizeof value);
        return value;
    }
    memcpy(&single, (const float *)array->elements + i, sizeof single);
    return (double)single;
}

double gm_npz_array_number(const gm_npz_array *array, size_t i)
{
    if (array->kind == GM_NPZ_FLOAT)
        return number_of_float(array, i);
    const uint64_t bits = word(array, i);
    if (array->kind == GM_NPZ_UNSIGNED)
        return (double)bits;
    const uint64_t sign = (uint64_t)1 << (8 * array->size - 1);
    return (bits & sign) == 0 ? (double)bits : -(double)((~bits + 1) & (2 * sign - 1));
}

static size_t put_utf8(char *text, uint32_t c)
{
    if (c < 0x80) {
        text[0] = (char)c;
        return 1;
    }
    const size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n; i-- > 1; c >>= 6)
        text[i] = (char)(0x80 | (c & 0x3f));
    text[0] = (char)((0xf00u >> n & 0xffu) | c);
    return n;
}

gemlet_status gm_npz_array_text(const gm_npz_array *array, size_t i, char *text, const char *path)
{
    size_t length = array->n_words;
    while (length > 0 && word(array, i * array->n_words + length - 1) == 0)
        --length; /* padding */
    for (size_t k = 0; k < length; ++k) {
        const uint32_t c = (uint32_t)word(array, i * array->n_words + k);
        if (c == 0 || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
            return gm_error(GEMLET_E_FORMAT, "%s: text %zu: found U+%04lX, expected a character",
                            path, i, (unsigned long)c);
        text += put_utf8(text, c);
    }
    *text = '\0';
    return GEMLET_OK;
}
