/* SPDX-License-Identifier: MIT
 * What descriptors are written with: tensors, their data, views. */
#include "support/op_case.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "verify/bounds_elementwise.h"

static double *allocate_values(size_t n)
{
    double *values = calloc(n, sizeof *values);
    if (values == NULL)
        abort();
    return values;
}

op_tensor *op_add(op_case *c, gemlet_dim rows, gemlet_dim cols)
{
    if (c->n_tensors == c->op->op->n_operands)
        abort();
    static const op_role roles[] = {[GM_ROLE_INPUT] = OP_INPUT,
                                    [GM_ROLE_SOURCE] = OP_INPUT,
                                    [GM_ROLE_OUTPUT] = OP_OUTPUT,
                                    [GM_ROLE_UPDATED] = OP_UPDATED};
    const gm_operand *operand = &c->op->op->operands[c->n_tensors];
    op_tensor *t = &c->tensors[c->n_tensors++];
    *t = (op_tensor){.name = operand->name,
                     .role = roles[operand->role],
                     .element = operand->element,
                     .rows = rows,
                     .cols = cols,
                     .alias = -1};
    const size_t n = op_size(t);
    if (t->role != OP_OUTPUT)
        t->initial = allocate_values(n);
    if (t->role != OP_INPUT) {
        t->ref = allocate_values(n);
        t->got = allocate_values(n);
        t->bound = allocate_values(n);
    }
    return t;
}

op_tensor *op_add_record(op_case *c)
{
    op_tensor *record = op_add(c, 1, GM_RECORD_SIZE);
    for (unsigned i = 0; i < GM_RECORD_SIZE; ++i)
        record->initial[i] = (double)NAN;
    return record;
}

op_tensor *op_add_dropout_record(op_case *c)
{
    op_tensor *record = op_add_record(c);
    record->initial[GM_RECORD_INPUT_DROPOUT] = 0.25;
    record->initial[GM_RECORD_INPUT_DROPOUT_SCALE] = op_round(1 / 0.75);
    record->initial[GM_RECORD_HIDDEN_DROPOUT] = 26214 / 65536.0;
    record->initial[GM_RECORD_HIDDEN_DROPOUT_SCALE] = op_round(1 / (1 - 26214 / 65536.0));
    for (unsigned i = 0; i < 4; ++i)
        record->initial[GM_RECORD_KEY + i] = gm_rng_below(&c->rng, 65536);
    return record;
}

op_tensor *op_add_none(op_case *c)
{
    op_tensor *t = op_add(c, 1, 1);
    t->is_none = 1;
    t->role = OP_INPUT; /* of which nothing is expected */
    return t;
}

size_t op_size(const op_tensor *t)
{
    return (size_t)t->rows * t->cols;
}

double op_round(double value)
{
    return (double)(float)value;
}

void op_fill_normal(op_case *c, op_tensor *t, double mean, double std)
{
    for (size_t i = 0; i < op_size(t); ++i)
        t->initial[i] = op_round(mean + std * gm_rng_normal(&c->rng));
}

void op_fill_alternating(op_case *c, op_tensor *t, double std)
{
    op_fill_normal(c, t, 0, std);
    for (size_t i = 0; i < op_size(t); ++i)
        t->initial[i] = i % 2 == 0 ? fabs(t->initial[i]) : -fabs(t->initial[i]);
}

void op_fill_uniform(op_case *c, op_tensor *t, double low, double high)
{
    for (size_t i = 0; i < op_size(t); ++i)
        t->initial[i] = op_round(low + (high - low) * gm_rng_uniform(&c->rng));
}

void op_fill_integers(op_case *c, op_tensor *t, int low, int high)
{
    for (size_t i = 0; i < op_size(t); ++i)
        t->initial[i] = (double)low + (double)gm_rng_below(&c->rng, (uint32_t)(high - low + 1));
}

void op_fill_powers(op_case *c, op_tensor *t, int low, int high)
{
    for (size_t i = 0; i < op_size(t); ++i) {
        const int exponent = low + (int)gm_rng_below(&c->rng, (uint32_t)(high - low + 1));
        t->initial[i] = ldexp(gm_rng_below(&c->rng, 2) == 0 ? 1.0 : -1.0, exponent);
    }
}

void op_fill_below(op_case *c, op_tensor *t, uint32_t bound)
{
    for (size_t i = 0; i < op_size(t); ++i)
        t->initial[i] = (double)gm_rng_below(&c->rng, bound);
}

void op_expect_exact(op_tensor *t)
{
    gm_bounds_rounded(t->bound, t->ref, op_size(t));
}

static gm_matrix view_of(const op_case *c, op_side side, const op_tensor *t)
{
    if (t->is_none)
        return (gm_matrix){0};
    if (side == OP_REFERENCE)
        return (gm_matrix){t->buffers[side], 0, t->cols, t->rows, t->cols};
    const op_tensor *place = t->alias >= 0 ? &c->tensors[t->alias] : t;
    return (gm_matrix){place->buffers[side], place->offset, place->ld, t->rows, t->cols};
}

void op_fill_args(const op_case *c, op_side side, gm_any_args *args)
{
    const gm_op *op = c->op->op;
    memset(args, 0, sizeof *args);
    for (unsigned i = 0; i < op->n_operands; ++i) {
        char *at = (char *)args + op->operands[i].position;
        const gm_matrix m = view_of(c, side, &c->tensors[i]);
        const gm_vector v = {m.buffer, m.offset, m.cols};
        if (op->operands[i].is_vector)
            memcpy(at, &v, sizeof v);
        else
            memcpy(at, &m, sizeof m);
    }
    if (op->activation != GM_OP_NONE)
        memcpy((char *)args + op->activation, &c->variant->activation, sizeof(gemlet_activation));
    if (c->op->set_numbers != NULL)
        c->op->set_numbers(c, args);
}

double op_activate(gemlet_activation activation, double z)
{
    switch (activation) {
    case GEMLET_ACTIVATION_RELU:
        return z < 0 ? 0 : z;
    case GEMLET_ACTIVATION_SIGMOID:
        return 1 / (1 + exp(-z));
    case GEMLET_ACTIVATION_TANH:
        return tanh(z);
    default: /* of a separate one the input is kept */
        return z;
    }
}
