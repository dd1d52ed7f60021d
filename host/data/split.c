/* SPDX-License-Identifier: MIT
 * Splitting a data set at random, for validation on rows that training never sees. */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "core/memory.h"
#include "core/rng.h"
#include "data/dataset.h"

/* ---- the rows of a part --------------------------------------------------------------------- */

static gemlet_status copy_labels(uint32_t **labels, const gemlet_dataset *source,
                                 const unsigned char *is_held_out, unsigned char wanted,
                                 gemlet_dim n_rows)
{
    gemlet_dim n_copied = 0;
    *labels = NULL;
    if (source->labels == NULL)
        return GEMLET_OK;
    GEMLET_TRY(GM_ALLOC(*labels, n_rows, "labels of a split"));
    for (gemlet_dim row = 0; row < source->rows; ++row) {
        if (is_held_out[row] == wanted)
            (*labels)[n_copied++] = source->labels[row];
    }
    return GEMLET_OK;
}

static gemlet_status add_to_crc32(const void *values, gemlet_dim first, gemlet_dim n, void *user)
{
    gemlet_dataset *part = user;
    (void)first;
    part->values_crc32 = (uint32_t)crc32_z(part->values_crc32, values, n * gm_rows_size(part));
    return GEMLET_OK;
}

/* The same rows of the same file. */
static gemlet_status share_marked(gemlet_dataset **out, const gemlet_dataset *source,
                                  const unsigned char *is_held_out, unsigned char wanted,
                                  gemlet_dim n_rows, uint32_t *labels)
{
    uint32_t *part;
    gemlet_dim n_found = 0;
    const gemlet_status status = GM_ALLOC(part, n_rows, "numbers of rows");
    if (status != GEMLET_OK) {
        free(labels);
        return status;
    }
    for (gemlet_dim row = 0; row < source->rows; ++row) {
        if (is_held_out[row] == wanted)
            part[n_found++] = source->part != NULL ? source->part[row] : row;
    }
    GEMLET_TRY(gm_dataset_adopt_stored(out, n_rows, source->features, source->element,
                                       gm_stored_rows_share(source->stored), part, labels));
    return gm_rows_visit(*out, 0, n_rows, add_to_crc32, *out);
}

/* Copies of them. */
static gemlet_status copy_marked(gemlet_dataset **out, const gemlet_dataset *source,
                                 const unsigned char *is_held_out, unsigned char wanted,
                                 gemlet_dim n_rows, uint32_t *labels)
{
    const size_t row_size = gm_rows_size(source);
    unsigned char *values = NULL;
    const gemlet_status status = GM_ALLOC(values, n_rows * row_size, "split of a data set");
    if (status != GEMLET_OK) {
        free(labels);
        return status;
    }
    const unsigned char *from = source->values;
    size_t n_copied = 0;
    for (gemlet_dim row = 0; row < source->rows; ++row) {
        if (is_held_out[row] != wanted)
            continue;
        memcpy(values + n_copied * row_size, from + row * row_size, row_size);
        ++n_copied;
    }
    return gm_dataset_adopt(out, n_rows, source->features, source->element, values, labels);
}

static gemlet_status copy_weights(gemlet_dataset *to, const gemlet_dataset *source,
                                  const unsigned char *is_held_out, unsigned char wanted)
{
    gemlet_dim n_copied = 0;
    GEMLET_TRY(GM_ALLOC(to->weights, to->rows, "weights of the rows"));
    for (gemlet_dim row = 0; row < source->rows; ++row) {
        if (is_held_out[row] == wanted)
            to->weights[n_copied++] = source->weights[row];
    }
    return GEMLET_OK;
}

/* A data set of the rows whose mark in is_held_out (rows) equals `wanted`, in their order. */
static gemlet_status take_marked(gemlet_dataset **out, const gemlet_dataset *source,
                                 const unsigned char *is_held_out, unsigned char wanted,
                                 gemlet_dim n_rows)
{
    uint32_t *labels;
    GEMLET_TRY(copy_labels(&labels, source, is_held_out, wanted, n_rows));
    GEMLET_TRY(source->stored != NULL
                   ? share_marked(out, source, is_held_out, wanted, n_rows, labels)
                   : copy_marked(out, source, is_held_out, wanted, n_rows, labels));
    if (source->encoding != NULL)
        gm_dataset_set_encoding(*out, gm_encoding_share(source->encoding));
    /* A class whose rows all fell into the other part still exists. */
    (*out)->classes = source->classes;
    (*out)->has_targets = source->has_targets;
    if (source->weights != NULL)
        GEMLET_TRY(copy_weights(*out, source, is_held_out, wanted));
    return gemlet_dataset_set_item_dims(*out, source->item_dims, source->n_item_dims);
}

gemlet_status gm_dataset_copy(gemlet_dataset **out, const gemlet_dataset *dataset)
{
    unsigned char *none;
    *out = NULL;
    GEMLET_TRY(GM_ALLOC(none, dataset->rows, "rows of a data set"));
    const gemlet_status status = take_marked(out, dataset, none, 0, dataset->rows);
    free(none);
    if (status != GEMLET_OK) {
        gemlet_dataset_destroy(*out);
        *out = NULL;
    }
    return status;
}

