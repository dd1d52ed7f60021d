/* SPDX-License-Identifier: MIT
 * See directory.h. */
#include "checkpoint/directory.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "core/memory.h"

#define NAME_FORMAT "step-%010" PRIu64 ".npz"

/* Numbers of steps of the checkpoints in a directory, the largest first. */
typedef struct step_list {
    uint64_t *steps; /* (count) */
    size_t count;
} step_list;

/* *steps out: of the name of a checkpoint. Returns 0 for other names. */
static int read_name(uint64_t *steps, const char *name)
{
    char expected[64];
    if (sscanf(name, "step-%20" SCNu64, steps) != 1)
        return 0;
    snprintf(expected, sizeof expected, NAME_FORMAT, *steps);
    return strcmp(name, expected) == 0;
}

static int compare_steps(const void *a, const void *b)
{
    const uint64_t left = *(const uint64_t *)a;
    const uint64_t right = *(const uint64_t *)b;
    return (left < right) - (left > right);
}

static gemlet_status append(step_list *list, uint64_t steps)
{
    uint64_t *grown = realloc(list->steps, (list->count + 1) * sizeof *grown);
    if (grown == NULL)
        return gm_error(GEMLET_E_MEMORY, "list of checkpoints: out of memory");
    list->steps = grown;
    list->steps[list->count++] = steps;
    return GEMLET_OK;
}

/* Empty if there is no such directory. Release list->steps with free(), also after a failure. */
static gemlet_status list_steps(step_list *list, const char *directory)
{
    uint64_t steps;
    gemlet_status status = GEMLET_OK;
    *list = (step_list){0};
    DIR *entries = opendir(directory);
    if (entries == NULL)
        return GEMLET_OK;
    for (struct dirent *entry = readdir(entries); status == GEMLET_OK && entry != NULL;
         entry = readdir(entries)) {
        if (read_name(&steps, entry->d_name))
            status = append(list, steps);
    }
    closedir(entries);
    if (list->count > 0)
        qsort(list->steps, list->count, sizeof *list->steps, compare_steps);
    return status;
}

static gemlet_status path_in(char **path, const char *directory, uint64_t steps)
{
    return gm_format_string(path, "%s/" NAME_FORMAT, directory, steps);
}

gemlet_status gm_checkpoint_path(char **path, const char *run, uint64_t steps)
{
    return gm_format_string(path, "%s/" GM_CHECKPOINT_DIRECTORY "/" NAME_FORMAT, run, steps);
}

int gm_checkpoints_exist(const char *run)
{
    char *directory;
    step_list list = {0};
    if (gm_path_join(&directory, run, GM_CHECKPOINT_DIRECTORY) == GEMLET_OK)
        (void)list_steps(&list, directory);
    const int exist = list.count > 0;
    free(list.steps);
    free(directory);
    return exist;
}

/* What cannot be removed stays, and is tried again after the next checkpoint. */
static void prune(const char *directory, uint64_t newest, unsigned keep)
{
    step_list list;
    unsigned n_kept = 0;
    (void)list_steps(&list, directory);
    for (size_t i = 0; i < list.count; ++i) {
        char *path;
        const int stays = list.steps[i] <= newest && n_kept < keep;
        n_kept += stays ? 1 : 0;
        if (stays || path_in(&path, directory, list.steps[i]) != GEMLET_OK)
            continue;
        unlink(path);
        free(path);
    }
    free(list.steps);
}

void gm_checkpoints_remove(const char *run)
{
    char *directory;
    char *best = NULL;
    if (gm_path_join(&directory, run, GM_CHECKPOINT_DIRECTORY) != GEMLET_OK)
        return;
    prune(directory, 0, 0);
    if (gm_path_join(&best, directory, GM_CHECKPOINT_BEST) == GEMLET_OK)
        unlink(best);
    rmdir(directory);
    free(best);
    free(directory);
}

