/* SPDX-License-Identifier: MIT
 * What the tests of the readers share: the real data, files made on the spot, messages. */
#ifndef GM_TESTS_UNIT_DATA_FILES_H
#define GM_TESTS_UNIT_DATA_FILES_H

#include <stddef.h>

#include "gemlet/dataset.h"

/* Path of `name` below the directory of the real data sets ($GEMLET_TEST_DATA). One of eight
 * static texts, used in turn. Ends the test if the variable is not set. */
const char *data_path(const char *name);

/* The content of a file, uncompressed if it is gzip. Release with free(). */
unsigned char *read_content(const char *path, size_t *n_bytes);

/* Writes a gzip file in the temporary directory and returns its path. */
const char *temporary_gzip(const char *name, const void *bytes, size_t n_bytes);

/* Ends the test unless `status` is `expected` and the message holds both `path` and `part`, and
 * is one line. */
void expect_failure(gemlet_status status, gemlet_status expected, const char *path,
                    const char *part);

/* Ends the test unless both hold the same rows and features of the same values, and the same
 * labels. Element types may differ. */
void expect_same_content(const gemlet_dataset *a, const gemlet_dataset *b);

/* Calls replay(path, is_ok, is_bad) for each file of tests/corpus/<format>; the two tell whether
 * its name starts with ok- or bad-. Ends the test if there are none of either. */
void replay_corpus(const char *format, void (*replay)(const char *path, int is_ok, int is_bad));

#endif
