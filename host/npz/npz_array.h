/* SPDX-License-Identifier: MIT
 * Arrays of an npz file whose type and shape the file decides: numbers of any kind, and texts. */
#ifndef GM_NPZ_NPZ_ARRAY_H
#define GM_NPZ_NPZ_ARRAY_H

#include "npz/npz.h"

typedef enum gm_npz_kind {
    GM_NPZ_UNSIGNED, /* booleans too */
    GM_NPZ_SIGNED,
    GM_NPZ_FLOAT,
    GM_NPZ_TEXT
} gm_npz_kind;

typedef struct gm_npz_array {
    gm_npz_kind kind;
    size_t size;    /* bytes of a word */
    size_t n_words; /* of an element: 1, of a text its characters */
    unsigned n_dims;
    size_t shape[GM_NPY_MAX_DIMS];
    size_t n;       /* elements */
    void *elements; /* row-major */
} gm_npz_array;

/* 1 if `path` names a regular file that is an npz archive, with at least one of the arrays `names`
 * (ended by NULL); NULL: with any array. Else 0, and no error. */
int gm_npz_has_any(const char *path, const char *const *names);

/* *name out: the first of the names that there is; NULL: none. */
gemlet_status gm_npz_find_any(const char **name, gm_npz_reader *reader, const char *const *names);

/* Reads the array `name`; two dimensions in Fortran order are turned. GEMLET_E_FORMAT for other
 * types than numbers of 1 to 8 bytes and texts (half floats and objects among them). On failure
 * *array = {0}. Release with gm_npz_array_free(). */
gemlet_status gm_npz_array_read(gm_npz_array *array, gm_npz_reader *reader, const char *path,
                                const char *name);

/* Element i of an array of numbers. */
double gm_npz_array_number(const gm_npz_array *array, size_t i);

/* text (4 n_words + 1 bytes) out: element i of an array of texts, as UTF-8. GEMLET_E_FORMAT for
 * what is no character. */
gemlet_status gm_npz_array_text(const gm_npz_array *array, size_t i, char *text, const char *path);

/* Harmless on {0}. */
void gm_npz_array_free(gm_npz_array *array);

#endif
