/* SPDX-License-Identifier: MIT
 * Gray pictures as PNG files. */
#ifndef GM_REPORT_PNG_H
#define GM_REPORT_PNG_H

#include <stdint.h>

#include "core/error.h"

/* Writes pixels (rows, cols), row by row from the top, 0 black, to `path`, atomically. rows and
 * cols at least 1. */
gemlet_status gm_png_write(const char *path, const unsigned char *pixels, uint32_t rows,
                           uint32_t cols);

#endif
