/* SPDX-License-Identifier: MIT
 * How much memory the content of one file may take: a file of some megabytes can hold gigabytes, or
 * announce them. gemlet_memory_limit_set() in gemlet/dataset.h sets it. */
#ifndef GM_CORE_MEMORY_LIMIT_H
#define GM_CORE_MEMORY_LIMIT_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

/* Bytes that can be had for data: three quarters of what the machine has free and the process may
 * take. */
uint64_t gm_memory_spare(void);

/* 1 if n_bytes are within the limit. */
int gm_memory_limit_allows(uint64_t n_bytes);

/* GEMLET_E_MEMORY if n_bytes are more than the limit. `what` names the file in the message. */
gemlet_status gm_memory_limit_check(uint64_t n_bytes, const char *what);

/* GEMLET_E_RANGE if packed content grows as no data do: beyond GM_FREE_EXPANSION bytes to more than
 * GM_MAX_EXPANSION times what it was packed in. Whoever sets a limit has said what he expects, and
 * only that counts then. */
#define GM_FREE_EXPANSION ((uint64_t)32 << 20)
#define GM_MAX_EXPANSION  200u
gemlet_status gm_expansion_check(uint64_t n_bytes, uint64_t n_packed, const char *what);

#endif
