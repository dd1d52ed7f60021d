/* SPDX-License-Identifier: MIT
 * See step_records.h. */
#include "train/step_records.h"

#include <stdlib.h>

#include "core/memory.h"
#include "core/rng.h"
#include "train/adversarial.h"
#include "train/augment.h"
#include "train/average.h"
#include "train/mixup.h"
#include "train/norms.h"
#include "train/dropout.h"
#include "train/head.h"
#include "train/rate_scale.h"
#include "train/update_rule.h"
#include "train/virtual_adversarial.h"

static size_t step_size(const gm_step_records *records)
{
    return (size_t)records->n_of_step * GM_RECORD_SIZE;
}

static size_t block_size(const gm_step_records *records)
{
    return GM_STEP_RECORDS_BLOCK * step_size(records);
}

gemlet_status gm_step_records_create(gm_step_records *records, gm_backend *backend,
                                     const gemlet_train_options *options)
{
    *records = (gm_step_records){
        .backend = backend, .options = options, .n_of_step = gm_rate_scale_count_records(options)};
    return gm_backend_alloc(backend, &records->buffer, GM_REAL, 2 * block_size(records),
                            "records of steps");
}

/* The key of what the device draws in step `step`. */
static void fill_key(float record[GM_RECORD_SIZE], const gemlet_train_options *options,
                     uint64_t step)
{
    const uint32_t seed[2] = {(uint32_t)options->seed, (uint32_t)(options->seed >> 32)};
    const uint32_t counter[4] = {(uint32_t)step, (uint32_t)(step >> 32), 0, GM_RNG_STEP};
    uint32_t words[4];
    gm_philox4x32(words, counter, seed);
    for (unsigned i = 0; i < 4; ++i)
        record[GM_RECORD_KEY + i] = (float)(words[i / 2] >> 16 * (i % 2) & 0xFFFF);
}

/* record (GM_RECORD_SIZE) in and out: zeroed before. */
static void fill_record(float record[GM_RECORD_SIZE], const gemlet_train_options *options,
                        uint64_t step)
{
    gm_update_rule_fill_record(record, options, step);
    gm_norms_fill_record(record, options);
    gm_average_fill_record(record, options, step);
    gm_head_fill_record(record, options);
    gm_dropout_fill_record(record, options);
    gm_adversarial_fill_record(record, options);
    gm_virtual_adversarial_fill_record(record, options);
    gm_mixup_fill_record(record, options, step);
    gm_augment_fill_record(record, options);
    fill_key(record, options, step);
}

/* Behind the last step of the run, where its schedule ends, the records stay. */
static gemlet_status upload_block(gm_step_records *records, uint64_t block)
{
    const gemlet_train_options *options = records->options;
    const uint64_t first = block * GM_STEP_RECORDS_BLOCK;
    const uint64_t last = options->n_steps - 1;
    float *values;
    GEMLET_TRY(GM_ALLOC(values, block_size(records), "records of steps"));
    for (size_t i = 0; i < GM_STEP_RECORDS_BLOCK; ++i) {
        const uint64_t step = first + i < last ? first + i : last;
        float *of_step = values + i * step_size(records);
        fill_record(of_step, options, step);
        gm_rate_scale_fill_records(of_step, options, step);
    }
    const gemlet_status status =
        gm_backend_upload(records->backend, records->buffer, block % 2 * block_size(records),
                          block_size(records), values);
    free(values);
    records->block = block;
    records->has_block = status == GEMLET_OK;
    return status;
}

gemlet_status gm_step_records_find(gm_vector *record, gm_step_records *records, uint64_t step)
{
    const uint64_t block = step / GM_STEP_RECORDS_BLOCK;
    if (!records->has_block || records->block != block)
        GEMLET_TRY(upload_block(records, block));
    *record = (gm_vector){records->buffer, step % (2u * GM_STEP_RECORDS_BLOCK) * step_size(records),
                          GM_RECORD_SIZE};
    return GEMLET_OK;
}

void gm_step_records_free(gm_step_records *records)
{
    gm_backend_free(records->backend, records->buffer);
    *records = (gm_step_records){0};
}
