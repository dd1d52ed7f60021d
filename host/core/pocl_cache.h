/* SPDX-License-Identifier: MIT
 * Where POCL keeps the kernels it compiled: what is wrong there looks like anything but that. */
#ifndef GM_CORE_POCL_CACHE_H
#define GM_CORE_POCL_CACHE_H

#include <stddef.h>

/* text (GM_POCL_CACHE_TEXT_SIZE) out: which directory it is and what to do about it; empty for
 * other OpenCL platforms. */
#define GM_POCL_CACHE_TEXT_SIZE 512u
void gm_pocl_cache_advise(char *text, const char *platform);

/* A build failed on a device of POCL, of kernels that are right. */
void gm_pocl_cache_suspect(void);

/* 1 once that was said, else 0. */
int gm_pocl_cache_is_suspected(void);

/* 1 if the directory, or the one it would be made in, can be written. */
int gm_pocl_cache_is_writable(void);

#endif
