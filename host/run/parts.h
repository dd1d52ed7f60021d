/* SPDX-License-Identifier: MIT
 * Runs that are parts of a whole, each in a directory of its own below the whole's: networks of an
 * ensemble, folds of a cross-validation, points of a sweep. A part differs from the whole in a few
 * options, and can be gone on with as any run. */
#ifndef GM_RUN_PARTS_H
#define GM_RUN_PARTS_H

#include "run/run.h"

/* Of all parts. */
typedef struct gm_run_whole {
    const char *out;
    int argc; /* as of gm_run */
    char **argv;
    const char *argument; /* of each part's command beside its options; NULL: none */
    const gm_pairs *options;
    const volatile sig_atomic_t *stop;
    gm_run_events each; /* who is told of the parts' runs */
    int is_resumed;     /* 1: parts go on from their checkpoints, where they have some */
    int is_resume;      /* 1: so the command says, with --resume, and names no part */
} gm_run_whole;

/* Starts as {0}. */
typedef struct gm_run_part {
    gm_run run;
    char *directory;
    gm_pairs options;
    gm_checkpoint checkpoint; /* that it goes on from */
} gm_run_part;

/* What makes the run of a part, but for its setup's rows and device. settings: its own, but for the
 * directory; changes: the options in which they differ from those of the whole. The directory is
 * taken over in every case. */
gemlet_status gm_run_part_make(gm_run_part *part, const gm_run_whole *whole, char *directory,
                               const gm_run_settings *settings, const gm_pairs *changes);

/* Releases what was made, the run included. */
void gm_run_part_close(gm_run_part *part);

/* Parts that are numbered from 1 lie in DIRECTORY/KIND/NUMBER. *path = that. Release with free().
 */
gemlet_status gm_run_part_path(char **path, const char *directory, const char *kind,
                               gemlet_dim number);

/* 1 if the directory holds a first part that can be gone on with. */
int gm_run_parts_exist(const char *directory, const char *kind);

/* Before another run takes the directory: no part of any kind is gone on with. */
void gm_run_parts_forget(const char *directory);

/* The kinds. */
#define GM_RUN_NETWORKS "networks"
#define GM_RUN_FOLDS    "folds"

#endif
