/* SPDX-License-Identifier: MIT
 * A file or pipe read as a stream of bytes, plain or gzip, told apart by content and not by name.
 *
 * It is opened once; who wants to know what it holds looks ahead with gm_input_head(). Knows
 * nothing of what the bytes mean. Bytes behind the end of the last gzip member that are not a
 * member themselves are ignored, as gzip does. */
#ifndef GM_DATA_INPUT_H
#define GM_DATA_INPUT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "core/error.h"

typedef struct gm_input {
    const char *path;         /* the caller's; outlives the stream */
    size_t n_read;            /* bytes of content so far */
    struct gm_packed *packed; /* the file as it is on disk; NULL when not open */
    unsigned char *head;      /* first bytes of the content */
    size_t n_head;
} gm_input;

/* GEMLET_E_IO if `path` cannot be opened or is neither file nor pipe, GEMLET_E_FORMAT if it begins
 * as gzip and is not; nothing to close then. */
gemlet_status gm_input_open(gm_input *input, const char *path);

/* The first bytes of the content, at most GM_CONTENT_HEAD, fewer only if there are no more. They
 * are read all the same. Valid until the stream is closed. */
const unsigned char *gm_input_head(const gm_input *input, size_t *n_bytes);

/* GEMLET_E_FORMAT if the content is empty or of a kind that is known and no data set; `expected`
 * completes the message. */
gemlet_status gm_input_refuse_foreign(const gm_input *input, const char *expected);

/* 1 if the content is packed in the file. */
int gm_input_is_packed(const gm_input *input);

/* 1 if the content is a regular file as it stands. *descriptor out: it, which is closed with the
 * stream; *info out: how it was when it was opened. */
int gm_input_is_plain_file(const gm_input *input, int *descriptor, struct stat *info);

/* What the file holds in bytes if it is a plain one, the most it can hold if it is packed; SIZE_MAX
 * for a pipe. */
size_t gm_input_size_bound(const gm_input *input);

/* Reads up to n_bytes; *n_read is smaller only at the end of the file. GEMLET_E_IO if reading
 * fails or the file was changed meanwhile, GEMLET_E_FORMAT if gzip data is corrupt or ends early,
 * GEMLET_E_RANGE if it expands beyond reason. */
gemlet_status gm_input_read(gm_input *input, void *bytes, size_t n_bytes, size_t *n_read);

/* Harmless when not open. */
void gm_input_close(gm_input *input);

#endif
