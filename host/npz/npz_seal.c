/* SPDX-License-Identifier: MIT
 * How the seal of an archive is written down; see npz_seal.h. */
#include "npz/npz_seal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

size_t gm_npz_format_checksum(char *line, const char *name, uint64_t hash)
{
    return (size_t)snprintf(line, GM_NPZ_CHECKSUM_LINE_SIZE, "%.100s %016" PRIx64 "\n", name, hash);
}

void gm_npz_format_hash(char *digits, uint64_t hash)
{
    char text[GM_NPZ_HASH_DIGITS + 1];
    snprintf(text, sizeof text, "%016" PRIx64, hash);
    memcpy(digits, text, GM_NPZ_HASH_DIGITS);
}

void gm_npz_format_seal(char *comment)
{
    snprintf(comment, GM_NPZ_SEAL_SIZE, "gemlet checksum %016d", 0);
}
