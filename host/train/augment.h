/* SPDX-License-Identifier: MIT
 * Augmentation as the options ask for it: the items of a batch are changed at random before a step
 * takes them. */
#ifndef GM_TRAIN_AUGMENT_H
#define GM_TRAIN_AUGMENT_H

#include "backend/backend.h"
#include "gemlet/train.h"

/* What it works with on the device; zero where nothing is augmented. */
typedef struct gm_augmenter {
    gm_backend *backend;
    size_t height;      /* of an item */
    gm_matrix plain;    /* (capacity,F) REAL: the batch as it was gathered */
    gm_matrix noise[2]; /* (capacity,N) REAL, whole vectors a line; none without elastic fields */
    gm_vector taps;     /* REAL: as of elastic_noise */
    gm_vector order;    /* (capacity) U32: 0, 1, ..., the rows of a batch that was augmented */
} gm_augmenter;

/* 1 if there is one. */
int gm_augment_is_on(const gemlet_train_options *options);

/* GEMLET_E_RANGE for an impossible one, GEMLET_E_SHAPE for items that are no images. */
gemlet_status gm_augment_check(const gemlet_train_options *options, const gemlet_dataset *dataset);

/* record = that of any step; it is zeroed before. */
void gm_augment_fill_record(float record[GM_RECORD_SIZE], const gemlet_train_options *options);

/* Takes "rotate=15,scale=0.15,shear=15,shift=2,elastic=36:6", or a part of it, from a command line;
 * NULL: none. GEMLET_E_RANGE for another text. */
gemlet_status gm_augment_parse(gemlet_train_options *options, const char *text);

#define GM_AUGMENT_TEXT_SIZE 192u

/* What items go through, with the ranges: "rotation by up to 15 degrees, ...". */
void gm_augment_describe(char text[GM_AUGMENT_TEXT_SIZE], const gemlet_train_options *options);

/* For batches of up to as many rows as `batch` has; nothing without augmentation. Release with
 * gm_augmenter_free(), also after a failure. */
gemlet_status gm_augmenter_create(gm_augmenter *augmenter, gm_backend *backend,
                                  const gemlet_train_options *options,
                                  const gemlet_dataset *dataset, const gm_matrix *batch);

/* batch = augmenter->plain, augmented; of as many rows as it has. Only enqueues. */
gemlet_status gm_augmenter_run(const gm_augmenter *augmenter, gm_vector record, gm_matrix batch);

/* Harmless on a zeroed augmenter. */
void gm_augmenter_free(gm_augmenter *augmenter);

#endif
