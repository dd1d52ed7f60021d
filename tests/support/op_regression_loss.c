/* SPDX-License-Identifier: MIT
 * Descriptor of regression_loss. Shape: two numbers whose product is B, the rows. */
#include <math.h>
#include <string.h>

#include "support/op_case.h"

enum {
    DATA_RANDOM,   /* normal */
    DATA_INTEGERS, /* exact sums and differences */
    DATA_CLOSE,    /* outputs within a hundredth of targets around 1000 */
    DATA_NAN       /* a NaN in every third output */
};

#define FLAG_ALIAS    1u /* the gradients take the place of the outputs */
#define FLAG_ABSOLUTE 2u /* with a record, as the following; else the squared error without one */
#define FLAG_HUBER    4u
#define FLAG_SQUARED  8u
#define FLAG_WEIGHTED 16u
#define FLAG_MIXED    32u /* of one of the first three */

static const op_variant variants[] = {
    {"random", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, 0},
    {"random-in-place", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, FLAG_ALIAS},
    {"integers", DATA_INTEGERS, GEMLET_ACTIVATION_IDENTITY, 0},
    {"close", DATA_CLOSE, GEMLET_ACTIVATION_IDENTITY, 0},
    {"nan", DATA_NAN, GEMLET_ACTIVATION_IDENTITY, 0},
    {"record", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, FLAG_SQUARED},
    {"absolute", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, FLAG_ABSOLUTE},
    {"absolute-in-place", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, FLAG_ABSOLUTE | FLAG_ALIAS},
    {"absolute-integers", DATA_INTEGERS, GEMLET_ACTIVATION_IDENTITY, FLAG_ABSOLUTE},
    {"absolute-nan", DATA_NAN, GEMLET_ACTIVATION_IDENTITY, FLAG_ABSOLUTE},
    {"huber", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, FLAG_HUBER},
    {"huber-integers", DATA_INTEGERS, GEMLET_ACTIVATION_IDENTITY, FLAG_HUBER},
    {"huber-close", DATA_CLOSE, GEMLET_ACTIVATION_IDENTITY, FLAG_HUBER},
    {"weighted", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, FLAG_WEIGHTED},
    {"weighted-in-place", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, FLAG_WEIGHTED | FLAG_ALIAS},
    {"weighted-huber", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, FLAG_WEIGHTED | FLAG_HUBER},
    {"mixed", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, FLAG_SQUARED | FLAG_MIXED},
    {"mixed-in-place", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY,
     FLAG_SQUARED | FLAG_MIXED | FLAG_ALIAS},
    {"mixed-absolute", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, FLAG_ABSOLUTE | FLAG_MIXED},
    {"mixed-huber", DATA_RANDOM, GEMLET_ACTIVATION_IDENTITY, FLAG_HUBER | FLAG_MIXED},
    {"mixed-close", DATA_CLOSE, GEMLET_ACTIVATION_IDENTITY, FLAG_SQUARED | FLAG_MIXED},
    {"huber-nan", DATA_NAN, GEMLET_ACTIVATION_IDENTITY, FLAG_HUBER},
};

/* Some errors are within Huber's delta, others beyond, integers on it. */
static void add_record(op_case *c)
{
    if ((c->variant->flags & (FLAG_ABSOLUTE | FLAG_HUBER | FLAG_SQUARED)) == 0) {
        op_add_none(c);
        return;
    }
    op_tensor *record = op_add(c, 1, GM_RECORD_SIZE);
    op_fill_normal(c, record, 0, 1); /* what does not belong to the head must not count */
    record->initial[GM_RECORD_REGRESSION_LOSS] = GEMLET_REGRESSION_LOSS_SQUARED;
    record->initial[GM_RECORD_MIXED_PART] =
        (c->variant->flags & FLAG_MIXED) != 0 ? op_round(0.3) : 0;
    if ((c->variant->flags & FLAG_ABSOLUTE) != 0)
        record->initial[GM_RECORD_REGRESSION_LOSS] = GEMLET_REGRESSION_LOSS_ABSOLUTE;
    if ((c->variant->flags & FLAG_HUBER) != 0)
        record->initial[GM_RECORD_REGRESSION_LOSS] = GEMLET_REGRESSION_LOSS_HUBER;
    record->initial[GM_RECORD_HUBER_DELTA] = c->variant->data == DATA_CLOSE      ? op_round(0.01)
                                             : c->variant->data == DATA_INTEGERS ? 2
                                                                                 : 1;
}

/* Makes elements of U32 of floats. */
static void take_bits(op_tensor *t)
{
    for (size_t i = 0; i < op_size(t); ++i) {
        const float value = (float)t->initial[i];
        uint32_t bits;
        memcpy(&bits, &value, sizeof bits);
        t->initial[i] = (double)bits;
    }
}

static int prepare(op_case *c)
{
    const int data = c->variant->data;
    const gemlet_dim n_rows = c->dims[0] * c->dims[1];
    op_tensor *outputs = op_add(c, n_rows, 1);
    op_tensor *targets = op_add(c, 1, n_rows);
    if (data == DATA_INTEGERS) {
        op_fill_integers(c, outputs, -8, 8);
        op_fill_integers(c, targets, -8, 8);
    } else {
        op_fill_normal(c, outputs, data == DATA_CLOSE ? 1000 : 0, 1);
        op_fill_normal(c, targets, 0, data == DATA_CLOSE ? 0.01 : 1);
    }
    for (size_t i = 0; i < op_size(outputs); ++i) {
        if (data == DATA_CLOSE)
            targets->initial[i] = op_round(outputs->initial[i] + targets->initial[i]);
        if (data == DATA_NAN && i % 3 == 0)
            outputs->initial[i] = (double)NAN;
    }
    take_bits(targets);
    if ((c->variant->flags & FLAG_WEIGHTED) != 0)
        op_fill_uniform(c, op_add(c, 1, n_rows), 0.1, 3);
    else
        op_add_none(c);
    add_record(c);
    op_tensor *gradients = op_add(c, n_rows, 1);
    op_tensor *loss = op_add(c, 1, 1);
    gradients->nan_allowed = loss->nan_allowed = data == DATA_NAN;
    /* Of few rows all may be equal, and beyond Huber's delta they are but for their sign. */
    gradients->may_be_plain = data == DATA_INTEGERS || (c->variant->flags & ~FLAG_ALIAS) != 0;
    loss->may_be_plain = data == DATA_INTEGERS;
    if ((c->variant->flags & FLAG_ALIAS) != 0)
        gradients->alias = 0;
    return 1;
}

const op_descriptor op_regression_loss = {
    .op = &gm_op_regression_loss,
    .n_dims = 2,
    .max_product = 66000,
    .variants = variants,
    .n_variants = sizeof variants / sizeof variants[0],
    .prepare = prepare,
};
