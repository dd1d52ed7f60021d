/* SPDX-License-Identifier: MIT
 * What a checkpoint holds beside arrays, as JSON; see checkpoint.h. Every number is a text, so that
 * none loses a digit. */
#ifndef GM_CHECKPOINT_CHECKPOINT_TEXT_H
#define GM_CHECKPOINT_CHECKPOINT_TEXT_H

#include "checkpoint/checkpoint.h"

/* Longest text that is read; one has some thousand bytes. */
#define GM_CHECKPOINT_TEXT_MAX ((size_t)1 << 16)

/* *text = state, options, job and device. Release with free(). */
gemlet_status gm_checkpoint_format_text(char **text, const gm_checkpoint *checkpoint);

/* Reads n bytes, which a zero byte follows, into the same. On failure some of it may be filled.
 * `path` begins messages. */
gemlet_status gm_checkpoint_parse_text(gm_checkpoint *checkpoint, const char *text, size_t n,
                                       const char *path);

#endif
