/* SPDX-License-Identifier: MIT
 * dropout on the CPU. */
#include "backend/cpu/cpu_real.h"
#include "core/rng.h"

/* Rows of a column that one drawing is for. */
#define BLOCK_ROWS 8u

/* What one layer takes from the record of a step. */
typedef struct numbers {
    uint32_t threshold; /* smaller numbers of 16 bits are dropped */
    real scale;
    uint32_t key[2];
} numbers;

static numbers load_numbers(const real *record, unsigned layer)
{
    const unsigned rate = layer == 0 ? GM_RECORD_INPUT_DROPOUT : GM_RECORD_HIDDEN_DROPOUT;
    const real *key = record + GM_RECORD_KEY;
    return (numbers){
        .threshold = (uint32_t)(record[rate] * 65536),
        .scale = record[rate + 1],
        .key = {(uint32_t)key[0] | (uint32_t)key[1] << 16,
                (uint32_t)key[2] | (uint32_t)key[3] << 16},
    };
}

/* Columns of up to BLOCK_ROWS rows from `first` on. */
static void drop_block(gm_matrix x, unsigned layer, gm_matrix y, const numbers *n, size_t first)
{
    for (size_t col = 0; col < y.cols; ++col) {
        const uint32_t counter[4] = {(uint32_t)col, (uint32_t)(first / BLOCK_ROWS), layer, 0};
        uint32_t words[4];
        gm_philox4x32(words, counter, n->key);
        for (size_t i = 0; i < BLOCK_ROWS && first + i < y.rows; ++i) {
            const uint32_t number = words[i / 2] >> 16 * (i % 2) & 0xFFFF;
            const real mask = number < n->threshold ? 0 : n->scale;
            gm_cpu_row(y, first + i)[col] = mask * gm_cpu_row(x, first + i)[col];
        }
    }
}

typedef struct dropping {
    gm_matrix x, y;
    numbers numbers;
    unsigned layer;
} dropping;

static void drop_rows(const void *context, size_t first, size_t end)
{
    const dropping *d = context;
    for (; first < end; first += BLOCK_ROWS)
        drop_block(d->x, d->layer, d->y, &d->numbers, first);
}

void GM_CPU(drop)(gm_backend *backend, gm_matrix x, gm_vector record, unsigned layer, gm_matrix y)
{
    const dropping d = {x, y, load_numbers(gm_cpu_vector(record), layer), layer};
    GM_CPU(for_each)(backend, y.rows, BLOCK_ROWS, 4 * y.cols, drop_rows, &d);
}

gemlet_status GM_CPU(dropout)(gm_backend *backend, const gm_dropout_args *args)
{
    GM_CPU(drop)(backend, args->x, args->record, 0, args->y);
    return GEMLET_OK;
}
