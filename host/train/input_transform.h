/* SPDX-License-Identifier: MIT
 * The input transform of a model: how rows of a data set become inputs of its network. The formulas
 * are in backend.h, at gather_batch. */
#ifndef GM_TRAIN_INPUT_TRANSFORM_H
#define GM_TRAIN_INPUT_TRANSFORM_H

#include "backend/backend.h"
#include "gemlet/model.h"

gm_input_transform gm_input_transform_of(const gemlet_model *model);

#endif
