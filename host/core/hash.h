/* SPDX-License-Identifier: MIT
 * A hash to tell texts apart; no protection against anyone who wants them to collide. */
#ifndef GM_CORE_HASH_H
#define GM_CORE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define GM_HASH_BEGIN UINT64_C(0xcbf29ce484222325)

/* Goes on from `hash`, GM_HASH_BEGIN or an earlier result, over n_bytes: FNV-1a, 64 bits
 * (Fowler, Noll, Vo). */
uint64_t gm_hash(uint64_t hash, const void *bytes, size_t n_bytes);

#endif
