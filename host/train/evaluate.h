/* SPDX-License-Identifier: MIT
 * How gemlet_evaluate() and gemlet_predict() cut a data set. */
#ifndef GM_TRAIN_EVALUATE_H
#define GM_TRAIN_EVALUATE_H

/* Rows per forward pass; the last pass may have fewer. Large enough to fill a device, small enough
 * for the activations of wide networks. */
#define GM_EVALUATION_BATCH 512u

#endif
