/* SPDX-License-Identifier: MIT
 * Measures an untrained network layer by layer, on a device. */
#ifndef GM_STUDY_MEASURE_H
#define GM_STUDY_MEASURE_H

#include "study/study.h"
#include "train/device_data.h"

/* Fills layers (allocated) and loss of the case with what the model makes of the first `rows` rows
 * of the order of the data, forward and backward. */
gemlet_status gm_measure_case(gm_study_case *c, const gemlet_model *model, gm_device_data *data,
                              gemlet_dim rows);

#endif
