/* SPDX-License-Identifier: MIT
 * See png.h. Format: PNG specification, third edition (W3C 2025), sections 5 and 11.2: a signature,
 * then chunks of length, type, data and CRC. */
#include "report/png.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "core/file.h"
#include "core/memory.h"

#define CHUNK_FRAME 12u /* bytes beside the data: length, type, CRC */

static unsigned char *put_u32(unsigned char *to, uint32_t value)
{
    for (unsigned i = 0; i < 4; ++i)
        to[i] = (unsigned char)(value >> (24 - 8 * i));
    return to + 4;
}

/* Writes a chunk around the data (length) that lie 8 bytes behind `to`; returns its end. */
static unsigned char *put_chunk(unsigned char *to, const char type[4], uint32_t length)
{
    put_u32(to, length);
    memcpy(to + 4, type, 4);
    return put_u32(to + 8 + length, (uint32_t)crc32(0, to + 4, (uInt)length + 4));
}

/* *out (*length) = the deflated lines, each behind a filter of 0, none. Release with free(). */
static gemlet_status deflate_lines(unsigned char *out, uLongf *length, const unsigned char *pixels,
                                   uint32_t rows, uint32_t cols)
{
    unsigned char *lines;
    const size_t line = (size_t)cols + 1;
    GEMLET_TRY(GM_ALLOC(lines, rows * line, "lines of a picture"));
    for (size_t row = 0; row < rows; ++row) {
        lines[row * line] = 0;
        memcpy(lines + row * line + 1, pixels + row * cols, cols);
    }
    const int code = compress2(out, length, lines, (uLong)(rows * line), 9);
    free(lines);
    return code == Z_OK ? GEMLET_OK : gm_error(GEMLET_E_MEMORY, "picture: zlib failed (%d)", code);
}

gemlet_status gm_png_encode(unsigned char **bytes, size_t *n_bytes, const unsigned char *pixels,
                            uint32_t rows, uint32_t cols)
{
    static const unsigned char signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    static const unsigned char kind[5] = {8, 0, 0, 0, 0}; /* bits, gray, and the only methods */
    size_t n_pixels;
    *bytes = NULL;
    GEMLET_TRY(gm_checked_mul(&n_pixels, rows, (size_t)cols + 1, "picture"));
    uLongf n_deflated = compressBound((uLong)n_pixels);
    if (n_deflated > INT32_MAX)
        return gm_error(GEMLET_E_RANGE, "picture of %ux%u pixels: expected fewer than 2^31", cols,
                        rows);
    const size_t header_length = 2 * sizeof(uint32_t) + sizeof kind;
    unsigned char *file;
    GEMLET_TRY(
        GM_ALLOC(file, sizeof signature + header_length + n_deflated + 3 * CHUNK_FRAME, "picture"));
    memcpy(file, signature, sizeof signature);
    unsigned char *at = file + sizeof signature;
    memcpy(put_u32(put_u32(at + 8, cols), rows), kind, sizeof kind);
    at = put_chunk(at, "IHDR", (uint32_t)header_length);
    gemlet_status status = deflate_lines(at + 8, &n_deflated, pixels, rows, cols);
    if (status == GEMLET_OK) {
        at = put_chunk(at, "IDAT", (uint32_t)n_deflated);
        at = put_chunk(at, "IEND", 0);
        *bytes = file;
        *n_bytes = (size_t)(at - file);
        return GEMLET_OK;
    }
    free(file);
    return status;
}

gemlet_status gm_png_write(const char *path, const unsigned char *pixels, uint32_t rows,
                           uint32_t cols)
{
    unsigned char *bytes;
    size_t n_bytes;
    GEMLET_TRY(gm_png_encode(&bytes, &n_bytes, pixels, rows, cols));
    const gemlet_status status = gm_file_write(path, bytes, n_bytes);
    free(bytes);
    return status;
}
