/* SPDX-License-Identifier: MIT
 * See private_place.h. */
#include "core/private_place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "core/memory.h"

static int is_writable_by_others(const struct stat *info)
{
    return (info->st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

gemlet_status gm_private_directory_check(const char *path)
{
    struct stat link;
    struct stat info;
    if (lstat(path, &link) != 0)
        return errno == ENOENT || errno == ENOTDIR
                   ? GEMLET_OK
                   : gm_error(GEMLET_E_IO, "%s: cannot look at it: %s", path, strerror(errno));
    if (stat(path, &info) != 0)
        return gm_error(GEMLET_E_IO, "%s: cannot look at it: %s", path, strerror(errno));
    if (!S_ISDIR(info.st_mode))
        return gm_error(GEMLET_E_IO, "%s: is no directory", path);
    if (link.st_uid != geteuid() || info.st_uid != geteuid())
        return gm_error(GEMLET_E_IO, "%s: belongs to user %lu, not to user %lu who runs this", path,
                        (unsigned long)(link.st_uid != geteuid() ? link.st_uid : info.st_uid),
                        (unsigned long)geteuid());
    if (is_writable_by_others(&info))
        return gm_error(GEMLET_E_IO, "%s: others can write it (mode %o, expected 700)", path,
                        (unsigned)(info.st_mode & 07777));
    return GEMLET_OK;
}

gemlet_status gm_private_directory_create(const char *path)
{
    char *parent;
    GEMLET_TRY(gm_copy_string(&parent, path));
    gemlet_status status = GEMLET_OK;
    char *slash = strrchr(parent, '/');
    if (slash != NULL && slash != parent) {
        *slash = '\0';
        if (!gm_directory_exists(parent))
            status = gm_private_directory_create(parent);
    }
    free(parent);
    GEMLET_TRY(status);
    if (mkdir(path, 0700) == 0 || errno == EEXIST)
        return GEMLET_OK;
    return gm_error(GEMLET_E_IO, "%s: cannot create directory: %s", path, strerror(errno));
}

/* What makes a file another one than expected; NULL if nothing does. */
static const char *find_fault(const struct stat *info, size_t max_bytes)
{
    if (!S_ISREG(info->st_mode))
        return "is no regular file";
    if (info->st_uid != geteuid())
        return "belongs to another user";
    if (is_writable_by_others(info))
        return "can be written by others";
    return (uintmax_t)info->st_size > max_bytes ? "is too long" : NULL;
}

gemlet_status gm_private_file_open(int *descriptor, struct stat *info, const char *path,
                                   size_t max_bytes)
{
    *descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (*descriptor < 0)
        return gm_error(GEMLET_E_IO, "%s: cannot open: %s", path, strerror(errno));
    const char *fault =
        fstat(*descriptor, info) != 0 ? strerror(errno) : find_fault(info, max_bytes);
    if (fault == NULL)
        return GEMLET_OK;
    close(*descriptor);
    return gm_error(GEMLET_E_IO, "%s: %s", path, fault);
}

gemlet_status gm_private_file_read(char **out, size_t *n_bytes, const char *path, size_t max_bytes)
{
    struct stat info;
    int file;
    gemlet_status status = GEMLET_OK;
    *out = NULL;
    GEMLET_TRY(gm_private_file_open(&file, &info, path, max_bytes));
    GEMLET_TRY_CLEANUP(status, gm_alloc((void **)out, (size_t)info.st_size + 1, 1, path));
    ssize_t n = 0;
    for (*n_bytes = 0; *n_bytes < (size_t)info.st_size; *n_bytes += (size_t)n) {
        n = read(file, *out + *n_bytes, (size_t)info.st_size - *n_bytes);
        if (n < 0)
            GEMLET_TRY_CLEANUP(status,
                               gm_error(GEMLET_E_IO, "%s: cannot read: %s", path, strerror(errno)));
        if (n == 0)
            break;
    }
cleanup:
    if (status != GEMLET_OK) {
        free(*out);
        *out = NULL;
    }
    close(file);
    return status;
}
