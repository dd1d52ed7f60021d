/* SPDX-License-Identifier: MIT
 * What the loss of each row to train on counts: by a column of the table, by its class, or both. */
#ifndef GM_RUN_ROW_WEIGHTS_H
#define GM_RUN_ROW_WEIGHTS_H

#include "run/rows.h"

/* Multiplies the weights that the rows to train on have, if they have any, with those of their
 * classes, as settings->class_weight says: "balanced" gives a class with n of N rows the weight N /
 * (n x number of classes with rows), as scikit-learn does; "NAME=W,..." names some, the others have
 * 1. Then divides all by their mean, so that it is 1 and the learning rate means the same as
 * without. A note tells the weights of few classes. GEMLET_E_ARGUMENT or _RANGE for a text that
 * says none, a class that is not there, or data without classes. */
gemlet_status gm_row_weights_apply(gm_rows *rows, const gm_run_settings *settings,
                                   const gm_run_events *events);

#endif
