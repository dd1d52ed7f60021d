/* SPDX-License-Identifier: MIT
 * See result_directory.h. */
#if defined(__linux__)
#define _GNU_SOURCE /* renameat2 */
#endif
#include "report/result_directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "core/memory.h"
#include "core/temporary.h"

#define COMMIT_END ".commit"

/* ---- paths ---------------------------------------------------------------------------------- */

static int is_one_of(const gm_result_directory *d, const char *name)
{
    for (size_t i = 0; i < d->n_names; ++i) {
        if (strcmp(d->names[i], name) == 0)
            return 1;
    }
    return 0;
}

/* *out = the directory above the target, NULL if there is none. Release with free(). */
static gemlet_status parent_of(char **out, const char *target)
{
    const char *slash = strrchr(target, '/');
    *out = NULL;
    if (slash == NULL || slash[1] == '\0')
        return GEMLET_OK;
    return gm_format_string(out, "%.*s", slash > target ? (int)(slash - target) : 1, target);
}

static int is_same_inode(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* 1 if names[0] is in the target; then *info is of it. */
static int look_at_key(struct stat *info, const gm_result_directory *d)
{
    char *path;
    if (gm_path_join(&path, d->target, d->names[0]) != GEMLET_OK)
        return 0;
    const int is_there = lstat(path, info) == 0;
    free(path);
    return is_there;
}

int gm_result_directory_has_results(const gm_result_directory *d)
{
    struct stat key;
    return look_at_key(&key, d);
}

/* While no other process can place anything. */
static void remember_placed(gm_result_directory *d)
{
    struct stat key;
    if (!look_at_key(&key, d))
        return;
    d->is_placed = 1;
    d->placed_device = key.st_dev;
    d->placed_file = key.st_ino;
}

/* ---- copies --------------------------------------------------------------------------------- */

static gemlet_status copy_bytes(FILE *from, FILE *to, const char *path)
{
    char chunk[16384];
    size_t n;
    while ((n = fread(chunk, 1, sizeof chunk, from)) > 0)
        fwrite(chunk, 1, n, to); /* a failure is seen when the file is completed */
    return ferror(from) ? gm_error(GEMLET_E_IO, "%s: cannot read: %s", path, strerror(errno))
                        : GEMLET_OK;
}

/* For file systems without links. */
static gemlet_status copy_file(const char *from, const char *to)
{
    gm_atomic_file file;
    FILE *stream = fopen(from, "rbe");
    if (stream == NULL)
        return gm_error(GEMLET_E_IO, "%s: cannot open: %s", from, strerror(errno));
    gemlet_status status = gm_atomic_file_open(&file, to);
    if (status == GEMLET_OK) {
        status = copy_bytes(stream, file.stream, from);
        if (status == GEMLET_OK)
            status = gm_atomic_file_commit(&file);
        else
            gm_atomic_file_abort(&file);
    }
    fclose(stream);
    return status;
}

/* Gives the file `name` of one directory the same name in another, where no such name is. *is_there
 * out: 0 if there is no such file. */
static gemlet_status copy_entry(int *is_there, const char *from, const char *to, const char *name)
{
    struct stat info;
    char *source = NULL;
    char *copy = NULL;
    gemlet_status status = GEMLET_OK;
    *is_there = 0;
    GEMLET_TRY_CLEANUP(status, gm_path_join(&source, from, name));
    GEMLET_TRY_CLEANUP(status, gm_path_join(&copy, to, name));
    if (lstat(source, &info) != 0)
        goto cleanup;
    *is_there = 1;
    if (link(source, copy) != 0)
        status = copy_file(source, copy);
cleanup:
    free(copy);
    free(source);
    return status;
}

/* A copy of the stage in a directory of its own, locked. */
static gemlet_status copy_stage(char **copy, int *lock, const gm_result_directory *d,
                                const char *parent)
{
    GEMLET_TRY(gm_temporary_directory_create(copy, lock, parent, d->path));
    gemlet_status status = GEMLET_OK;
    int is_there = 0;
    for (size_t i = d->n_names; status == GEMLET_OK && i-- > 0;)
        status = copy_entry(&is_there, d->stage, *copy, d->names[i]);
    if (status == GEMLET_OK && !is_there) /* names[0] was the last */
        status = gm_error(GEMLET_E_IO, "%s: %s has gone from %s", d->path, d->names[0], d->stage);
    if (status == GEMLET_OK) {
        gm_directory_sync(*copy);
        return GEMLET_OK;
    }
    gm_directory_remove(*copy);
    close(*lock);
    free(*copy);
    *copy = NULL;
    return status;
}

/* ---- file by file --------------------------------------------------------------------------- */

/* Removes `name` from the target, unless it is the file of that name in the copy already. */
static gemlet_status clear_name(const gm_result_directory *d, const char *copy, const char *name)
{
    struct stat there;
    struct stat ours;
    char *path = NULL;
    char *source = NULL;
    gemlet_status status = GEMLET_OK;
    GEMLET_TRY_CLEANUP(status, gm_path_join(&path, d->target, name));
    GEMLET_TRY_CLEANUP(status, gm_path_join(&source, copy, name));
    if (lstat(path, &there) == 0 && !(lstat(source, &ours) == 0 && is_same_inode(&there, &ours)) &&
        unlink(path) != 0)
        status = gm_error(GEMLET_E_IO, "%s: cannot remove: %s", path, strerror(errno));
cleanup:
    free(source);
    free(path);
    return status;
}

static gemlet_status place_name(const gm_result_directory *d, const char *copy, const char *name)
{
    int is_there;
    char *path;
    GEMLET_TRY(gm_path_join(&path, d->target, name));
    struct stat info;
    const int is_done = lstat(path, &info) == 0;
    free(path);
    return is_done ? GEMLET_OK : copy_entry(&is_there, copy, d->target, name);
}

/* The same again after it was broken off leads to the same end. */
static gemlet_status place_files(const gm_result_directory *d, const char *copy)
{
    for (size_t i = 0; i < d->n_names; ++i)
        GEMLET_TRY(clear_name(d, copy, d->names[i]));
    for (size_t i = d->n_names; i-- > 0;)
        GEMLET_TRY(place_name(d, copy, d->names[i]));
    gm_directory_sync(d->target);
    gm_directory_remove(copy);
    return GEMLET_OK;
}

static void complete_stray(const char *path, void *user)
{
    (void)place_files(user, path); /* what cannot be completed now is tried again next time */
}

/* Completes what a killed process has begun to place. While no other process can place anything,
 * and before anything newer is: completed behind it, it would take its place. */
static void complete_strays(gm_result_directory *d)
{
    gm_temporary_find_strays(d->target, COMMIT_END, complete_stray, d);
}

static gemlet_status replace_files(gm_result_directory *d)
{
    char *copy;
    int lock;
    char *commit = NULL;
    char name[GM_TEMPORARY_NAME_SIZE];
    GEMLET_TRY(copy_stage(&copy, &lock, d, d->target));
    gm_temporary_name(name, COMMIT_END);
    gemlet_status status = gm_path_join(&commit, d->target, name);
    if (status == GEMLET_OK && rename(copy, commit) != 0)
        status = gm_error(GEMLET_E_IO, "%s: cannot rename: %s", copy, strerror(errno));
    if (status != GEMLET_OK)
        gm_directory_remove(copy);
    else
        status = place_files(d, commit);
    if (status == GEMLET_OK)
        remember_placed(d);
    close(lock);
    free(commit);
    free(copy);
    return status;
}

/* ---- as a whole ----------------------------------------------------------------------------- */

/* A shell in a directory that is exchanged would see the old one, empty. */
static int is_working_directory(const char *target)
{
    char current[PATH_MAX];
    const size_t length = strlen(target);
    return getcwd(current, sizeof current) == NULL ||
           (strncmp(current, target, length) == 0 &&
            (current[length] == '/' || current[length] == '\0'));
}

/* 1 if `name` is that of the directory that is kept, and nothing but regular files are in it. */
static int is_kept(const gm_result_directory *d, const char *name)
{
    char *path;
    int is_so = 1;
    if (d->kept == NULL || strcmp(name, d->kept) != 0 ||
        gm_path_join(&path, d->target, name) != GEMLET_OK)
        return 0;
    const int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *entries = descriptor >= 0 ? fdopendir(descriptor) : NULL;
    for (struct dirent *entry = entries != NULL ? readdir(entries) : NULL; is_so && entry != NULL;
         entry = readdir(entries)) {
        struct stat info;
        is_so = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
                (fstatat(descriptor, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
                 S_ISREG(info.st_mode));
    }
    is_so = is_so && entries != NULL;
    if (entries != NULL)
        closedir(entries);
    free(path);
    return is_so;
}

/* Copies what is in one directory to another. */
static gemlet_status copy_entries(const char *from, const char *to)
{
    gemlet_status status = GEMLET_OK;
    DIR *entries = opendir(from);
    if (entries == NULL)
        return gm_error(GEMLET_E_IO, "%s: cannot open: %s", from, strerror(errno));
    for (struct dirent *entry = readdir(entries); status == GEMLET_OK && entry != NULL;
         entry = readdir(entries)) {
        int is_there;
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            status = copy_entry(&is_there, from, to, entry->d_name);
    }
    closedir(entries);
    return status;
}

/* The copy takes over who may enter the directory. */
static void take_mode(const char *copy, const char *target)
{
    struct stat info;
    if (stat(target, &info) != 0)
        return;
    if (chown(copy, (uid_t)-1, info.st_gid) != 0 && info.st_gid != getegid())
        info.st_mode &= (mode_t)~S_ISGID; /* another group than the one it is meant for */
    (void)chmod(copy, info.st_mode & 07777);
}

/* Gives a copy of the stage what the target keeps, if it does. */
static gemlet_status copy_kept(const gm_result_directory *d, const char *copy)
{
    char *from = NULL;
    char *to = NULL;
    gemlet_status status = GEMLET_OK;
    if (d->kept == NULL)
        return GEMLET_OK;
    GEMLET_TRY_CLEANUP(status, gm_path_join(&from, d->target, d->kept));
    GEMLET_TRY_CLEANUP(status, gm_path_join(&to, copy, d->kept));
    if (!gm_directory_exists(from))
        goto cleanup;
    GEMLET_TRY_CLEANUP(status, gm_directory_create(to));
    take_mode(to, from);
    GEMLET_TRY_CLEANUP(status, copy_entries(from, to));
    gm_directory_sync(to);
cleanup:
    free(to);
    free(from);
    return status;
}

/* 1 if the directory holds nothing but files of such runs. */
static int holds_only_results(const gm_result_directory *d)
{
    int is_so = 1;
    DIR *entries = opendir(d->target);
    if (entries == NULL)
        return 0;
    for (struct dirent *entry = readdir(entries); is_so && entry != NULL; entry = readdir(entries))
        is_so = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
                strcmp(entry->d_name, GM_PROCESS_LOCK_NAME) == 0 || is_one_of(d, entry->d_name) ||
                is_kept(d, entry->d_name);
    closedir(entries);
    return is_so;
}

/* A new name, which must not be taken yet. */
static int rename_to_free(const char *from, const char *to)
{
#if defined(RENAME_NOREPLACE)
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);
#else
    struct stat info;
    return lstat(to, &info) == 0 ? -1 : rename(from, to);
#endif
}

/* What somebody has put into the directory in the moment before the exchange goes back. */
static void return_foreign_files(const gm_result_directory *d, const char *old)
{
    DIR *entries = opendir(old);
    for (struct dirent *entry = entries != NULL ? readdir(entries) : NULL; entry != NULL;
         entry = readdir(entries)) {
        char *from = NULL;
        char *to = NULL;
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            gm_path_join(&from, old, entry->d_name) == GEMLET_OK &&
            gm_path_join(&to, d->target, entry->d_name) == GEMLET_OK)
            (void)rename_to_free(from, to);
        free(to);
        free(from);
    }
    if (entries != NULL)
        closedir(entries);
}

