/* SPDX-License-Identifier: MIT
 * See augment_map.h. The formulas stand at augment in backend.h. */
#include "backend/augment_map.h"

#include <math.h>

#include "backend/backend.h"
#include "core/rng.h"

#define N_NUMBERS 6u

void gm_record_key(uint32_t key[2], const double *record)
{
    for (unsigned i = 0; i < 2; ++i)
        key[i] = (uint32_t)record[GM_RECORD_KEY + 2 * i] |
                 (uint32_t)record[GM_RECORD_KEY + 2 * i + 1] << 16;
}

static void draw_numbers(double z[N_NUMBERS], const double *record, size_t image)
{
    uint32_t key[2];
    uint32_t words[8];
    gm_record_key(key, record);
    for (uint32_t i = 0; i < 2; ++i) {
        const uint32_t counter[4] = {i, 0, (uint32_t)image, 1};
        gm_philox4x32(words + 4 * i, counter, key);
    }
    for (unsigned i = 0; i < N_NUMBERS; ++i)
        z[i] = (words[i] >> 8) * 0x1p-23 - 1;
}

gm_augment_map gm_augment_map_draw(const double *record, size_t image, size_t height, size_t width)
{
    double z[N_NUMBERS];
    draw_numbers(z, record, image);
    const double angle = record[GM_RECORD_ROTATION] * z[0];
    const double scale_x = 1 + record[GM_RECORD_SCALING] * z[1];
    const double scale_y = 1 + record[GM_RECORD_SCALING] * z[2];
    const double shear = record[GM_RECORD_SHEAR] * z[3];
    return (gm_augment_map){
        .xx = cos(angle) * scale_x,
        .xy = (cos(angle) * shear - sin(angle)) * scale_y,
        .x0 = 0.5 * (double)(width - 1) + record[GM_RECORD_SHIFT] * z[4],
        .yx = sin(angle) * scale_x,
        .yy = (sin(angle) * shear + cos(angle)) * scale_y,
        .y0 = 0.5 * (double)(height - 1) + record[GM_RECORD_SHIFT] * z[5],
    };
}