/* A directory that is lost in a crash of the system takes what is in it along. */
static gemlet_status create_directory(const char *directory, const char *run)
{
    char *above;
    if (gm_directory_exists(directory))
        return GEMLET_OK;
    GEMLET_TRY(gm_directory_create(directory));
    GEMLET_TRY(gm_path_parent(&above, run));
    gm_directory_sync(run);
    gm_directory_sync(above);
    free(above);
    return GEMLET_OK;
}

/* The model of the best validation, or none. */
static gemlet_status write_best(const char *directory, const gm_checkpoint *checkpoint)
{
    char *path;
    GEMLET_TRY(gm_path_join(&path, directory, GM_CHECKPOINT_BEST));
    gemlet_status status = GEMLET_OK;
    if (checkpoint->best != NULL)
        status = gm_checkpoint_save_model(checkpoint->best, path);
    else
        unlink(path);
    free(path);
    return status;
}

gemlet_status gm_checkpoints_write(const char *run, const gm_checkpoint *checkpoint, unsigned keep)
{
    char *directory = NULL;
    char *path = NULL;
    gemlet_status status = GEMLET_OK;
    GEMLET_TRY_CLEANUP(status, gm_path_join(&directory, run, GM_CHECKPOINT_DIRECTORY));
    GEMLET_TRY_CLEANUP(status, path_in(&path, directory, checkpoint->state.n_done));
    GEMLET_TRY_CLEANUP(status, create_directory(directory, run));
    GEMLET_TRY_CLEANUP(status, gm_checkpoint_save(checkpoint, path));
    GEMLET_TRY_CLEANUP(status, write_best(directory, checkpoint));
    gm_directory_sync(directory);
    prune(directory, checkpoint->state.n_done, keep);
cleanup:
    free(path);
    free(directory);
    return status;
}

static void note(gemlet_note_callback on_note, void *user, const char *text)
{
    if (on_note != NULL)
        on_note(text, user);
}

/* From the newest on. */
static gemlet_status load_newest(gm_checkpoint *checkpoint, const step_list *list,
                                 const char *directory, gemlet_note_callback on_note, void *user)
{
    gemlet_status status = GEMLET_E_IO;
    for (size_t i = 0; i < list->count; ++i) {
        char text[1200];
        char *path;
        GEMLET_TRY(path_in(&path, directory, list->steps[i]));
        status = gm_checkpoint_load(checkpoint, path);
        free(path);
        if (status == GEMLET_OK && checkpoint->state.n_done == list->steps[i])
            return GEMLET_OK;
        if (status == GEMLET_OK) {
            status = gm_error(GEMLET_E_FORMAT,
                              "%s: the checkpoint of %" PRIu64 " steps has the name of another",
                              directory, checkpoint->state.n_done);
            gm_checkpoint_free(checkpoint);
        }
        if (i + 1 == list->count)
            break;
        snprintf(text, sizeof text, "%s; the checkpoint before it is tried", gemlet_last_error());
        note(on_note, user, text);
    }
    return status;
}

gemlet_status gm_checkpoints_load(gm_checkpoint *checkpoint, const char *run,
                                  gemlet_note_callback on_note, void *user)
{
    char *directory = NULL;
    step_list list = {0};
    gemlet_status status = GEMLET_OK;
    *checkpoint = (gm_checkpoint){0};
    GEMLET_TRY_CLEANUP(status, gm_path_join(&directory, run, GM_CHECKPOINT_DIRECTORY));
    GEMLET_TRY_CLEANUP(status, list_steps(&list, directory));
    if (list.count > 0)
        status = load_newest(checkpoint, &list, directory, on_note, user);
    else if (!gm_directory_exists(run))
        status = gm_error(GEMLET_E_IO, "%s: cannot open: %s, expected the directory of a run", run,
                          gm_file_exists(run) ? "found a file" : "no such directory");
    else
        status =
            gm_error(GEMLET_E_IO, "%s: found no checkpoint to go on from, expected %s/step-*.npz",
                     run, GM_CHECKPOINT_DIRECTORY);
cleanup:
    free(list.steps);
    free(directory);
    return status;
}
