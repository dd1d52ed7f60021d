/* SPDX-License-Identifier: MIT
 * See op_cost.h. Shapes as in backend.h. */
#include "backend/op_cost.h"

#define WORD 4u /* bytes of a float, a label or a row number */

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
