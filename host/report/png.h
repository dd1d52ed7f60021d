/* SPDX-License-Identifier: MIT
 * Gray pictures as PNG files. */
#ifndef GM_REPORT_PNG_H
#define GM_REPORT_PNG_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

/* *bytes (*n_bytes) out: pixels (rows, cols), row by row from the top, 0 black, as a PNG file. rows
 * and cols at least 1. On failure *bytes = NULL. Release with free(). */
gemlet_status gm_png_encode(unsigned char **bytes, size_t *n_bytes, const unsigned char *pixels,
                            uint32_t rows, uint32_t cols);

/* Writes pixels (rows, cols), row by row from the top, 0 black, to `path`, atomically. rows and
 * cols at least 1. */
gemlet_status gm_png_write(const char *path, const unsigned char *pixels, uint32_t rows,
                           uint32_t cols);

#endif