/* ---- how many rows of each class ------------------------------------------------------------ */

/* What a class is due beyond whole rows. */
typedef struct claim {
    uint64_t remainder;
    gemlet_dim class_;
} claim;

/* Largest first; of equal ones the lowest class. */
static int compare_claims(const void *a, const void *b)
{
    const claim *x = a;
    const claim *y = b;
    if (x->remainder != y->remainder)
        return x->remainder < y->remainder ? 1 : -1;
    return x->class_ < y->class_ ? -1 : 1;
}

/* quotas (classes) out: n_rows rows divided as the classes are, by largest remainders. A class
 * keeps a row outside as long as others have one to give. */
static gemlet_status divide(gemlet_dim *quotas, const gemlet_dataset *dataset, gemlet_dim n_rows)
{
    gemlet_dim *counts = NULL;
    claim *claims = NULL;
    gemlet_dim n_left = n_rows;
    gemlet_status status = GEMLET_OK;
    GEMLET_TRY_CLEANUP(status, GM_ALLOC(counts, dataset->classes, "rows of the classes"));
    GEMLET_TRY_CLEANUP(status, GM_ALLOC(claims, dataset->classes, "rows of the classes"));
    for (gemlet_dim row = 0; row < dataset->rows; ++row)
        ++counts[dataset->labels[row]];
    for (gemlet_dim c = 0; c < dataset->classes; ++c) {
        const uint64_t share = (uint64_t)n_rows * counts[c];
        quotas[c] = (gemlet_dim)(share / dataset->rows);
        claims[c] = (claim){share % dataset->rows, c};
        n_left -= quotas[c];
    }
    qsort(claims, dataset->classes, sizeof *claims, compare_claims);
    for (gemlet_dim spare = 1; n_left > 0; spare = 0) {
        for (gemlet_dim i = 0; i < dataset->classes && n_left > 0; ++i) {
            const gemlet_dim c = claims[i].class_;
            const int is_given = counts[c] - quotas[c] > spare;
            quotas[c] += (gemlet_dim)is_given;
            n_left -= (gemlet_dim)is_given;
        }
    }
cleanup:
    free(claims);
    free(counts);
    return status;
}

/* ---- the split ------------------------------------------------------------------------------ */

/* is_held_out (rows) out: marks n_rows rows, the first in a random order, of each class at most its
 * quota. quotas NULL: whatever their classes. */
static gemlet_status mark(unsigned char *is_held_out, const gemlet_dataset *dataset,
                          gemlet_dim n_rows, gemlet_dim *quotas, uint64_t seed)
{
    uint32_t *order;
    GEMLET_TRY(GM_ALLOC(order, dataset->rows, "order of the rows"));
    gm_rng rng;
    gm_rng_init(&rng, seed, GM_RNG_SPLIT, 0);
    gm_rng_permutation(&rng, order, dataset->rows);
    for (gemlet_dim i = 0; n_rows > 0; ++i) {
        gemlet_dim *quota = quotas != NULL ? &quotas[dataset->labels[order[i]]] : NULL;
        if (quota != NULL && *quota == 0)
            continue;
        if (quota != NULL)
            --*quota;
        is_held_out[order[i]] = 1;
        --n_rows;
    }
    free(order);
    return GEMLET_OK;
}

static gemlet_status split(gemlet_dataset **rest, gemlet_dataset **held_out,
                           const gemlet_dataset *dataset, gemlet_dim n_rows, uint64_t seed,
                           int by_class)
{
    *rest = NULL;
    *held_out = NULL;
    if (n_rows == 0 || n_rows >= dataset->rows)
        return gm_error(GEMLET_E_RANGE, "hold out: found %u rows, expected 1 to %u of %u", n_rows,
                        dataset->rows - 1, dataset->rows);

    gemlet_status status = GEMLET_OK;
    gemlet_dim *quotas = NULL;
    unsigned char *is_held_out = NULL;
    GEMLET_TRY_CLEANUP(status, GM_ALLOC(is_held_out, dataset->rows, "marks of the rows"));
    if (by_class) {
        GEMLET_TRY_CLEANUP(status, GM_ALLOC(quotas, dataset->classes, "rows of the classes"));
        GEMLET_TRY_CLEANUP(status, divide(quotas, dataset, n_rows));
    }
    GEMLET_TRY_CLEANUP(status, mark(is_held_out, dataset, n_rows, quotas, seed));
    GEMLET_TRY_CLEANUP(status, take_marked(rest, dataset, is_held_out, 0, dataset->rows - n_rows));
    GEMLET_TRY_CLEANUP(status, take_marked(held_out, dataset, is_held_out, 1, n_rows));

cleanup:
    free(is_held_out);
    free(quotas);
    if (status != GEMLET_OK) {
        gemlet_dataset_destroy(*rest);
        gemlet_dataset_destroy(*held_out);
        *rest = *held_out = NULL;
    }
    return status;
}

