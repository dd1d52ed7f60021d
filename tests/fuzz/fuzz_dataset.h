/* SPDX-License-Identifier: MIT
 * Round trips of data sets, for the targets of both file formats. */
#ifndef GM_TESTS_FUZZ_FUZZ_DATASET_H
#define GM_TESTS_FUZZ_FUZZ_DATASET_H

#include "gemlet/dataset.h"

/* Each ends the program unless the data set, written in the format and read again, is the same.
 * CSV knows neither item dimensions nor element types: its values are compared as numbers. */
void fuzz_round_trip_idx(const gemlet_dataset *dataset);
void fuzz_round_trip_csv(const gemlet_dataset *dataset);

/* Reads a file into a data set, as the target does; labels NULL: without. */
typedef gemlet_status (*fuzz_loader)(gemlet_dataset **out, const char *path, const void *labels);

/* Reads a file once more where rows may stay in files and memory has room for n_bytes of them:
 * twice, so that a copy that the first time made is found. Ends the program unless that fails, or
 * gives the rows of `expected`; NULL: unless it fails. */
void fuzz_stored(const gemlet_dataset *expected, size_t n_bytes, fuzz_loader load, const char *path,
                 const void *labels);

#endif
