/* SPDX-License-Identifier: MIT
 * Public structures of options that may grow: the first member, size_t struct_size, says how much
 * of one the caller knows. New members go to the end, and not into padding. */
#ifndef GM_CORE_STRUCT_SIZE_H
#define GM_CORE_STRUCT_SIZE_H

#include <stddef.h>

#include "core/error.h"

/* Fills the `size` bytes that the caller knows of a structure with its defaults. */
void gm_struct_init(void *out, size_t size, const void *defaults, size_t full_size);

/* full (full_size bytes) in: the defaults; out: what is given over them, so that members an older
 * caller does not know keep their defaults. GEMLET_E_ARGUMENT, with the name `what` in the message,
 * if nothing is given, or more than this library knows. */
gemlet_status gm_struct_complete(void *full, size_t full_size, const void *given, const char *what);

#endif