/* Of the directory whose place was taken: what was copied. */
static void remove_kept(const gm_result_directory *d, const char *old)
{
    char *path;
    if (d->kept == NULL || gm_path_join(&path, old, d->kept) != GEMLET_OK)
        return;
    gm_directory_remove(path);
    free(path);
}

static void remove_named(const char *directory, const char *name)
{
    char *path;
    if (gm_path_join(&path, directory, name) == GEMLET_OK)
        unlink(path);
    free(path);
}

static void remove_earlier(const gm_result_directory *d, const char *old)
{
    for (size_t i = 0; i < d->n_names; ++i)
        remove_named(old, d->names[i]);
    remove_kept(d, old);
    remove_named(old, GM_PROCESS_LOCK_NAME);
    if (rmdir(old) == 0 || errno == ENOENT)
        return;
    return_foreign_files(d, old);
    rmdir(old);
}

/* Returns 1 if the copy has taken the place of the target; 0 if it cannot. */
static int exchange(const gm_result_directory *d, const char *copy)
{
#if defined(RENAME_EXCHANGE)
    if (renameat2(AT_FDCWD, copy, AT_FDCWD, d->target, RENAME_EXCHANGE) == 0) {
        remove_earlier(d, copy);
        return 1;
    }
#endif
    return rename(copy, d->target) == 0; /* where the target is empty */
}

