/* SPDX-License-Identifier: MIT
 * See fresh_caches.h. */
#include "bench/fresh_caches.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/temporary.h"

/* Where gemlet, Mesa and others that follow the XDG Base Directory Specification cache; POCL,
 * NVIDIA and Intel have variables of their own. */
static const char *const variables[] = {"XDG_CACHE_HOME", "POCL_CACHE_DIR", "MESA_SHADER_CACHE_DIR",
                                        "CUDA_CACHE_PATH", "NEO_CACHE_DIR"};

gemlet_status gm_fresh_caches_create(gm_fresh_caches *caches)
{
    const char *parent = getenv("TMPDIR");
    if (parent == NULL || parent[0] == '\0')
        parent = "/tmp";
    *caches = (gm_fresh_caches){0};
    gm_temporary_remove_strays(parent, GM_TEMPORARY_DIRECTORIES);
    char what[1024];
    snprintf(what, sizeof what, "%s: temporary directory (TMPDIR)", parent);
    return gm_temporary_directory_create(&caches->path, &caches->lock, parent, what);
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

void gm_fresh_caches_remove(gm_fresh_caches *caches)
{
    if (caches->path == NULL)
        return;
    gm_directory_remove(caches->path);
    close(caches->lock);
    free(caches->path);
    *caches = (gm_fresh_caches){0};
}
