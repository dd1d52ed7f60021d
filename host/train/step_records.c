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
#include "train/update_rule.h"

gemlet_status gm_step_records_create(gm_step_records *records, gm_backend *backend,
                                     const gemlet_train_options *options)
{
    *records = (gm_step_records){.backend = backend, .options = options};
    return gm_backend_alloc(backend, &records->buffer, GM_REAL,
                            2u * GM_STEP_RECORDS_BLOCK * GM_RECORD_SIZE, "records of steps");
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

/* Behind the last step of the run, where its schedule ends, the record stays. */
static gemlet_status upload_block(gm_step_records *records, uint64_t block)
{
    const uint64_t first = block * GM_STEP_RECORDS_BLOCK;
    const uint64_t last = records->options->n_steps - 1;
    float *values;
    GEMLET_TRY(GM_ALLOC(values, GM_STEP_RECORDS_BLOCK * GM_RECORD_SIZE, "records of steps"));
    for (size_t i = 0; i < GM_STEP_RECORDS_BLOCK; ++i) {
        const uint64_t step = first + i < last ? first + i : last;
        gm_update_rule_fill_record(values + i * GM_RECORD_SIZE, records->options, step);
        gm_norms_fill_record(values + i * GM_RECORD_SIZE, records->options);
        gm_average_fill_record(values + i * GM_RECORD_SIZE, records->options, step);
        gm_head_fill_record(values + i * GM_RECORD_SIZE, records->options);
        gm_dropout_fill_record(values + i * GM_RECORD_SIZE, records->options);
        gm_adversarial_fill_record(values + i * GM_RECORD_SIZE, records->options);
        gm_mixup_fill_record(values + i * GM_RECORD_SIZE, records->options, step);
        gm_augment_fill_record(values + i * GM_RECORD_SIZE, records->options);
        fill_key(values + i * GM_RECORD_SIZE, records->options, step);
    }
    const gemlet_status status = gm_backend_upload(
        records->backend, records->buffer, block % 2 * GM_STEP_RECORDS_BLOCK * GM_RECORD_SIZE,
        GM_STEP_RECORDS_BLOCK * GM_RECORD_SIZE, values);
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
    *record = (gm_vector){records->buffer, step % (2u * GM_STEP_RECORDS_BLOCK) * GM_RECORD_SIZE,
                          GM_RECORD_SIZE};
    return GEMLET_OK;
}

void gm_step_records_free(gm_step_records *records)
{
    gm_backend_free(records->backend, records->buffer);
    *records = (gm_step_records){0};
}
