/* SPDX-License-Identifier: MIT
 * A directory for the files of one test. */
#ifndef GM_TESTS_SUPPORT_TEMPORARY_H
#define GM_TESTS_SUPPORT_TEMPORARY_H

#include <stddef.h>

/* Makes an empty directory under $TMPDIR or /tmp. Ends the test if that fails. The text is static:
 * one directory per test process. */
const char *temporary_directory(void);

/* Path of `name` in that directory. The text is one of eight static buffers, used in turn. */
const char *temporary_path(const char *name);

/* Writes a file there and returns its path. Ends the test if that fails. */
const char *temporary_file(const char *name, const void *bytes, size_t n_bytes);

/* The bytes of any file, a zero byte behind them; free() them. *n_bytes out unless NULL. Ends the
 * test if it cannot be read. */
char *read_whole_file(const char *path, size_t *n_bytes);

/* Removes the directory and all it holds. */
void temporary_remove(void);

#endif
