/* SPDX-License-Identifier: MIT
 * The directory in which a command leaves files that belong together: at every moment it holds
 * those of one run, whatever fails, is killed or runs beside it.
 *
 * The files are prepared in a private directory, the stage, which lies beside the results, or in
 * them where the user may not write beside them. gm_result_directory_commit() makes a copy of the
 * stage (links, so it costs nothing) and puts it in place:
 *
 *   - by exchanging it with the directory of the results in one system call. It takes place wholly
 *     or not at all; the earlier run's files are removed after it.
 *   - file by file where that cannot be: the system cannot exchange (its file system, a mount
 *     point, the directory above cannot be written), the user works in the directory, or it holds
 *     files of his own, which stay where they are. The copy is then in the directory, under a name
 *     that ends in ".commit". First all files of the earlier run are removed, names[0] before the
 *     others, then the new ones get their names, names[0] last: names[0] stands only beside its own
 *     run's files, and two runs are never mixed. A process killed in these microseconds leaves the
 *     copy, and the next that opens the directory or places something there completes it first.
 *
 * One process at a time has the directory, from open to close (core/process_lock.h); a second one
 * is refused. Where the file system has no locks two take turns for the moment of placing at least.
 * What ended processes have left is removed by the next one (core/temporary.h). */
#ifndef GM_REPORT_RESULT_DIRECTORY_H
#define GM_REPORT_RESULT_DIRECTORY_H

#include <stddef.h>
#include <sys/types.h>

#include "core/error.h"
#include "core/process_lock.h"

/* Zero-initialise it; close it, also after a failure. */
typedef struct gm_result_directory {
    char *path;               /* as it was given, for messages */
    char *target;             /* the same without links, or NULL */
    gm_process_lock lock;     /* on the target */
    int is_busy;              /* opening failed since another process has it */
    char *stage;              /* write files here; NULL unless open */
    int stage_lock;           /* shows other processes that the stage is in use */
    int is_beside;            /* the stage is beside the target, not in it */
    int is_created;           /* the target was not there before */
    const char *const *names; /* (n_names) */
    size_t n_names;
    const char *kept; /* a directory in it, of regular files that stay there whatever is placed;
                         NULL: there is none. May be set after the opening. */
    int is_placed;    /* by this process; then names[0] in the target is this file */
    dev_t placed_device;
    ino_t placed_file;
} gm_result_directory;

/* Makes the directory with its parents, and the stage. names (n_names, borrowed until close): all
 * names that files of such runs can have. GEMLET_E_IO if the directory cannot be made or written,
 * if one of the names is taken by what is no file, or if another process has the directory
 * (directory->is_busy). Files of an earlier run stay as they are. */
gemlet_status gm_result_directory_open(gm_result_directory *directory, const char *path,
                                       const char *const *names, size_t n_names);

/* 1 if there are results of a run in the directory, of whichever run, else 0. */
int gm_result_directory_has_results(const gm_result_directory *directory);

/* Puts the files of the stage in place of all that have one of the names. They must be there whole
 * and synced, names[0] among them; other names are ignored. The stage stays as it is: more may be
 * added to it, and a later commit replaces what this one has placed, unless another process has
 * placed something since. On failure GEMLET_E_IO; earlier results are as they were, unless the
 * message says otherwise. */
gemlet_status gm_result_directory_commit(gm_result_directory *directory);

/* out (size): a message in which the files of the stage are called as they will be called in
 * the directory. */
void gm_result_directory_name(char *out, size_t size, const gm_result_directory *directory,
                              const char *text);

/* Removes the stage, and the target if this made it and it is empty. */
void gm_result_directory_close(gm_result_directory *directory);

#endif
