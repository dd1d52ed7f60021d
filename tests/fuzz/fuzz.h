/* SPDX-License-Identifier: MIT
 * What the fuzz targets share. A target is one file with LLVMFuzzerTestOneInput(), which holds a
 * parser to this: no crash, bounded memory and time, and either a failure status with a message of
 * one line or an object that is the same after it was written and read again.
 *
 * clang's libFuzzer calls it with inputs of its own making (scripts/fuzz.sh), replay.c with the
 * files of tests/corpus/. */
#ifndef GM_TESTS_FUZZ_FUZZ_H
#define GM_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include "gemlet/status.h"

/* The entry point, under the name that libFuzzer expects. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Prints what is wrong and aborts, which is how libFuzzer learns of a finding. */
#define FUZZ_CHECK(condition)                                                                      \
    do {                                                                                           \
        if (!(condition))                                                                          \
            fuzz_fail(__FILE__, __LINE__, #condition);                                             \
    } while (0)

void fuzz_fail(const char *file, int line, const char *condition);

/* Ends the program unless status is GEMLET_OK or a failure whose message is not empty, one line
 * and without control characters. Returns 1 for GEMLET_OK, else 0. */
int fuzz_succeeded(gemlet_status status);

/* Path of `name` in this process's own directory, which goes away at exit: in memory (/dev/shm)
 * where that exists. Static text, one of sixteen buffers used in turn. */
const char *fuzz_path(const char *name);

/* Writes a file there and returns its path. Readers take names of files only. */
const char *fuzz_file(const char *name, const void *bytes, size_t n_bytes);

/* 1 if the two files hold the same bytes. */
int fuzz_same_files(const char *path, const char *other_path);

#endif
