/* SPDX-License-Identifier: MIT
 * The shapes operations are tested at: all pairs of the sizes around which kernels change course
 * (one, primes, vector and tile widths and their neighbours), a third dimension running through
 * them as well. */
#include "support/op_case.h"

static const gemlet_dim all_sizes[] = {1,  2,  3,  7,   16,  17,  31,  32,  33,
                                       63, 64, 65, 127, 128, 129, 257, 1000};
static const gemlet_dim small_sizes[] = {1, 3, 7, 16, 17, 33};

int op_shape(const op_descriptor *op, size_t position, int small, gemlet_dim dims[OP_MAX_DIMS])
{
    const gemlet_dim *sizes = small ? small_sizes : all_sizes;
    const size_t n =
        small ? sizeof small_sizes / sizeof small_sizes[0] : sizeof all_sizes / sizeof all_sizes[0];
    if (position >= n * n)
        return 0;
    const size_t first = position / n;
    const size_t last = position % n;
    dims[0] = sizes[first];
    dims[1] = sizes[last];
    dims[2] = 0;
    if (op->n_dims == 3) {
        /* A Latin square: every pair of values occurs in every pair of places. A product above the
         * limit is brought below it through the middle one. */
        size_t middle = (first + last) % n;
        while (middle > 0 && (size_t)dims[0] * dims[1] * sizes[middle] > op->max_product)
            --middle;
        dims[2] = dims[1];
        dims[1] = sizes[middle];
    }
    /* A pair that is too large shrinks in its first dimension. */
    while (dims[0] > 1 &&
           (size_t)dims[0] * dims[1] * (op->n_dims == 3 ? dims[2] : 1) > op->max_product)
        dims[0] = (dims[0] + 1) / 2;
    return 1;
}