/* *is_done out: 0 if the directory must stay the one that it is. */
static gemlet_status replace_directory(int *is_done, gm_result_directory *d)
{
    char *parent;
    char *copy = NULL;
    int lock = -1;
    *is_done = 0;
    if (!d->is_beside || is_working_directory(d->target) || !holds_only_results(d))
        return GEMLET_OK;
    GEMLET_TRY(parent_of(&parent, d->target));
    gemlet_status status = copy_stage(&copy, &lock, d, parent);
    if (status == GEMLET_OK) {
        take_mode(copy, d->target);
        *is_done = gm_process_lock_extend(&d->lock, d->target, copy) &&
                   copy_kept(d, copy) == GEMLET_OK && exchange(d, copy);
        if (*is_done) {
            remember_placed(d);
            gm_directory_sync(parent);
        } else {
            gm_directory_remove(copy);
        }
        close(lock); /* others that would place something have waited for it */
    }
    free(copy);
    free(parent);
    return status;
}

/* ---- opening and closing -------------------------------------------------------------------- */

/* Locks the directory that is in place now, and makes it again where somebody has removed it. */
static gemlet_status lock_target(int *lock, const gm_result_directory *d)
{
    for (;;) {
        struct stat locked;
        struct stat there;
        GEMLET_TRY(gm_directory_create(d->target));
        GEMLET_TRY(gm_directory_lock(lock, d->target));
        if (fstat(*lock, &locked) == 0 && stat(d->target, &there) == 0 &&
            is_same_inode(&locked, &there))
            return GEMLET_OK;
        close(*lock); /* of a directory that was exchanged meanwhile */
    }
}

