/* SPDX-License-Identifier: MIT
 * Splitting a data set at random, for validation on rows that training never sees. */
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/rng.h"
#include "data/dataset.h"

/* Copies the rows whose mark in is_held_out (rows) equals `wanted`, in their order. */
static gemlet_status copy_marked(gemlet_dataset **out, const gemlet_dataset *source,
                                 const unsigned char *is_held_out, unsigned char wanted,
                                 gemlet_dim n_rows)
{
    const size_t row_size = source->features * gm_dataset_element_size(source->element);
    unsigned char *values = NULL;
    uint32_t *labels = NULL;
    gemlet_status status = GM_ALLOC(values, n_rows * row_size, "split of a data set");
    if (status == GEMLET_OK && source->labels != NULL)
        status = GM_ALLOC(labels, n_rows, "labels of a split");
    if (status != GEMLET_OK) {
        free(values);
        return status;
    }
    const unsigned char *from = source->values;
    size_t n_copied = 0;
    for (gemlet_dim row = 0; row < source->rows; ++row) {
        if (is_held_out[row] != wanted)
            continue;
        memcpy(values + n_copied * row_size, from + row * row_size, row_size);
        if (labels != NULL)
            labels[n_copied] = source->labels[row];
        ++n_copied;
    }
    GEMLET_TRY(gm_dataset_adopt(out, n_rows, source->features, source->element, values, labels));
    /* A class whose rows all fell into the other part still exists. */
    (*out)->classes = source->classes;
    return gemlet_dataset_set_item_dims(*out, source->item_dims, source->n_item_dims);
}

gemlet_status gemlet_dataset_hold_out(gemlet_dataset **rest, gemlet_dataset **held_out,
                                      const gemlet_dataset *dataset, gemlet_dim n_rows,
                                      uint64_t seed)
{
    *rest = NULL;
    *held_out = NULL;
    if (n_rows == 0 || n_rows >= dataset->rows)
        return gm_error(GEMLET_E_RANGE, "hold out: found %u rows, expected 1 to %u of %u", n_rows,
                        dataset->rows - 1, dataset->rows);

    gemlet_status status = GEMLET_OK;
    uint32_t *order = NULL;
    unsigned char *is_held_out = NULL;
    GEMLET_TRY_CLEANUP(status, GM_ALLOC(order, dataset->rows, "order of the rows"));
    GEMLET_TRY_CLEANUP(status, GM_ALLOC(is_held_out, dataset->rows, "marks of the rows"));
    gm_rng rng;
    gm_rng_init(&rng, seed, GM_RNG_SPLIT, 0);
    gm_rng_permutation(&rng, order, dataset->rows);
    for (gemlet_dim i = 0; i < n_rows; ++i)
        is_held_out[order[i]] = 1;
    GEMLET_TRY_CLEANUP(status, copy_marked(rest, dataset, is_held_out, 0, dataset->rows - n_rows));
    GEMLET_TRY_CLEANUP(status, copy_marked(held_out, dataset, is_held_out, 1, n_rows));

cleanup:
    free(is_held_out);
    free(order);
    if (status != GEMLET_OK) {
        gemlet_dataset_destroy(*rest);
        *rest = NULL;
    }
    return status;
}
