/* SPDX-License-Identifier: MIT
 * The seal of an archive: checksums over all that is in it, and over the archive itself.
 *
 * The array "checksums" has a line for each other array: its name, a blank, and the hash of its npy
 * file. The archive's comment, which is its last bytes, ends in the hash of everything before that
 * hash. So no byte can change unnoticed, of the directory and the headers neither, and what has
 * changed can be named. The hash is that of core/hash.h: 64 bits, against accidents. */
#ifndef GM_NPZ_NPZ_SEAL_H
#define GM_NPZ_NPZ_SEAL_H

#include <stddef.h>
#include <stdint.h>

#define GM_NPZ_CHECKSUMS   "checksums"

#define GM_NPZ_HASH_DIGITS 16u

/* Longer names than any array has are cut. */
#define GM_NPZ_CHECKSUM_LINE_SIZE 160u
#define GM_NPZ_SEAL_SIZE          48u

/* line (GM_NPZ_CHECKSUM_LINE_SIZE) out: "name hash" with a newline. Returns its length. */
size_t gm_npz_format_checksum(char *line, const char *name, uint64_t hash);

/* comment (GM_NPZ_SEAL_SIZE) out: the archive's comment, with zeros for the hash. */
void gm_npz_format_seal(char *comment);

/* digits (GM_NPZ_HASH_DIGITS) out, not terminated. */
void gm_npz_format_hash(char *digits, uint64_t hash);

#endif
