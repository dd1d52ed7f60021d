/* SPDX-License-Identifier: MIT
 * A sheet of images as training would see them. */
#ifndef GM_RUN_AUGMENT_SHEET_H
#define GM_RUN_AUGMENT_SHEET_H

#include "gemlet/dataset.h"
#include "gemlet/device.h"
#include "gemlet/train.h"

/* Gray, from the lowest value of the items to the highest. */
typedef struct gm_augment_sheet {
    gemlet_dim rows;
    gemlet_dim cols;
    unsigned char *pixels; /* (rows, cols) */
} gm_augment_sheet;

/* A line for each of the first n_items items of a training with these options: the item, then what
 * the first n_variants steps would make of it in its place. All calculated on the device. Release
 * with gm_augment_sheet_free(), also after a failure. */
gemlet_status gm_augment_sheet_make(gm_augment_sheet *sheet, gemlet_device *device,
                                    const gemlet_dataset *dataset,
                                    const gemlet_train_options *options, gemlet_dim n_items,
                                    gemlet_dim n_variants);

void gm_augment_sheet_free(gm_augment_sheet *sheet);

#endif
