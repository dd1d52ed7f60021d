/* SPDX-License-Identifier: MIT
 * Notes: one line each, for whoever has asked for them. */
#ifndef GM_RUN_NOTE_H
#define GM_RUN_NOTE_H

#include "core/error.h"
#include "gemlet/train.h"

/* Formats a note, cleans it as gm_clean_text() does and hands it on; longer than 1023 bytes is cut.
 * Does nothing where on_note is NULL. */
void gm_note(gemlet_note_callback on_note, void *user, const char *format, ...) GM_PRINTF(3, 4);

#endif
