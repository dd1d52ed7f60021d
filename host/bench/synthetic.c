/* SPDX-License-Identifier: MIT
 * See synthetic.h. */
#include "bench/synthetic.h"

#include <stdlib.h>

#include "core/memory.h"
#include "core/rng.h"

/* A feature is a mark of one class in four, at random. */
#define MARK_ODDS 4u

/* marks (classes, features) out: 1 or 0 */
static void draw_marks(uint8_t *marks, const gm_synthetic_options *o)
{
    gm_rng rng;
    gm_rng_init(&rng, o->seed, GM_RNG_BENCH, 0);
    for (size_t i = 0; i < (size_t)o->classes * o->features; ++i)
        marks[i] = gm_rng_below(&rng, MARK_ODDS) == 0;
}

/* values (rows, features) and labels (rows) out */
static void draw_rows(uint8_t *values, uint32_t *labels, const uint8_t *marks,
                      const gm_synthetic_options *o)
{
    gm_rng rng;
    gm_rng_init(&rng, o->seed, GM_RNG_BENCH, 1);
    const double threshold = o->density * 0x1p24; /* of 24 bits; the other 7 make the value */
    for (gemlet_dim row = 0; row < o->rows; ++row) {
        labels[row] = row % o->classes;
        const uint8_t *mark = marks + (size_t)labels[row] * o->features;
        uint8_t *value = values + (size_t)row * o->features;
        for (gemlet_dim f = 0; f < o->features; ++f) {
            const uint32_t bits = gm_rng_u32(&rng);
            const uint32_t strength = 1 + (bits >> 25) % 127 + (mark[f] ? 128 : 0);
            value[f] = (bits & 0xffffffu) < threshold ? (uint8_t)strength : 0;
        }
    }
}

static gemlet_status check(const gm_synthetic_options *o)
{
    if (o->features == 0)
        return gm_error(GEMLET_E_RANGE, "made-up data: 0 features, expected at least 1");
    if (o->classes == 0 || o->classes > GEMLET_MAX_CLASSES)
        return gm_error(GEMLET_E_RANGE, "made-up data: %u classes, expected 1 to %u", o->classes,
                        GEMLET_MAX_CLASSES);
    if (o->rows < o->classes)
        return gm_error(GEMLET_E_RANGE,
                        "made-up data: %u rows, expected at least one for each of %u classes",
                        o->rows, o->classes);
    if (!(o->density >= 0.0) || o->density > 1.0)
        return gm_error(GEMLET_E_RANGE, "made-up data: density %g, expected 0 to 1", o->density);
    return GEMLET_OK;
}

gemlet_status gm_synthetic_create(gemlet_dataset **out, const gm_synthetic_options *options)
{
    uint8_t *marks = NULL;
    uint8_t *values = NULL;
    uint32_t *labels = NULL;
    size_t n_marks = 0;
    size_t n_values = 0;
    gemlet_status status = GEMLET_OK;
    *out = NULL;
    GEMLET_TRY(check(options));
    GEMLET_TRY_CLEANUP(
        status, gm_checked_mul(&n_marks, options->classes, options->features, "made-up data"));
    GEMLET_TRY_CLEANUP(status,
                       gm_checked_mul(&n_values, options->rows, options->features, "made-up data"));
    GEMLET_TRY_CLEANUP(status, GM_ALLOC(marks, n_marks, "made-up data"));
    GEMLET_TRY_CLEANUP(status, GM_ALLOC(values, n_values, "made-up data"));
    GEMLET_TRY_CLEANUP(status, GM_ALLOC(labels, options->rows, "made-up data"));
    draw_marks(marks, options);
    draw_rows(values, labels, marks, options);
    GEMLET_TRY_CLEANUP(status, gemlet_dataset_create(out, options->rows, options->features,
                                                     GEMLET_ELEMENT_U8, values, labels));
cleanup:
    free(labels);
    free(values);
    free(marks);
    return status;
}
