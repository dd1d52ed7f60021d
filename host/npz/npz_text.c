/* SPDX-License-Identifier: MIT
 * Texts of an archive; see npz.h. */
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "npz/npz_entry.h"

/* *length out: number of characters of a type "<U28", below `size`. */
static gemlet_status parse_text_type(const gm_npz_entry *e, size_t *length, size_t size)
{
    char *end = NULL;
    const int is_text = strncmp(e->header.type, "<U", 2) == 0 && e->header.type[2] >= '0' &&
                        e->header.type[2] <= '9';
    const unsigned long long n = is_text ? strtoull(e->header.type + 2, &end, 10) : 0;
    if (!is_text || *end != '\0')
        return gm_error(GEMLET_E_FORMAT, "%s: found type %s, expected <U (text)", e->what,
                        e->header.type);
    if (n >= size)
        return gm_error(GEMLET_E_FORMAT, "%s: text of %llu characters, expected at most %zu",
                        e->what, n, size - 1);
    *length = (size_t)n;
    return GEMLET_OK;
}

/* text (length + 1) out: the entry's characters; NumPy pads with zeros at the end. */
static gemlet_status read_text(gm_npz_entry *e, char *text, size_t length)
{
    GEMLET_TRY(gm_npz_entry_expect_shape(e, NULL, 0));
    GEMLET_TRY(gm_npz_entry_expect_left(e, length, 4));
    uint32_t *words;
    GEMLET_TRY(GM_ALLOC(words, length, "text of an npz array"));
    gemlet_status status = gm_npz_entry_read(e, words, length, 4);
    while (status == GEMLET_OK && length > 0 && words[length - 1] == 0)
        --length;
    for (size_t i = 0; status == GEMLET_OK && i < length; ++i) {
        if (words[i] < ' ' || words[i] > '~')
            status =
                gm_error(GEMLET_E_FORMAT, "%s: character %zu is U+%04lX, expected printable ASCII",
                         e->what, i + 1, (unsigned long)words[i]);
        text[i] = (char)(words[i] & 0x7f);
    }
    text[length] = '\0';
    free(words);
    return status;
}

gemlet_status gm_npz_read_string(gm_npz_reader *reader, const char *name, char *text, size_t size)
{
    gm_npz_entry e;
    GEMLET_TRY(gm_npz_entry_open(&e, reader, name));
    size_t length = 0;
    gemlet_status status = parse_text_type(&e, &length, size);
    if (status == GEMLET_OK)
        status = read_text(&e, text, length);
    gm_npz_entry_close(&e);
    return status;
}
