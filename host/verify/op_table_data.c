/* SPDX-License-Identifier: MIT
 * See op_table_data.h. */
#include "verify/op_table_data.h"

#include <math.h>
#include <stdlib.h>

#include "core/memory.h"
#include "core/rng.h"
#include "data/dataset.h"
#include "model/spec.h"

#define IMAGE_SIDE 28u
#define N_LEVELS   4u /* of a column of categories */
#define GAP_ODDS   7u /* one number in so many is missing */

/* What the rows hold; neither: numbers. */
typedef struct source {
    int is_encoded; /* columns of a table */
    int is_image;
} source;

static void fill_bytes(unsigned char *values, size_t n, gm_rng *rng)
{
    for (size_t i = 0; i < n; ++i)
        values[i] = (unsigned char)gm_rng_below(rng, 256);
}

static void fill_numbers(float *values, size_t n, gm_rng *rng)
{
    for (size_t i = 0; i < n; ++i)
        values[i] = (float)gm_rng_normal(rng);
}

/* Even columns hold numbers, some of them gaps, odd ones levels. */
static void fill_columns(float *values, size_t n, gemlet_dim n_columns, gm_rng *rng)
{
    for (size_t i = 0; i < n; ++i) {
        if (i % n_columns % 2 == 1)
            values[i] = (float)gm_rng_below(rng, N_LEVELS);
        else
            values[i] = gm_rng_below(rng, GAP_ODDS) == 0 ? NAN : (float)gm_rng_normal(rng);
    }
}

/* Every kind of code in turn, each of a column that has what it needs. */
static void fill_codes(gm_encoding *encoding, gm_rng *rng)
{
    const size_t n = encoding->n_inputs;
    for (size_t f = 0; f < n; ++f) {
        float *code = encoding->codes + f;
        const int kind = (int)(f % (GM_CODE_LEVEL + 1));
        const gemlet_dim pair = (gemlet_dim)f % (encoding->n_columns / 2);
        code[GM_CODE_COLUMN * n] = (float)(2 * pair + (kind == GM_CODE_LEVEL ? 1 : 0));
        code[GM_CODE_KIND * n] = (float)kind;
        code[GM_CODE_A * n] = kind == GM_CODE_LEVEL ? (float)gm_rng_below(rng, N_LEVELS)
                                                    : (float)(gm_rng_uniform(rng) - 0.5);
        code[GM_CODE_B * n] = code[GM_CODE_A * n] + 0.5f;
    }
}

static gemlet_status add_encoding(gemlet_dataset *dataset, gemlet_dim n_columns,
                                  gemlet_dim n_inputs, gm_rng *rng)
{
    gm_encoding *encoding;
    GEMLET_TRY(gm_encoding_allocate(&encoding, n_columns, n_inputs));
    fill_codes(encoding, rng);
    gm_dataset_set_encoding(dataset, encoding);
    return GEMLET_OK;
}

static gemlet_status add_targets(gemlet_dataset *dataset, gm_rng *rng)
{
    float *targets;
    const gemlet_dim rows = gemlet_dataset_rows(dataset);
    GEMLET_TRY(GM_ALLOC(targets, rows, "made-up targets"));
    for (gemlet_dim i = 0; i < rows; ++i)
        targets[i] = (float)(2.0 * gm_rng_normal(rng));
    const gemlet_status status = gemlet_dataset_set_targets(dataset, targets);
    free(targets);
    return status;
}

/* values (rows, n_columns); labels belong to the data set then. */
static gemlet_status create_rows(gemlet_dataset **out, gemlet_dim rows, gemlet_dim n_columns,
                                 const source *from, uint32_t *labels, gm_rng *rng)
{
    const size_t n = (size_t)rows * n_columns;
    void *values = NULL;
    const size_t size = from->is_image ? 1 : sizeof(float);
    const gemlet_status status = gm_alloc(&values, n, size, "made-up data");
    if (status != GEMLET_OK) {
        free(labels);
        return status;
    }
    if (from->is_image)
        fill_bytes(values, n, rng);
    else if (from->is_encoded)
        fill_columns(values, n, n_columns, rng);
    else
        fill_numbers(values, n, rng);
    return gm_dataset_adopt(out, rows, n_columns,
                            from->is_image ? GEMLET_ELEMENT_U8 : GEMLET_ELEMENT_F32, values,
                            labels);
}

gemlet_status gm_op_table_data_create(gemlet_dataset **out, const gemlet_spec *spec,
                                      gemlet_dim rows, int is_encoded)
{
    const gemlet_dim sides[2] = {IMAGE_SIDE, IMAGE_SIDE};
    const source from = {is_encoded, !is_encoded && spec->n_inputs == IMAGE_SIDE * IMAGE_SIDE};
    const gemlet_dim n_columns = is_encoded ? 2 * (spec->n_inputs / 6 + 1) : spec->n_inputs;
    uint32_t *labels = NULL;
    gemlet_status status = GEMLET_OK;
    gm_rng rng;
    *out = NULL;
    gm_rng_init(&rng, 1, GM_RNG_TEST, 0);
    if (spec->task != GEMLET_TASK_REGRESSION) {
        GEMLET_TRY(GM_ALLOC(labels, rows, "made-up labels"));
        for (size_t i = 0; i < rows; ++i)
            labels[i] = gm_rng_below(&rng, gm_spec_classes(spec));
    }
    GEMLET_TRY(create_rows(out, rows, n_columns, &from, labels, &rng));
    if (from.is_encoded)
        GEMLET_TRY_CLEANUP(status, add_encoding(*out, n_columns, spec->n_inputs, &rng));
    if (from.is_image)
        GEMLET_TRY_CLEANUP(status, gemlet_dataset_set_item_dims(*out, sides, 2));
    if (spec->task == GEMLET_TASK_REGRESSION)
        GEMLET_TRY_CLEANUP(status, add_targets(*out, &rng));
    return GEMLET_OK;
cleanup:
    gemlet_dataset_destroy(*out);
    *out = NULL;
    return status;
}
