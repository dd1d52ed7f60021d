/* SPDX-License-Identifier: MIT
 * See pocl_cache.h. */
#include "core/pocl_cache.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The directory as POCL finds it; 0 where no variable says it. */
static int find_directory(char *path, size_t size)
{
    static const struct {
        const char *variable;
        const char *below;
    } places[] = {{"POCL_CACHE_DIR", ""},
                  {"XDG_CACHE_HOME", "/pocl/kcache"},
                  {"HOME", "/.cache/pocl/kcache"}};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; ++i) {
        const char *value = getenv(places[i].variable);
        if (value == NULL || value[0] == '\0')
            continue;
        snprintf(path, size, "%s%s", value, places[i].below);
        return 1;
    }
    return 0;
}

void gm_pocl_cache_advise(char *text, const char *platform)
{
    char path[300];
    text[0] = '\0';
    if (strcmp(platform, "Portable Computing Language") != 0)
        return;
    if (find_directory(path, sizeof path))
        snprintf(text, GM_POCL_CACHE_TEXT_SIZE,
                 "there may be too little memory; or its cache of compiled kernels, %s, may be "
                 "damaged, full or not writable: remove it, or name another directory in "
                 "POCL_CACHE_DIR",
                 path);
    else
        snprintf(text, GM_POCL_CACHE_TEXT_SIZE,
                 "it may have no place for its cache of compiled kernels: name a directory in "
                 "POCL_CACHE_DIR");
}

static int is_suspected;

void gm_pocl_cache_suspect(void)
{
    is_suspected = 1;
}

int gm_pocl_cache_is_suspected(void)
{
    return is_suspected;
}

int gm_pocl_cache_is_writable(void)
{
    char path[4096];
    struct stat info;
    if (!find_directory(path, sizeof path))
        return 1; /* POCL then takes a temporary one */
    for (char *slash = path; stat(path, &info) != 0 && errno == ENOENT; *slash = '\0') {
        slash = strrchr(path, '/');
        if (slash == NULL || slash == path)
            return 1;
    }
    return access(path, W_OK | X_OK) == 0 && stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}
