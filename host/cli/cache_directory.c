/* SPDX-License-Identifier: MIT
 * See cache_directory.h. */
#include "cli/cache_directory.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/clean_text.h"
#include "core/memory.h"
#include "core/private_place.h"

static gemlet_status find_place(char **path)
{
    const char *cache = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    *path = NULL;
    if (cache != NULL && cache[0] == '/')
        return gm_format_string(path, "%s/gemlet", cache);
    if (home != NULL && home[0] == '/')
        return gm_format_string(path, "%s/.cache/gemlet", home);
    return GEMLET_OK;
}

static int is_private(const char *path)
{
    static int is_reported;
    if (gm_private_directory_check(path) == GEMLET_OK)
        return 1;
    if (!is_reported)
        gm_print_text(stderr,
                      "gemlet: note: the cache directory is not used: %s; remove it, or set "
                      "XDG_CACHE_HOME to a directory of your own\n",
                      gemlet_last_error());
    is_reported = 1;
    return 0;
}

gemlet_status gm_cache_directory(char **path)
{
    GEMLET_TRY(find_place(path));
    if (*path == NULL || is_private(*path))
        return GEMLET_OK;
    free(*path);
    *path = NULL;
    return GEMLET_OK;
}
