/* SPDX-License-Identifier: MIT
 * Temporary files and directories that lie beside what they are to become.
 *
 * Their names, ".gemlet-<16 random digits>.tmp", cannot be foreseen, and they are made only where
 * nothing is, not even a link. The process that made one holds a lock on it (flock) as long as it
 * is in use; the system gives it up when the process ends, however it ends. By that the next
 * process tells what was left behind from what is in use. The number of a process would not do: in
 * two containers or on two machines two have the same. */
#ifndef GM_CORE_TEMPORARY_H
#define GM_CORE_TEMPORARY_H

#include "core/error.h"

#define GM_TEMPORARY_NAME_SIZE 32

/* A name that nobody has used: ".gemlet-", 16 random digits and `ending`, at most 7 characters. */
void gm_temporary_name(char name[GM_TEMPORARY_NAME_SIZE], const char *ending);

/* Makes a file in a directory, open for writing and locked: *descriptor. *path is its name; release
 * it with free(). On failure *path is NULL and the message begins with `what`. */
gemlet_status gm_temporary_file_create(char **path, int *descriptor, const char *directory,
                                       const char *what);

/* The same for a directory, which only the user may enter. Closing *lock ends its protection. */
gemlet_status gm_temporary_directory_create(char **path, int *lock, const char *directory,
                                            const char *what);

/* Which temporary entries are meant. */
typedef enum gm_temporary_kind {
    GM_TEMPORARY_FILES,
    GM_TEMPORARY_DIRECTORIES
} gm_temporary_kind;

/* Removes what ended processes of this user left in a directory. What cannot be removed stays. */
void gm_temporary_remove_strays(const char *directory, gm_temporary_kind kind);

/* Calls `found` with the path of each directory in `directory` whose name begins with ".gemlet-"
 * and ends in `ending`, that belongs to this user and that no process holds; it is locked
 * meanwhile. */
void gm_temporary_find_strays(const char *directory, const char *ending,
                              void (*found)(const char *path, void *user), void *user);

/* Opens a directory to lock it: GEMLET_E_IO if it cannot be opened. *lock is to be closed. Waits up
 * to half a minute for who holds it, then GEMLET_E_IO. On file systems without locks it succeeds.
 */
gemlet_status gm_directory_lock(int *lock, const char *path);

/* Removes a directory and all that it holds, without following links. What cannot be removed
 * stays. */
void gm_directory_remove(const char *path);

#endif
