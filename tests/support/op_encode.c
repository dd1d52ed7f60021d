/* SPDX-License-Identifier: MIT
 * Descriptor of encode_batch. Shape: rows of the batch x inputs. */
#include <math.h>

#include "core/input_code.h"
#include "support/op_case.h"

#define N_LEVELS       4u
#define FLAG_NO_LABELS 1u

enum {
    DATA_MIXED,
    DATA_LARGE /* z that are cut only beyond 1e18 */
};

static const op_variant variants[] = {
    {"mixed", DATA_MIXED, GEMLET_ACTIVATION_IDENTITY, 0},
    {"large", DATA_LARGE, GEMLET_ACTIVATION_IDENTITY, 0},
    {"mixed-no-labels", DATA_MIXED, GEMLET_ACTIVATION_IDENTITY, FLAG_NO_LABELS},
};

/* Odd columns hold levels, the others numbers, one of seven of them a gap. */
static void fill_columns(op_case *c, op_tensor *columns)
{
    op_fill_normal(c, columns, 0, c->variant->data == DATA_LARGE ? 1e12 : 1);
    for (size_t i = 0; i < (size_t)columns->rows * columns->cols; ++i) {
        if (i % columns->cols % 2 == 1)
            columns->initial[i] = gm_rng_below(&c->rng, N_LEVELS);
        else if (gm_rng_below(&c->rng, 7) == 0)
            columns->initial[i] = NAN;
    }
}

/* Of all kinds, each of a column that has what it needs. */
static void fill_codes(op_case *c, op_tensor *codes, gemlet_dim n_columns)
{
    const size_t n = codes->cols;
    for (size_t f = 0; f < n; ++f) {
        const int is_level = n_columns > 1 && gm_rng_below(&c->rng, 3) == 0;
        const uint32_t n_pairs = is_level ? n_columns / 2 : (n_columns + 1) / 2;
        double *code = codes->initial + f;
        code[GM_CODE_COLUMN * n] = 2 * gm_rng_below(&c->rng, n_pairs) + (is_level ? 1 : 0);
        code[GM_CODE_KIND * n] = is_level ? GM_CODE_LEVEL : gm_rng_below(&c->rng, GM_CODE_LEVEL);
        code[GM_CODE_A * n] = is_level ? gm_rng_below(&c->rng, N_LEVELS)
                                       : (double)(float)(2 * gm_rng_uniform(&c->rng) - 1.5);
        code[GM_CODE_B * n] = (double)(float)(code[GM_CODE_A * n] + 0.01 + gm_rng_uniform(&c->rng));
    }
}

static int prepare(op_case *c)
{
    const gemlet_dim batch = c->dims[0];
    const gemlet_dim n_inputs = c->dims[1];
    const gemlet_dim n_rows = batch / 2 + 5; /* fewer and more than the batch: rows come twice */
    const gemlet_dim n_columns = n_inputs / 3 + 1;
    const int has_labels = (c->variant->flags & FLAG_NO_LABELS) == 0;
    fill_columns(c, op_add(c, n_rows, n_columns));
    fill_codes(c, op_add(c, GM_CODE_N_PARTS, n_inputs), n_columns);
    op_tensor *labels = has_labels ? op_add(c, 1, n_rows) : op_add_none(c);
    op_fill_below(c, labels, GEMLET_MAX_CLASSES);
    op_fill_below(c, op_add(c, 1, batch), n_rows);
    op_add(c, batch, n_inputs)->may_be_plain = 1; /* levels and gaps are mostly 0 */
    if (has_labels)
        op_add(c, 1, batch);
    else
        op_add_none(c);
    return 1;
}

const op_descriptor op_encode_batch = {
    .op = &gm_op_encode_batch,
    .n_dims = 2,
    .max_product = 130000,
    .variants = variants,
    .n_variants = sizeof variants / sizeof variants[0],
    .prepare = prepare,
};
