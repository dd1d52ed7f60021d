/* SPDX-License-Identifier: MIT
 * Round trips of data sets, for the targets of both file formats. */
#ifndef GM_TESTS_FUZZ_FUZZ_DATASET_H
#define GM_TESTS_FUZZ_FUZZ_DATASET_H

#include "gemlet/dataset.h"

/* Each ends the program unless the data set, written in the format and read again, is the same.
 * CSV knows neither item dimensions nor element types: its values are compared as numbers. */
void fuzz_round_trip_idx(const gemlet_dataset *dataset);
void fuzz_round_trip_csv(const gemlet_dataset *dataset);

#endif