gemlet_status gemlet_dataset_hold_out(gemlet_dataset **rest, gemlet_dataset **held_out,
                                      const gemlet_dataset *dataset, gemlet_dim n_rows,
                                      uint64_t seed)
{
    return split(rest, held_out, dataset, n_rows, seed, 0);
}

gemlet_status gemlet_dataset_hold_out_stratified(gemlet_dataset **rest, gemlet_dataset **held_out,
                                                 const gemlet_dataset *dataset, gemlet_dim n_rows,
                                                 uint64_t seed)
{
    return split(rest, held_out, dataset, n_rows, seed, gemlet_dataset_labels(dataset) != NULL);
}

/* ---- folds ---------------------------------------------------------------------------------- */

/* next (classes) out: where in the sequence of all rows, class after class, those of each begin. */
static void find_first(gemlet_dim *next, const gemlet_dataset *dataset)
{
    gemlet_dim n = 0;
    for (gemlet_dim row = 0; row < dataset->rows; ++row)
        ++next[dataset->labels[row]];
    for (gemlet_dim c = 0; c < dataset->classes; ++c) {
        const gemlet_dim n_of_class = next[c];
        next[c] = n;
        n += n_of_class;
    }
}

/* is_held_out (rows) out: marks fold `place`; returns its number of rows. Rows are dealt to the
 * folds in a random order, class after class. next (classes) in; NULL: without labels. */
static gemlet_dim deal(unsigned char *is_held_out, const gemlet_dataset *dataset,
                       const uint32_t *order, gemlet_dim *next, gemlet_dim n_folds,
                       gemlet_dim place)
{
    gemlet_dim n_held_out = 0;
    for (gemlet_dim i = 0; i < dataset->rows; ++i) {
        const gemlet_dim turn = next != NULL ? next[dataset->labels[order[i]]]++ : i;
        is_held_out[order[i]] = turn % n_folds == place;
        n_held_out += is_held_out[order[i]];
    }
    return n_held_out;
}

static gemlet_status mark_fold(unsigned char *is_held_out, gemlet_dim *n,
                               const gemlet_dataset *dataset, gemlet_dim n_folds, gemlet_dim place,
                               uint64_t seed)
{
    gm_rng rng;
    uint32_t *order = NULL;
    gemlet_dim *next = NULL;
    gemlet_status status = GEMLET_OK;
    GEMLET_TRY_CLEANUP(status, GM_ALLOC(order, dataset->rows, "order of the rows"));
    if (dataset->labels != NULL && dataset->classes > 0) {
        GEMLET_TRY_CLEANUP(status, GM_ALLOC(next, dataset->classes, "rows of the classes"));
        find_first(next, dataset);
    }
    gm_rng_init(&rng, seed, GM_RNG_FOLDS, 0);
    gm_rng_permutation(&rng, order, dataset->rows);
    *n = deal(is_held_out, dataset, order, next, n_folds, place);
cleanup:
    free(next);
    free(order);
    return status;
}

static gemlet_status list_marked(gemlet_dim **numbers, const unsigned char *is_held_out,
                                 gemlet_dim rows, gemlet_dim n)
{
    gemlet_dim n_listed = 0;
    GEMLET_TRY(GM_ALLOC(*numbers, n, "rows of a fold"));
    for (gemlet_dim row = 0; row < rows; ++row) {
        if (is_held_out[row])
            (*numbers)[n_listed++] = row;
    }
    return GEMLET_OK;
}

gemlet_status gemlet_dataset_take_fold(gemlet_dataset **rest, gemlet_dataset **held_out,
                                       gemlet_dim **numbers, const gemlet_dataset *dataset,
                                       gemlet_dim n_folds, gemlet_dim place, uint64_t seed)
{
    unsigned char *is_held_out = NULL;
    gemlet_dim n;
    gemlet_status status = GEMLET_OK;
    *rest = NULL;
    *held_out = NULL;
    if (numbers != NULL)
        *numbers = NULL;
    if (n_folds < 2 || n_folds > dataset->rows || place >= n_folds)
        return gm_error(
            GEMLET_E_RANGE,
            "folds: found fold %u of %u for %u rows, expected 2 folds or more, not more "
            "than rows, and one of them",
            place + 1, n_folds, dataset->rows);
    GEMLET_TRY_CLEANUP(status, GM_ALLOC(is_held_out, dataset->rows, "marks of the rows"));
    GEMLET_TRY_CLEANUP(status, mark_fold(is_held_out, &n, dataset, n_folds, place, seed));
    GEMLET_TRY_CLEANUP(status, take_marked(rest, dataset, is_held_out, 0, dataset->rows - n));
    GEMLET_TRY_CLEANUP(status, take_marked(held_out, dataset, is_held_out, 1, n));
    if (numbers != NULL)
        GEMLET_TRY_CLEANUP(status, list_marked(numbers, is_held_out, dataset->rows, n));
cleanup:
    free(is_held_out);
    if (status != GEMLET_OK) {
        gemlet_dataset_destroy(*rest);
        gemlet_dataset_destroy(*held_out);
        *rest = *held_out = NULL;
    }
    return status;
}
