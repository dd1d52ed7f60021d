/* SPDX-License-Identifier: MIT
 * See temporary.h. */
#include "core/temporary.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/file.h"
#include "core/memory.h"

#define BEGIN         ".gemlet-"
#define END           ".tmp"
#define MAX_TRIES     16
#define WAIT_NS       10000000L /* between two looks at a lock that another process holds */
#define MAX_LOCK_WAIT 3000      /* looks */

/* ---- names ---------------------------------------------------------------------------------- */

void gm_temporary_name(char name[GM_TEMPORARY_NAME_SIZE], const char *ending)
{
    uint64_t random = 0;
    /* Without random bytes O_EXCL and mkdir() still keep what is there. */
    if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random) {
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        random = ((uint64_t)now.tv_nsec << 32) ^ (uint64_t)now.tv_sec;
    }
    snprintf(name, GM_TEMPORARY_NAME_SIZE, BEGIN "%016" PRIx64 "%s", random, ending);
}

static int has_ending(const char *name, const char *ending)
{
    const size_t length = strlen(name);
    const size_t n = strlen(ending);
    return strncmp(name, BEGIN, sizeof BEGIN - 1) == 0 && length > n &&
           strcmp(name + length - n, ending) == 0;
}

/* ---- making --------------------------------------------------------------------------------- */

/* 1 if the entry that was made is locked and still there: between the two another process may have
 * taken it for one that was left behind. A file system without locks is as good as it can be. */
static int take_hold(int descriptor, const char *path)
{
    struct stat ours;
    struct stat there;
    if (flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        return 0;
    return fstat(descriptor, &ours) == 0 && lstat(path, &there) == 0 &&
           ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

static int make_file(const char *path)
{
    return open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
}

static int make_directory(const char *path)
{
    if (mkdir(path, 0700) != 0)
        return -1;
    const int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (descriptor < 0 && errno == ENOENT)
        errno = EEXIST; /* another process has removed it already: try again */
    return descriptor;
}

static gemlet_status create(char **path, int *descriptor, const char *directory, const char *what,
                            int (*make)(const char *path))
{
    *descriptor = -1;
    for (int i = 0; i < MAX_TRIES; ++i) {
        char name[GM_TEMPORARY_NAME_SIZE];
        gm_temporary_name(name, END);
        GEMLET_TRY(gm_path_join(path, directory, name));
        *descriptor = make(*path);
        const int code = errno;
        if (*descriptor >= 0 && take_hold(*descriptor, *path))
            return GEMLET_OK;
        if (*descriptor >= 0)
            close(*descriptor);
        free(*path);
        *path = NULL;
        if (*descriptor < 0 && code != EEXIST)
            return gm_error(GEMLET_E_IO, "%s: cannot create: %s", what, strerror(code));
        *descriptor = -1;
    }
    return gm_error(GEMLET_E_IO, "%s: cannot create: other processes take away what is made", what);
}

gemlet_status gm_temporary_file_create(char **path, int *descriptor, const char *directory,
                                       const char *what)
{
    return create(path, descriptor, directory, what, make_file);
}

gemlet_status gm_temporary_directory_create(char **path, int *lock, const char *directory,
                                            const char *what)
{
    return create(path, lock, directory, what, make_directory);
}

/* ---- removing ------------------------------------------------------------------------------- */

static void remove_entry(int parent, const char *name)
{
    if (unlinkat(parent, name, 0) == 0)
        return;
    const int descriptor = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *entries = descriptor >= 0 ? fdopendir(descriptor) : NULL;
    if (entries == NULL) {
        if (descriptor >= 0)
            close(descriptor);
        return;
    }
    for (struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            remove_entry(dirfd(entries), entry->d_name);
    }
    closedir(entries);
    unlinkat(parent, name, AT_REMOVEDIR);
}

void gm_directory_remove(const char *path)
{
    remove_entry(AT_FDCWD, path);
}

/* Locks an entry that may have been left behind. -1 if a process holds it, if it is another user's
 * or of another kind. O_NONBLOCK: a pipe would keep us waiting. */
static int lock_stray(int parent, const char *name, mode_t kind)
{
    struct stat info;
    const int descriptor = openat(parent, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0)
        return -1;
    if (fstat(descriptor, &info) == 0 && (info.st_mode & S_IFMT) == kind &&
        info.st_uid == geteuid() && flock(descriptor, LOCK_EX | LOCK_NB) == 0)
        return descriptor;
    close(descriptor);
    return -1;
}

void gm_temporary_remove_strays(const char *directory, gm_temporary_kind kind)
{
    DIR *entries = opendir(directory);
    if (entries == NULL)
        return;
    for (struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        if (!has_ending(entry->d_name, END))
            continue;
        const int lock = lock_stray(dirfd(entries), entry->d_name,
                                    kind == GM_TEMPORARY_FILES ? S_IFREG : S_IFDIR);
        if (lock < 0)
            continue;
        remove_entry(dirfd(entries), entry->d_name);
        close(lock);
    }
    closedir(entries);
}

void gm_temporary_find_strays(const char *directory, const char *ending,
                              void (*found)(const char *path, void *user), void *user)
{
    DIR *entries = opendir(directory);
    if (entries == NULL)
        return;
    for (struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        char *path;
        const int lock = has_ending(entry->d_name, ending)
                             ? lock_stray(dirfd(entries), entry->d_name, S_IFDIR)
                             : -1;
        if (lock < 0)
            continue;
        if (gm_path_join(&path, directory, entry->d_name) == GEMLET_OK)
            found(path, user);
        free(path);
        close(lock);
    }
    closedir(entries);
}

/* ---- locks ---------------------------------------------------------------------------------- */

gemlet_status gm_directory_lock(int *lock, const char *path)
{
    *lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*lock < 0)
        return gm_error(GEMLET_E_IO, "%s: cannot open: %s", path, strerror(errno));
    for (int i = 0; i < MAX_LOCK_WAIT; ++i) {
        const struct timespec pause = {.tv_nsec = WAIT_NS};
        if (flock(*lock, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
            return GEMLET_OK;
        nanosleep(&pause, NULL);
    }
    close(*lock);
    *lock = -1;
    return gm_error(GEMLET_E_IO, "%s: another process has been writing there for half a minute",
                    path);
}
