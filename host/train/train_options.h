/* SPDX-License-Identifier: MIT
 * Options of training as callers give them. */
#ifndef GM_TRAIN_TRAIN_OPTIONS_H
#define GM_TRAIN_TRAIN_OPTIONS_H

#include "gemlet/train.h"

/* *full = what is given, and defaults for what an older caller does not know. GEMLET_E_ARGUMENT for
 * a structure of a newer one. */
gemlet_status gm_train_options_complete(gemlet_train_options *full,
                                        const gemlet_train_options *given);

#endif
