/* SPDX-License-Identifier: MIT
 * Binary copies of the rows of text files that memory has no room for; and whether rows may stay in
 * files at all. gemlet_dataset_allow_files() in gemlet/dataset.h sets both.
 *
 * A copy is two files in a directory of this user's alone: the values, as IDX, and a kept file
 * (kept_file.h) with the labels and what the values are. Its key says which state of which file it
 * was made from. A copy that is damaged, or that another user can have written, is none. */
#ifndef GM_DATA_ROW_CACHE_H
#define GM_DATA_ROW_CACHE_H

#include "data/input.h"
#include "data/row_writer.h"

/* 1 if rows for which memory has no room may stay in their file. */
int gm_row_cache_is_allowed(void);

typedef struct gm_row_cache {
    char *key;
    char *path; /* of the values */
} gm_row_cache;

/* The place of a copy of an open file, read in a way that `columns` names in a word. *is_possible
 * out: 0 if copies are not allowed, or not of this file: then there is nothing to free. */
gemlet_status gm_row_cache_open(gm_row_cache *cache, int *is_possible, const gm_input *input,
                                const char *columns);

/* *out = the copy, NULL if there is none. It is read once, to see whether it is whole. */
gemlet_status gm_row_cache_find(gemlet_dataset **out, const gm_row_cache *cache);

/* Begins a copy: the values are for gm_row_writer_add(). */
gemlet_status gm_row_cache_begin(gm_row_writer *writer, const gm_row_cache *cache,
                                 gemlet_element element);

/* Completes it: *out = the copy. labels (rows) from malloc(), NULL: none; they are taken over in
 * every case. After a failure the writer is still to be aborted. */
gemlet_status gm_row_cache_finish(gemlet_dataset **out, const gm_row_cache *cache,
                                  gm_row_writer *writer, gemlet_dim rows, gemlet_dim features,
                                  uint32_t *labels);

void gm_row_cache_free(gm_row_cache *cache); /* harmless on a zeroed one */

#endif
