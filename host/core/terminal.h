/* SPDX-License-Identifier: MIT
 * The terminal that a stream may write to. */
#ifndef GM_CORE_TERMINAL_H
#define GM_CORE_TERMINAL_H

#include <stddef.h>
#include <stdio.h>

/* Characters of a line at this moment, so that a resized window is met; 0 if the stream writes to
 * no terminal. */
size_t gm_terminal_width(FILE *stream);

#endif
