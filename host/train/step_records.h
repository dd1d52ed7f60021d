/* SPDX-License-Identifier: MIT
 * The records of steps (gm_record_item of record.h) on the device, those of many steps at a time.
 */
#ifndef GM_TRAIN_STEP_RECORDS_H
#define GM_TRAIN_STEP_RECORDS_H

#include "backend/backend.h"
#include "gemlet/train.h"

/* Steps whose records are uploaded at once. */
#define GM_STEP_RECORDS_BLOCK 1024u

/* Two blocks, used in turn: what is put off of a step may still read its record when the next
 * block is uploaded. */
typedef struct gm_step_records {
    gm_backend *backend;
    const gemlet_train_options *options;
    unsigned n_of_step; /* records of a step, one for each learning rate; see rate_scale.h */
    gm_buffer *buffer;  /* (2 GM_STEP_RECORDS_BLOCK, n_of_step, GM_RECORD_SIZE) */
    int has_block;
    uint64_t block; /* the one that was uploaded last: of step / GM_STEP_RECORDS_BLOCK */
} gm_step_records;

/* The options must outlive the records. Release with gm_step_records_free(), also after a failure.
 */
gemlet_status gm_step_records_create(gm_step_records *records, gm_backend *backend,
                                     const gemlet_train_options *options);

/* *record = the first of step `step` (from 0), behind which its others lie. They stay for the next
 * GM_STEP_RECORDS_BLOCK steps. */
gemlet_status gm_step_records_find(gm_vector *record, gm_step_records *records, uint64_t step);

/* Harmless on zeroed records. */
void gm_step_records_free(gm_step_records *records);

#endif
