/* SPDX-License-Identifier: MIT
 * See output_place.h. */
#define _XOPEN_SOURCE 700 /* realpath */

#include "core/output_place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/file.h"
#include "core/memory.h"

#define MAX_LINKS         40 /* as Linux */
#define READER_LOOKS      20
#define READER_LOOK_NANOS 100000000L

static gemlet_status refuse(const char *path, const char *found)
{
    return gm_error(GEMLET_E_IO,
                    "%s: cannot create: found a %s, expected a regular file, a pipe, a character "
                    "device or nothing",
                    path, found);
}

/* The descriptor of this process that a path like /proc/self/fd/1 stands for, else -1. Opening the
 * path would give a file's beginning, not where the descriptor stands. */
static gemlet_status find_descriptor(int *descriptor, const char *path)
{
    char *directory;
    char resolved[PATH_MAX];
    char own[64];
    char *end;
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    const long number = strtol(name, &end, 10);
    *descriptor = -1;
    if (end == name || *end != '\0' || number < 0 || number > INT_MAX)
        return GEMLET_OK;
    GEMLET_TRY(gm_path_parent(&directory, path));
    snprintf(own, sizeof own, "/proc/%ld/fd", (long)getpid());
    if (realpath(directory, resolved) != NULL && strcmp(resolved, own) == 0)
        *descriptor = (int)number;
    free(directory);
    return GEMLET_OK;
}

/* *path becomes what it leads to as a link; link: its state. */
static gemlet_status follow(char **path, const struct stat *link)
{
    char target[PATH_MAX];
    char *directory = NULL;
    char *next = NULL;
    gemlet_status status = GEMLET_OK;
    if (link->st_uid != geteuid() && link->st_uid != 0)
        return refuse(*path, "symbolic link of another user");
    const ssize_t n = readlink(*path, target, sizeof target - 1);
    if (n < 0)
        return gm_error(GEMLET_E_IO, "%s: cannot read the link: %s", *path, strerror(errno));
    target[n] = '\0';
    if (target[0] == '/') {
        GEMLET_TRY_CLEANUP(status, gm_copy_string(&next, target));
    } else {
        GEMLET_TRY_CLEANUP(status, gm_path_parent(&directory, *path));
        GEMLET_TRY_CLEANUP(status, gm_path_join(&next, directory, target));
    }
    free(*path);
    *path = next;
cleanup:
    free(directory);
    return status;
}

static gemlet_status check_descriptor(int descriptor, const char *path)
{
    const int flags = fcntl(descriptor, F_GETFL);
    if (flags >= 0 && (flags & O_ACCMODE) != O_RDONLY)
        return GEMLET_OK;
    return gm_error(GEMLET_E_IO, "%s: cannot write: descriptor %d is not open for writing", path,
                    descriptor);
}

/* info: of what is at the end of all links. */
static gemlet_status check_kind(gm_output_place *place, const struct stat *info, const char *path)
{
    if (S_ISREG(info->st_mode))
        return GEMLET_OK;
    if (S_ISDIR(info->st_mode))
        return refuse(path, "directory");
    if (S_ISSOCK(info->st_mode) || S_ISBLK(info->st_mode))
        return refuse(path, S_ISSOCK(info->st_mode) ? "socket" : "block device");
    place->is_stream = 1;
    if (access(place->path, W_OK) != 0)
        return gm_error(GEMLET_E_IO, "%s: cannot write: %s", path, strerror(errno));
    return GEMLET_OK;
}

/* Follows the links of place->path to their end. */
static gemlet_status find(gm_output_place *place, const char *path)
{
    for (int n_links = 0; n_links <= MAX_LINKS; ++n_links) {
        struct stat info;
        struct stat link;
        GEMLET_TRY(find_descriptor(&place->descriptor, place->path));
        if (place->descriptor >= 0) {
            place->is_stream = 1;
            return check_descriptor(place->descriptor, path);
        }
        if (lstat(place->path, &link) != 0)
            return n_links > 0 && errno == ENOENT ? refuse(path, "symbolic link to nothing")
                                                  : GEMLET_OK; /* creating says what is wrong */
        if (!S_ISLNK(link.st_mode))
            return check_kind(place, &link, path);
        /* Links of /proc lead to pipes and the like by no path. */
        if (strncmp(place->path, "/proc/", 6) == 0 && stat(place->path, &info) == 0 &&
            !S_ISREG(info.st_mode))
            return check_kind(place, &info, path);
        GEMLET_TRY(follow(&place->path, &link));
    }
    return gm_error(GEMLET_E_IO, "%s: cannot create: %s", path, strerror(ELOOP));
}

gemlet_status gm_output_place_find(gm_output_place *place, const char *path)
{
    *place = (gm_output_place){.descriptor = -1};
    GEMLET_TRY(gm_copy_string(&place->path, path));
    const gemlet_status status = find(place, path);
    if (status != GEMLET_OK) {
        free(place->path);
        place->path = NULL;
    }
    return status;
}

/* O_NONBLOCK: without a reader open() would wait for ever. */
static int open_stream(const char *path)
{
    for (int i = 0;; ++i) {
        const struct timespec pause = {.tv_nsec = READER_LOOK_NANOS};
        const int stream = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (stream >= 0 || errno != ENXIO || i == READER_LOOKS)
            return stream;
        nanosleep(&pause, NULL);
    }
}

gemlet_status gm_output_place_open(int *descriptor, const gm_output_place *place)
{
    const char *path = place->path;
    *descriptor =
        place->descriptor >= 0 ? fcntl(place->descriptor, F_DUPFD_CLOEXEC, 0) : open_stream(path);
    if (*descriptor < 0)
        return gm_error(GEMLET_E_IO, "%s: cannot open for writing: %s", path,
                        errno == ENXIO ? "no program reads it" : strerror(errno));
    fflush(stdout); /* may be the same stream: what was printed before comes before */
    if (place->descriptor >= 0)
        return GEMLET_OK;
    const int flags = fcntl(*descriptor, F_GETFL);
    if (flags >= 0 && fcntl(*descriptor, F_SETFL, flags & ~O_NONBLOCK) == 0)
        return GEMLET_OK;
    const gemlet_status status =
        gm_error(GEMLET_E_IO, "%s: cannot open for writing: %s", path, strerror(errno));
    close(*descriptor);
    *descriptor = -1;
    return status;
}
