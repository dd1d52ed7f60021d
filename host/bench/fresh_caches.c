/* SPDX-License-Identifier: MIT
 * See fresh_caches.h. */
#include "bench/fresh_caches.h"

#include <stdlib.h>

/* Where gemlet, Mesa and others that follow the XDG Base Directory Specification cache; POCL,
 * NVIDIA and Intel have variables of their own. */
static const char *const variables[] = {"XDG_CACHE_HOME", "POCL_CACHE_DIR", "MESA_SHADER_CACHE_DIR",
                                        "CUDA_CACHE_PATH", "NEO_CACHE_DIR"};

gemlet_status gm_fresh_caches_use(const gm_scratch *place)
{
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; ++i) {
        if (setenv(variables[i], place->path, 1) != 0)
            return gm_error(GEMLET_E_MEMORY, "environment variable %s: out of memory",
                            variables[i]);
    }
    return GEMLET_OK;
}
