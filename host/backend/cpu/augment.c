/* SPDX-License-Identifier: MIT
 * elastic_noise and augment on the CPU. */
#include <math.h>

#include "backend/augment_map.h"
#include "backend/cpu/cpu_real.h"
#include "core/rng.h"

/* Rows of a column that one drawing is for. */
#define BLOCK_ROWS 8u

/* In double, which maps and keys are drawn from. */
static void widen_record(double wide[GM_RECORD_SIZE], gm_vector record)
{
    const real *values = gm_cpu_vector(record);
    for (size_t i = 0; i < GM_RECORD_SIZE; ++i)
        wide[i] = (double)values[i];
}

/* ---- elastic_noise -------------------------------------------------------------------------- */

/* The part of a smoothed value: g[distance]. */
static real tap_at(gm_vector taps, size_t a, size_t b)
{
    const size_t distance = a > b ? a - b : b - a;
    return distance > taps.length / 2 ? 0 : gm_cpu_vector(taps)[taps.length / 2 + distance];
}

/* noise (H,W) out: of component f of image `image`. */
static void smooth_image(const gm_elastic_noise_args *args, real *noise, size_t width,
                         uint32_t image, uint32_t f, const uint32_t key[2])
{
    for (size_t i = 0; i < args->height * width; ++i)
        noise[i] = 0;
    for (size_t col = 0; col < width; ++col) {
        uint32_t words[4];
        for (size_t q = 0; q < args->height; ++q) {
            const uint32_t counter[4] = {(uint32_t)col, (uint32_t)(q / BLOCK_ROWS), image, 2 + f};
            if (q % BLOCK_ROWS == 0)
                gm_philox4x32(words, counter, key);
            const uint32_t k = words[q % BLOCK_ROWS / 2] >> 16 * (q % 2) & 0xFFFF;
            const real number = (real)k / 32768 - 1;
            for (size_t row = 0; row < args->height; ++row)
                noise[row * width + col] += tap_at(args->taps, row, q) * number;
        }
    }
}

static void smooth_images(const void *context, size_t first, size_t end)
{
    const gm_elastic_noise_args *args = context;
    double record[GM_RECORD_SIZE];
    uint32_t key[2];
    widen_record(record, args->record);
    gm_record_key(key, record);
    for (size_t i = first; i < end; ++i) {
        const size_t width = args->noise_0.cols / args->height;
        smooth_image(args, gm_cpu_row(args->noise_0, i), width, (uint32_t)i, 0, key);
        smooth_image(args, gm_cpu_row(args->noise_1, i), width, (uint32_t)i, 1, key);
    }
}

gemlet_status GM_CPU(elastic_noise)(gm_backend *backend, const gm_elastic_noise_args *args)
{
    const size_t cost = 4 * args->height * args->noise_0.cols;
    GM_CPU(for_each)(backend, args->noise_0.rows, GM_CPU_ROW, cost, smooth_images, args);
    return GEMLET_OK;
}

/* ---- augment -------------------------------------------------------------------------------- */

typedef struct image {
    const real *x; /* (height,width) */
    size_t height;
    size_t width;
} image;

/* 0 outside. */
static real pixel_at(const image *from, double row, double col)
{
    if (!(row >= 0 && row < (double)from->height && col >= 0 && col < (double)from->width))
        return 0;
    return from->x[(size_t)row * from->width + (size_t)col];
}

static real interpolate(const image *from, double row, double col)
{
    const double top = floor(row);
    const double left = floor(col);
    const real right_part = (real)(col - left);
    const real lower_part = (real)(row - top);
    const real upper_left = pixel_at(from, top, left);
    const real lower_left = pixel_at(from, top + 1, left);
    const real upper = upper_left + right_part * (pixel_at(from, top, left + 1) - upper_left);
    const real lower = lower_left + right_part * (pixel_at(from, top + 1, left + 1) - lower_left);
    return upper + lower_part * (lower - upper);
}

/* What a line of noise displaces its pixel `col`, without the factor. */
static real smooth_line(const real *noise, gm_vector taps, size_t col, size_t width)
{
    real sum = 0;
    for (size_t k = 0; k < width; ++k)
        sum += tap_at(taps, col, k) * noise[k];
    return sum;
}

static void augment_image(const gm_augment_args *args, const double *record, size_t i)
{
    const size_t width = args->y.cols / args->height;
    const image from = {gm_cpu_row(args->x, i), args->height, width};
    const gm_augment_map map = gm_augment_map_draw(record, i, args->height, width);
    real *y = gm_cpu_row(args->y, i);
    for (size_t r = 0; r < args->height; ++r) {
        const double v = (double)r - 0.5 * (double)(args->height - 1);
        for (size_t c = 0; c < width; ++c) {
            const double u = (double)c - 0.5 * (double)(width - 1);
            double col = map.x0 + map.xx * u + map.xy * v;
            double row = map.y0 + map.yx * u + map.yy * v;
            if (args->noise_0.buffer != NULL) {
                const size_t line = r * (args->noise_0.cols / args->height);
                const real *noise_0 = gm_cpu_row(args->noise_0, i) + line;
                const real *noise_1 = gm_cpu_row(args->noise_1, i) + line;
                col +=
                    record[GM_RECORD_ELASTIC] * (double)smooth_line(noise_0, args->taps, c, width);
                row +=
                    record[GM_RECORD_ELASTIC] * (double)smooth_line(noise_1, args->taps, c, width);
            }
            y[r * width + c] = interpolate(&from, row, col);
        }
    }
}

static void augment_images(const void *context, size_t first, size_t end)
{
    const gm_augment_args *args = context;
    double record[GM_RECORD_SIZE];
    widen_record(record, args->record);
    for (size_t i = first; i < end; ++i)
        augment_image(args, record, i);
}

gemlet_status GM_CPU(augment)(gm_backend *backend, const gm_augment_args *args)
{
    GM_CPU(for_each)(backend, args->y.rows, GM_CPU_ROW, 32 * args->y.cols, augment_images, args);
    return GEMLET_OK;
}
