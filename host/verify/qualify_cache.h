/* SPDX-License-Identifier: MIT
 * Verdicts on GEMMs and steps kept from one run to the next; see core/kept_file.h. */
#ifndef GM_VERIFY_QUALIFY_CACHE_H
#define GM_VERIFY_QUALIFY_CACHE_H

#include "verify/qualify_gemm.h"

/* Lines of all that the verdict depends on: the library, device, platform, driver, compute units
 * (which decide about tiles), GEMM, kernels, and the shapes of the job. Release with free(). */
gemlet_status gm_qualify_cache_key(char **key, const gm_backend *backend,
                                   const gm_qualify_job *job);

/* The same for steps; `step` is their fingerprint. */
gemlet_status gm_qualify_cache_steps_key(char **key, const gm_backend *backend,
                                         const gemlet_spec *spec, const char *step);

/* 1 if there is a verdict under the key, 0 if there is none that can be trusted. */
int gm_qualify_cache_find(const char *directory, const char *key, gm_gemm_verdict *verdict);

/* Keeps the verdict; creates the directory. */
gemlet_status gm_qualify_cache_store(const char *directory, const char *key,
                                     const gm_gemm_verdict *verdict);

#endif
