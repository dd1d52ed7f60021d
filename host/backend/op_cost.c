/* SPDX-License-Identifier: MIT
 * See op_cost.h. Shapes as in backend.h. */
#include "backend/op_cost.h"

#define WORD 4u /* bytes of a float, a label or a row number */

static uint64_t count(const gm_matrix *matrix)
{
    return (uint64_t)matrix->rows * matrix->cols;
}

/* Traffic without products. */
static gm_op_cost move(uint64_t n_words)
{
    return (gm_op_cost){0, WORD * n_words};
}

gm_op_cost gm_op_cost_product(uint64_t m, uint64_t k, uint64_t n)
{
    return (gm_op_cost){2 * m * k * n, WORD * (m * k + k * n + m * n)};
}

gm_op_cost gm_op_cost_add(gm_op_cost a, gm_op_cost b)
{
    return (gm_op_cost){a.n_flops + b.n_flops, a.n_bytes + b.n_bytes};
}

gm_op_cost gm_op_cost_gather_batch(const gm_gather_batch_args *args)
{
    const uint64_t n_values = count(&args->x);
    const uint64_t n_rows = args->x.rows;
    const int is_bytes = args->features.buffer->element == GM_U8;
    const int has_labels = args->labels.buffer != NULL;
    gm_op_cost cost = move(n_values + n_rows + (has_labels ? 2 * n_rows : 0));
    cost.n_bytes += is_bytes ? n_values : WORD * n_values;
    return cost;
}

gm_op_cost gm_op_cost_dense_fwd(const gm_dense_fwd_args *args)
{
    const gm_op_cost product = gm_op_cost_product(args->x.rows, args->x.cols, args->y.cols);
    return gm_op_cost_add(product, move(args->bias.length));
}

gm_op_cost gm_op_cost_dense_bwd_w(const gm_dense_bwd_w_args *args)
{
    const gm_op_cost product = gm_op_cost_product(args->dw.rows, args->x.rows, args->dw.cols);
    return gm_op_cost_add(product, move(args->dbias.length));
}

gm_op_cost gm_op_cost_dense_bwd_x(const gm_dense_bwd_x_args *args)
{
    return gm_op_cost_product(args->dz.rows, args->dz.cols, args->dx.cols);
}

gm_op_cost gm_op_cost_act_bwd(const gm_act_bwd_args *args)
{
    return move(3 * count(&args->y));
}

/* gamma, beta and both running statistics in, all four statistics out; z is read twice for its
 * mean and variance and once more, but by then it is in a cache: counted once. */
gm_op_cost gm_op_cost_bn_act_fwd_train(const gm_bn_act_fwd_train_args *args)
{
    return move(2 * count(&args->z) + 8 * (uint64_t)args->z.cols);
}

gm_op_cost gm_op_cost_bn_act_fwd_test(const gm_bn_act_fwd_test_args *args)
{
    return move(2 * count(&args->z) + 4 * (uint64_t)args->z.cols);
}

gm_op_cost gm_op_cost_bn_act_bwd(const gm_bn_act_bwd_args *args)
{
    return move(4 * count(&args->z) + 5 * (uint64_t)args->z.cols);
}

gm_op_cost gm_op_cost_softmax(const gm_softmax_args *args)
{
    return move(2 * count(&args->logits));
}

gm_op_cost gm_op_cost_softmax_xent(const gm_softmax_xent_args *args)
{
    return move(2 * count(&args->logits) + args->logits.rows + 2);
}

gm_op_cost gm_op_cost_sgd_step(const gm_sgd_step_args *args)
{
    return move(3 * (uint64_t)args->parameters.length);
}

gm_op_cost gm_op_cost_step(const gemlet_spec *spec, gemlet_dim batch, unsigned bytes_per_value)
{
    gm_op_cost cost = {0, (uint64_t)batch * spec->n_inputs * bytes_per_value};
    uint64_t inputs = spec->n_inputs;
    for (unsigned l = 0; l < spec->n_layers; ++l) {
        const uint64_t width = spec->layers[l].width;
        const uint64_t n_products = l == 0 ? 2 : 3;
        const uint64_t n_vectors = spec->layers[l].batch_norm ? 2 : 1; /* gamma, beta; or bias */
        cost = gm_op_cost_add(cost, move(2 * (inputs * width + n_vectors * width)));
        cost.n_flops += n_products * gm_op_cost_product(batch, inputs, width).n_flops;
        inputs = width;
    }
    return cost;
}