/* Every name must be free or a file's: renaming onto a directory fails, and only at the end; and a
 * link that somebody has put there would lead nowhere afterwards. */
static gemlet_status check_names(const gm_result_directory *d)
{
    for (size_t i = 0; i < d->n_names; ++i) {
        struct stat info;
        char *path;
        GEMLET_TRY(gm_path_join(&path, d->path, d->names[i]));
        gemlet_status status = GEMLET_OK;
        if (lstat(path, &info) == 0 && !S_ISREG(info.st_mode))
            status = gm_error(
                GEMLET_E_IO, "%s: cannot create: found a %s, expected a regular file or none", path,
                S_ISDIR(info.st_mode)   ? "directory"
                : S_ISLNK(info.st_mode) ? "symbolic link"
                                        : "device or pipe");
        free(path);
        GEMLET_TRY(status);
    }
    return GEMLET_OK;
}

/* Beside the target if that is on the same file system and may be written, else in it. */
static gemlet_status make_stage(gm_result_directory *d)
{
    struct stat target;
    struct stat above;
    char *parent;
    GEMLET_TRY(parent_of(&parent, d->target));
    if (parent != NULL && stat(d->target, &target) == 0 && stat(parent, &above) == 0 &&
        target.st_dev == above.st_dev) {
        gm_temporary_remove_strays(parent, GM_TEMPORARY_DIRECTORIES);
        d->is_beside =
            gm_temporary_directory_create(&d->stage, &d->stage_lock, parent, d->path) == GEMLET_OK;
    }
    free(parent);
    if (d->is_beside)
        return GEMLET_OK;
    return gm_temporary_directory_create(&d->stage, &d->stage_lock, d->target, d->path);
}

