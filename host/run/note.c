/* SPDX-License-Identifier: MIT
 * See note.h. */
#include "run/note.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/clean_text.h"

void gm_note(gemlet_note_callback on_note, void *user, const char *format, ...)
{
    char note[1024];
    va_list arguments;
    if (on_note == NULL)
        return;
    va_start(arguments, format);
    vsnprintf(note, sizeof note, format, arguments);
    va_end(arguments);
    gm_clean_text_in_place(note);
    on_note(note, user);
}
