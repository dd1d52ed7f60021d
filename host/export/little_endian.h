/* SPDX-License-Identifier: MIT
 * Numbers as files have them: the lowest byte first, whatever the host's order. */
#ifndef GM_EXPORT_LITTLE_ENDIAN_H
#define GM_EXPORT_LITTLE_ENDIAN_H

#include <stddef.h>
#include <stdio.h>

/* bytes (n * size) = the values (n), of `size` bytes each: 4 or 8. */
void gm_little_endian(unsigned char *bytes, const void *values, size_t n, size_t size);

/* Writes the values so. Failures stay in the stream. */
void gm_little_endian_write(FILE *stream, const void *values, size_t n, size_t size);

#endif
