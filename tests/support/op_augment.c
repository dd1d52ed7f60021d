/* SPDX-License-Identifier: MIT
 * Descriptors of elastic_noise and augment. Shape: B x H x W. */
#include <math.h>
#include <string.h>

#include "support/op_case.h"

#define MARGIN 15u /* taps that are 0 at both ends */

enum {
    DATA_IDENTITY, /* y is x, bit for bit */
    DATA_MAP,
    DATA_FAR,     /* maps that leave the image */
    DATA_ELASTIC, /* noise beside a map */
    DATA_WIDE     /* taps that reach beyond the image */
};

static const op_variant variants[] = {
    {"identity", DATA_IDENTITY, GEMLET_ACTIVATION_IDENTITY, 0},
    {"map", DATA_MAP, GEMLET_ACTIVATION_IDENTITY, 0},
    {"far", DATA_FAR, GEMLET_ACTIVATION_IDENTITY, 0},
    {"elastic", DATA_ELASTIC, GEMLET_ACTIVATION_IDENTITY, 0},
    {"elastic-wide", DATA_WIDE, GEMLET_ACTIVATION_IDENTITY, 0},
};

/* A bell whose taps are none of them equal. */
static void add_taps(op_case *c)
{
    const int reach = c->variant->data == DATA_WIDE ? 70 : 4;
    const int middle = reach + (int)MARGIN;
    op_tensor *taps = op_add(c, 1, (gemlet_dim)(2 * middle + 1));
    memset(taps->initial, 0, op_size(taps) * sizeof *taps->initial);
    for (int d = -reach; d <= reach; ++d)
        taps->initial[middle + d] = op_round(exp(-0.5 * d * d / (0.2 * reach * reach)) / reach);
}

static void add_record(op_case *c)
{
    op_tensor *record = op_add(c, 1, GM_RECORD_SIZE);
    const int data = c->variant->data;
    const double size = data == DATA_IDENTITY ? 0 : data == DATA_FAR ? 5 : 1;
    for (unsigned i = 0; i < GM_RECORD_SIZE; ++i)
        record->initial[i] = (double)NAN; /* of no use to this operation */
    record->initial[GM_RECORD_ROTATION] = op_round(0.4 * size);
    record->initial[GM_RECORD_SCALING] = op_round(0.18 * size);
    record->initial[GM_RECORD_SHEAR] = op_round(0.3 * size);
    record->initial[GM_RECORD_SHIFT] = op_round(2.5 * size);
    record->initial[GM_RECORD_ELASTIC] = op_round(1.7);
    for (unsigned i = 0; i < 4; ++i)
        record->initial[GM_RECORD_KEY + i] = gm_rng_below(&c->rng, 65536);
}

static int is_elastic(const op_case *c)
{
    return c->variant->data == DATA_ELASTIC || c->variant->data == DATA_WIDE;
}

static int prepare_noise(op_case *c)
{
    add_taps(c);
    add_record(c);
    op_add(c, c->dims[0], c->dims[1] * c->dims[2]);
    op_add(c, c->dims[0], c->dims[1] * c->dims[2]);
    return 1;
}

static int prepare_augment(op_case *c)
{
    const gemlet_dim n_pixels = c->dims[1] * c->dims[2];
    op_fill_normal(c, op_add(c, c->dims[0], n_pixels), 3, 1);
    for (unsigned f = 0; f < 2; ++f) {
        if (is_elastic(c))
            op_fill_normal(c, op_add(c, c->dims[0], c->dims[1] * (c->dims[2] + 3)), 0, 1);
        else
            op_add_none(c);
    }
    if (is_elastic(c))
        add_taps(c);
    else
        op_add_none(c);
    add_record(c);
    /* Of small images, and of narrow ones that are turned, little may be left. */
    const gemlet_dim least = c->dims[1] < c->dims[2] ? c->dims[1] : c->dims[2];
    op_add(c, c->dims[0], n_pixels)->may_be_plain =
        c->variant->data == DATA_FAR || least < 16 || n_pixels / least > 4 * least;
    return 1;
}

static void set_noise_numbers(const op_case *c, gm_any_args *args)
{
    args->elastic_noise.height = c->dims[1];
}

static void set_augment_numbers(const op_case *c, gm_any_args *args)
{
    args->augment.height = c->dims[1];
}

static void narrow_augment(op_case *c)
{
    if (c->variant->data == DATA_IDENTITY)
        op_expect_exact(&c->tensors[c->n_tensors - 1]);
}

const op_descriptor op_elastic_noise = {
    .op = &gm_op_elastic_noise,
    .n_dims = 3,
    .max_product = 10000,
    .variants = variants + DATA_ELASTIC,
    .n_variants = 2,
    .prepare = prepare_noise,
    .set_numbers = set_noise_numbers,
};

const op_descriptor op_augment = {
    .op = &gm_op_augment,
    .n_dims = 3,
    .max_product = 10000,
    .variants = variants,
    .n_variants = sizeof variants / sizeof variants[0],
    .prepare = prepare_augment,
    .set_numbers = set_augment_numbers,
    .narrow_bounds = narrow_augment,
};
