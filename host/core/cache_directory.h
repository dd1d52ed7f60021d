/* SPDX-License-Identifier: MIT
 * Where the program keeps what can be calculated anew. */
#ifndef GM_CORE_CACHE_DIRECTORY_H
#define GM_CORE_CACHE_DIRECTORY_H

#include "core/error.h"

/* *path = "$XDG_CACHE_HOME/gemlet", or "$HOME/.cache/gemlet" where that variable is unset, empty or
 * no absolute path (XDG Base Directory Specification); NULL without HOME either, or where another
 * user owns the directory or can write it: then gm_cache_directory_check() says so. The directory
 * need not exist. Release with free(). */
gemlet_status gm_cache_directory(char **path);

/* GEMLET_E_IO with a message of what to do if there is a directory that is not used. */
gemlet_status gm_cache_directory_check(void);

#endif
