/* SPDX-License-Identifier: MIT
 * See cache_directory.h. */
#include "core/cache_directory.h"

#include <stdio.h>
#include <stdlib.h>

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

gemlet_status gm_cache_directory(char **path)
{
    GEMLET_TRY(find_place(path));
    if (*path == NULL || gm_private_directory_check(*path) == GEMLET_OK)
        return GEMLET_OK;
    free(*path);
    *path = NULL;
    return GEMLET_OK;
}

gemlet_status gm_cache_directory_check(void)
{
    char *path;
    char reason[1024];
    GEMLET_TRY(find_place(&path));
    const gemlet_status status = path != NULL ? gm_private_directory_check(path) : GEMLET_OK;
    free(path);
    if (status == GEMLET_OK)
        return GEMLET_OK;
    snprintf(reason, sizeof reason, "%s", gemlet_last_error());
    return gm_error(status,
                    "the cache directory is not used: %s; remove it, or set XDG_CACHE_HOME to a "
                    "directory of your own",
                    reason);
}