gemlet_status gm_result_directory_open(gm_result_directory *d, const char *path,
                                       const char *const *names, size_t n_names)
{
    int lock;
    *d = (gm_result_directory){.names = names, .n_names = n_names, .stage_lock = -1};
    d->is_created = !gm_directory_exists(path);
    GEMLET_TRY(gm_copy_string(&d->path, path));
    GEMLET_TRY(gm_directory_create(path));
    d->target = realpath(path, NULL);
    if (d->target == NULL)
        return gm_error(GEMLET_E_IO, "%s: cannot open: %s", path, strerror(errno));
    GEMLET_TRY(check_names(d));
    if (access(d->target, W_OK | X_OK) != 0)
        return gm_error(GEMLET_E_IO, "%s: cannot create files: %s", path, strerror(errno));
    GEMLET_TRY(gm_process_lock_take(&d->lock, &d->is_busy, d->target, path));
    gm_temporary_remove_strays(d->target, GM_TEMPORARY_FILES);
    gm_temporary_remove_strays(d->target, GM_TEMPORARY_DIRECTORIES);
    if (lock_target(&lock, d) == GEMLET_OK) {
        complete_strays(d);
        close(lock);
    }
    return make_stage(d);
}

void gm_result_directory_name(char *out, size_t size, const gm_result_directory *d,
                              const char *text)
{
    const char *stage = d->stage != NULL ? strstr(text, d->stage) : NULL;
    if (stage == NULL)
        snprintf(out, size, "%s", text);
    else
        snprintf(out, size, "%.*s%s%s", (int)(stage - text), text, d->path,
                 stage + strlen(d->stage));
}

void gm_result_directory_close(gm_result_directory *d)
{
    if (d->stage != NULL) {
        gm_directory_remove(d->stage);
        close(d->stage_lock);
    }
    if (d->target != NULL)
        gm_process_lock_release(&d->lock, d->target);
    if (d->is_created && !d->is_placed && d->target != NULL)
        rmdir(d->target); /* stays if it holds anything */
    free(d->stage);
    free(d->target);
    free(d->path);
    *d = (gm_result_directory){0};
}

/* ---- commit --------------------------------------------------------------------------------- */

gemlet_status gm_result_directory_commit(gm_result_directory *d)
{
    int lock;
    int is_done = 0;
    struct stat key;
    GEMLET_TRY(lock_target(&lock, d));
    complete_strays(d);
    gemlet_status status = GEMLET_OK;
    if (d->is_placed &&
        !(look_at_key(&key, d) && key.st_dev == d->placed_device && key.st_ino == d->placed_file))
        goto cleanup; /* another run has taken the place of this one */
    GEMLET_TRY_CLEANUP(status, replace_directory(&is_done, d));
    if (!is_done)
        GEMLET_TRY_CLEANUP(status, replace_files(d));
cleanup:
    close(lock);
    return status;
}
