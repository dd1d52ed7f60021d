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

void GM_CPU(drop)(gm_matrix x, gm_vector record, unsigned layer, gm_matrix y)
{
    const numbers n = load_numbers(gm_cpu_vector(record), layer);
    for (size_t first = 0; first < y.rows; first += BLOCK_ROWS)
        drop_block(x, layer, y, &n, first);
}

gemlet_status GM_CPU(dropout)(gm_backend *backend, const gm_dropout_args *args)
{
    (void)backend;
    GM_CPU(drop)(args->x, args->record, 0, args->y);
    return GEMLET_OK;
}
