/* SPDX-License-Identifier: MIT
 * See parts.h. */
#include "run/parts.h"

#include <stdio.h>
#include <stdlib.h>

#include "checkpoint/directory.h"
#include "core/file.h"
#include "core/memory.h"

gemlet_status gm_run_part_path(char **path, const char *directory, const char *kind,
                               gemlet_dim number)
{
    return gm_format_string(path, "%s/%s/%u", directory, kind, number);
}

int gm_run_parts_exist(const char *directory, const char *kind)
{
    char *first;
    if (directory == NULL || gm_run_part_path(&first, directory, kind, 1) != GEMLET_OK)
        return 0;
    const int exists = gm_checkpoints_exist(first);
    free(first);
    return exists;
}

static void forget(const char *directory, const char *kind)
{
    int is_there = 1;
    for (gemlet_dim number = 1; is_there; ++number) {
        char *path;
        if (gm_run_part_path(&path, directory, kind, number) != GEMLET_OK)
            return;
        is_there = gm_directory_exists(path);
        if (gm_checkpoints_exist(path))
            gm_checkpoints_remove(path);
        free(path);
    }
}

void gm_run_parts_forget(const char *directory)
{
    forget(directory, GM_RUN_NETWORKS);
    forget(directory, GM_RUN_FOLDS);
}

/* The command that trains the part alone: of a repeated option the last one counts. One that goes
 * on with all parts stays as it is. */
static gemlet_status make_command(gm_run_part *part, const gm_run_whole *whole,
                                  const gm_pairs *changes)
{
    gm_run *run = &part->run;
    GEMLET_TRY(GM_ALLOC(run->argv, (size_t)whole->argc + changes->count + 2, "command of a run"));
    for (int i = 0; i < whole->argc; ++i)
        GEMLET_TRY(gm_copy_string(&run->argv[run->argc++], whole->argv[i]));
    if (whole->is_resume)
        return GEMLET_OK;
    if (whole->argument != NULL)
        GEMLET_TRY(gm_copy_string(&run->argv[run->argc++], whole->argument));
    for (size_t i = 0; i < changes->count; ++i) {
        const gm_pair *pair = &changes->items[i];
        GEMLET_TRY(gm_format_string(&run->argv[run->argc++], "--%s=%s", pair->name, pair->value));
    }
    return gm_format_string(&run->argv[run->argc++], "--out=%s", part->directory);
}

/* As if they had been given for this part alone. */
static gemlet_status make_options(gm_run_part *part, const gm_run_whole *whole,
                                  const gm_pairs *changes)
{
    GEMLET_TRY(gm_pairs_copy(&part->options, whole->options));
    for (size_t i = 0; i < changes->count; ++i)
        GEMLET_TRY(
            gm_pairs_set(&part->options, changes->items[i].name, "%s", changes->items[i].value));
    part->run.options = &part->options;
    return GEMLET_OK;
}

/* Goes on from a checkpoint, where there is one. */
static gemlet_status recall(gm_run_part *part, const gm_run_whole *whole)
{
    if (!whole->is_resumed || !gm_checkpoints_exist(part->directory))
        return GEMLET_OK;
    GEMLET_TRY(gm_checkpoints_load(&part->checkpoint, part->directory, whole->each.on_note,
                                   whole->each.user));
    part->run.resumed = &part->checkpoint;
    return GEMLET_OK;
}

gemlet_status gm_run_part_make(gm_run_part *part, const gm_run_whole *whole, char *directory,
                               const gm_run_settings *settings, const gm_pairs *changes)
{
    gm_run *run = &part->run;
    part->directory = directory;
    run->setup.settings = *settings;
    run->setup.settings.out = directory;
    run->setup.settings.overwrite = 1; /* the directory around it is the whole's */
    run->setup.events = whole->each;
    run->stop = whole->stop;
    GEMLET_TRY(make_command(part, whole, changes));
    GEMLET_TRY(make_options(part, whole, changes));
    return recall(part, whole);
}

void gm_run_part_close(gm_run_part *part)
{
    gm_run *run = &part->run;
    gm_run_close(run);
    for (int i = 0; i < run->argc; ++i)
        free(run->argv[i]);
    free(run->argv);
    gm_pairs_free(&part->options);
    gm_checkpoint_free(&part->checkpoint);
    free(part->directory);
    *part = (gm_run_part){.directory = NULL};
}
