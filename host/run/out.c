/* SPDX-License-Identifier: MIT
 * See out.h. */
#include "run/out.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checkpoint/directory.h"
#include "core/error.h"
#include "core/file.h"
#include "core/memory.h"
#include "run/note.h"
#include "run/parts.h"

/* More than anybody keeps in one place. */
#define MAX_NUMBER 100000u

/* Last part of a path, without slashes behind it. Returns its length. */
static size_t base_name(const char *path, const char **name)
{
    size_t end = strlen(path);
    while (end > 0 && path[end - 1] == '/')
        --end;
    size_t start = end;
    while (start > 0 && path[start - 1] != '/')
        --start;
    *name = path + start;
    return end - start;
}

/* Of a directory as it is, of a file without what follows the first point of its name. */
static size_t name_length(const gm_run_settings *s, const char **name)
{
    const size_t length = base_name(s->data, name);
    const char *point = memchr(*name + (length > 0), '.', length > 0 ? length - 1 : 0);
    return point != NULL && !gm_directory_exists(s->data) ? (size_t)(point - *name) : length;
}

/* Where the results go without --out. Release with free(). */
static gemlet_status name_default(char **out, const gm_run_settings *s, unsigned number)
{
    const char *name;
    const size_t length = name_length(s, &name);
    const int is_default = s->recipe == gm_run_settings_usual_recipe(s);
    char suffix[16] = "";
    if (number > 1)
        snprintf(suffix, sizeof suffix, "-%u", number);
    return gm_format_string(out, "runs/%.*s%s%s%s%s", (int)length, name, is_default ? "" : "-",
                            is_default ? "" : gm_name_of(gm_recipe_names, s->recipe),
                            s->folds > 0 && s->fold == 0 ? "-folds" : "", suffix);
}

/* NULL if no other run has left anything in the directory. */
static const char *find_other_run(const gm_result_directory *directory)
{
    if (gm_result_directory_has_results(directory))
        return "holds the results of another run: --overwrite replaces them";
    if (gm_checkpoints_exist(directory->target) ||
        gm_run_parts_exist(directory->target, GM_RUN_NETWORKS) ||
        gm_run_parts_exist(directory->target, GM_RUN_FOLDS))
        return "holds a run that has not ended: --resume goes on with it, --overwrite begins anew";
    return NULL;
}

/* *is_taken out: 1 if another run has the directory; then it is not open. */
static gemlet_status open_free(int *is_taken, gm_result_directory *directory, const char *path,
                               const gm_run_settings *s, const char *const *names, size_t n_names)
{
    const gemlet_status status = gm_result_directory_open(directory, path, names, n_names);
    *is_taken = directory->is_busy;
    GEMLET_TRY(status);
    const char *other = s->overwrite ? NULL : find_other_run(directory);
    if (other == NULL)
        return GEMLET_OK;
    *is_taken = 1;
    gm_result_directory_close(directory);
    return gm_error(GEMLET_E_IO, "%s: %s; or use another directory", path, other);
}

static gemlet_status open_default(char **out, gm_result_directory *directory,
                                  const gm_run_settings *s, const char *const *names,
                                  size_t n_names)
{
    gemlet_status status = GEMLET_OK;
    for (unsigned number = 1; number <= MAX_NUMBER; ++number) {
        int is_taken;
        free(*out);
        GEMLET_TRY(name_default(out, s, number));
        status = open_free(&is_taken, directory, *out, s, names, n_names);
        if (!is_taken || s->overwrite)
            return status;
        gm_result_directory_close(directory);
    }
    return status;
}

gemlet_status gm_run_open_out(char **out, gm_result_directory *directory, const gm_run_settings *s,
                              const char *const *names, size_t n_names)
{
    int is_taken;
    *out = NULL;
    if (s->out == NULL)
        return open_default(out, directory, s, names, n_names);
    GEMLET_TRY(gm_copy_string(out, s->out));
    return open_free(&is_taken, directory, *out, s, names, n_names);
}

void gm_run_note_out(const char *out, const gm_run_settings *s, const gm_run_events *events)
{
    char *first;
    if (s->out != NULL || name_default(&first, s, 1) != GEMLET_OK)
        return;
    if (strcmp(out, first) != 0)
        gm_note(events->on_note, events->user,
                "results go to %s: the directories before it hold other runs", out);
    free(first);
}
