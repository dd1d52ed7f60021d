/* SPDX-License-Identifier: MIT
 * See cache_directory.h. */
#include "cli/cache_directory.h"

#include <stdlib.h>

#include "core/memory.h"

gemlet_status gm_cache_directory(char **path)
{
    const char *cache = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    *path = NULL;
    if (cache != NULL && cache[0] == '/')
        return gm_format_string(path, "%s/gemlet", cache);
    if (home != NULL && home[0] != '\0')
        return gm_format_string(path, "%s/.cache/gemlet", home);
    return GEMLET_OK;
}
