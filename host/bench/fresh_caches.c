/* SPDX-License-Identifier: MIT
 * See fresh_caches.h. */
#include "bench/fresh_caches.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/memory.h"

/* Where gemlet, Mesa and whoever keeps to the XDG Base Directory Specification cache; POCL, NVIDIA
 * and Intel have variables of their own. */
static const char *const variables[] = {"XDG_CACHE_HOME", "POCL_CACHE_DIR", "MESA_SHADER_CACHE_DIR",
                                        "CUDA_CACHE_PATH", "NEO_CACHE_DIR"};

gemlet_status gm_fresh_caches_create(gm_fresh_caches *caches)
{
    const char *parent = getenv("TMPDIR");
    if (parent == NULL || parent[0] == '\0')
        parent = "/tmp";
    const int length =
        snprintf(caches->path, sizeof caches->path, "%s/gemlet-bench.XXXXXX", parent);
    if ((size_t)length < sizeof caches->path && mkdtemp(caches->path) != NULL)
        return GEMLET_OK;
    const int code = (size_t)length < sizeof caches->path ? errno : ENAMETOOLONG;
    caches->path[0] = '\0';
    return gm_error(GEMLET_E_IO, "%s: cannot make a temporary directory (TMPDIR): %s", parent,
                    strerror(code));
}

gemlet_status gm_fresh_caches_use(const gm_fresh_caches *caches)
{
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; ++i) {
        if (setenv(variables[i], caches->path, 1) != 0)
            return gm_error(GEMLET_E_MEMORY, "environment variable %s: out of memory",
                            variables[i]);
    }
    return GEMLET_OK;
}

/* What cannot be removed stays: it is a cache in a temporary directory. */
static void remove_tree(const char *path)
{
    DIR *entries = opendir(path);
    if (entries == NULL) {
        unlink(path);
        return;
    }
    for (struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        char *child;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (gm_format_string(&child, "%s/%s", path, entry->d_name) == GEMLET_OK)
            remove_tree(child);
        free(child);
    }
    closedir(entries);
    rmdir(path);
}

void gm_fresh_caches_remove(gm_fresh_caches *caches)
{
    if (caches->path[0] != '\0')
        remove_tree(caches->path);
    caches->path[0] = '\0';
}
