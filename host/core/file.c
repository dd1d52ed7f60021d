/* SPDX-License-Identifier: MIT
 * Atomic files and directories over POSIX; see file.h. */
#define _XOPEN_SOURCE 700 /* S_ISVTX */
#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/memory.h"
#include "core/open_file.h"
#include "core/output_place.h"
#include "core/temporary.h"

static void release(gm_atomic_file *file)
{
    if (file->path != NULL && file->lock >= 0)
        close(file->lock);
    free(file->path);
    free(file->temporary_path);
    *file = (gm_atomic_file){0};
}

gemlet_status gm_path_parent(char **directory, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        return gm_copy_string(directory, ".");
    return gm_format_string(directory, "%.*s", slash > path ? (int)(slash - path) : 1, path);
}

/* In a directory like /tmp renaming would fail, only at the end, on a file of another user. */
static gemlet_status check_owner(const char *path, const char *directory)
{
    struct stat info;
    struct stat parent;
    const uid_t user = geteuid();
    if (user != 0 && lstat(path, &info) == 0 && info.st_uid != user &&
        stat(directory, &parent) == 0 && (parent.st_mode & S_ISVTX) != 0 && parent.st_uid != user)
        return gm_error(GEMLET_E_IO, "%s: cannot create: found a file of another user", path);
    return GEMLET_OK;
}

static gemlet_status open_temporary(gm_atomic_file *file, int *descriptor)
{
    char *directory = NULL;
    gemlet_status status = GEMLET_OK;
    GEMLET_TRY_CLEANUP(status, gm_path_parent(&directory, file->path));
    GEMLET_TRY_CLEANUP(status, check_owner(file->path, directory));
    gm_temporary_remove_strays(directory, GM_TEMPORARY_FILES);
    GEMLET_TRY_CLEANUP(
        status, gm_temporary_file_create(&file->temporary_path, descriptor, directory, file->path));
    file->lock = fcntl(*descriptor, F_DUPFD_CLOEXEC, 0);
cleanup:
    free(directory);
    return status;
}

gemlet_status gm_atomic_file_open(gm_atomic_file *file, const char *path)
{
    gm_output_place place;
    int descriptor = -1;
    *file = (gm_atomic_file){.lock = -1};
    GEMLET_TRY(gm_output_place_find(&place, path));
    file->path = place.path;
    gemlet_status status = GEMLET_OK;
    if (place.is_stream)
        GEMLET_TRY_CLEANUP(status, gm_output_place_open(&descriptor, &place));
    else
        GEMLET_TRY_CLEANUP(status, open_temporary(file, &descriptor));
    if (place.is_stream || file->lock >= 0)
        file->stream = fdopen(descriptor, "wb");
    if (file->stream == NULL) {
        status = gm_error(GEMLET_E_IO, "%s: cannot create: %s", path, strerror(errno));
        close(descriptor);
    }
cleanup:
    if (status != GEMLET_OK)
        gm_atomic_file_abort(file);
    return status;
}

void gm_atomic_file_abort(gm_atomic_file *file)
{
    if (file->stream != NULL)
        fclose(file->stream);
    if (file->temporary_path != NULL)
        unlink(file->temporary_path);
    release(file);
}

gemlet_status gm_atomic_file_complete(gm_atomic_file *file)
{
    gemlet_status status = GEMLET_OK;
    /* ferror: a write that failed earlier, e.g. on a full disk, may leave the flush successful. */
    if (ferror(file->stream) || fflush(file->stream) != 0 ||
        (file->temporary_path != NULL && fsync(fileno(file->stream)) != 0))
        status = gm_error(GEMLET_E_IO, "%s: cannot write: %s", file->path, strerror(errno));
    if (fclose(file->stream) != 0 && status == GEMLET_OK)
        status = gm_error(GEMLET_E_IO, "%s: cannot write: %s", file->path, strerror(errno));
    file->stream = NULL;
    if (status != GEMLET_OK)
        gm_atomic_file_abort(file);
    return status;
}

gemlet_status gm_atomic_file_commit(gm_atomic_file *file)
{
    if (file->stream != NULL)
        GEMLET_TRY(gm_atomic_file_complete(file));
    if (file->temporary_path != NULL && rename(file->temporary_path, file->path) != 0) {
        const gemlet_status status =
            gm_error(GEMLET_E_IO, "%s: cannot rename into place: %s", file->path, strerror(errno));
        gm_atomic_file_abort(file);
        return status;
    }
    release(file);
    return GEMLET_OK;
}

gemlet_status gm_file_write(const char *path, const void *bytes, size_t n_bytes)
{
    gm_atomic_file file;
    GEMLET_TRY(gm_atomic_file_open(&file, path));
    /* A short write sets the stream's error flag, which commit reports. */
    fwrite(bytes, 1, n_bytes, file.stream);
    return gm_atomic_file_commit(&file);
}

gemlet_status gm_file_check_writable(const char *path)
{
    gm_output_place place;
    gm_atomic_file probe;
    GEMLET_TRY(gm_output_place_find(&place, path));
    free(place.path);
    if (place.is_stream) /* opening it would be seen at its other end */
        return GEMLET_OK;
    GEMLET_TRY(gm_atomic_file_open(&probe, path));
    gm_atomic_file_abort(&probe);
    return GEMLET_OK;
}

int gm_file_is_stream(const char *path)
{
    gm_output_place place;
    if (gm_output_place_find(&place, path) != GEMLET_OK)
        return 0;
    free(place.path);
    return place.is_stream;
}

int gm_file_is_same(const char *a, const char *b)
{
    struct stat first;
    struct stat second;
    return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

int gm_file_is_same_place(const char *a, const char *b)
{
    const char *a_slash = strrchr(a, '/');
    const char *b_slash = strrchr(b, '/');
    const char *a_name = a_slash != NULL ? a_slash + 1 : a;
    const char *b_name = b_slash != NULL ? b_slash + 1 : b;
    char *a_parent = NULL;
    char *b_parent = NULL;
    const int is_same_parent = gm_path_parent(&a_parent, a) == GEMLET_OK &&
                               gm_path_parent(&b_parent, b) == GEMLET_OK &&
                               gm_file_is_same(a_parent, b_parent);
    free(b_parent);
    free(a_parent);
    return gm_file_is_same(a, b) || (is_same_parent && strcmp(a_name, b_name) == 0);
}

/* The bytes from here to the end; `size` is how many the file had a moment ago. */
static gemlet_status read_rest(char **out, size_t *n_bytes, int descriptor, size_t size,
                               const char *path)
{
    GEMLET_TRY(gm_alloc((void **)out, size + 1, 1, path));
    ssize_t n = 1;
    for (*n_bytes = 0; *n_bytes < size && n != 0; *n_bytes += n > 0 ? (size_t)n : 0) {
        n = read(descriptor, *out + *n_bytes, size - *n_bytes);
        if (n >= 0 || errno == EINTR)
            continue;
        const gemlet_status status =
            gm_error(GEMLET_E_IO, "%s: cannot read: %s", path, strerror(errno));
        free(*out);
        *out = NULL;
        return status;
    }
    return GEMLET_OK;
}

gemlet_status gm_file_read(char **out, size_t *n_bytes, const char *path, size_t max_bytes)
{
    int descriptor;
    struct stat info;
    *out = NULL;
    GEMLET_TRY(gm_open_regular(&descriptor, &info, path));
    const gemlet_status status =
        (uintmax_t)info.st_size > max_bytes
            ? gm_error(GEMLET_E_RANGE, "%s: found %ju bytes, expected at most %zu", path,
                       (uintmax_t)info.st_size, max_bytes)
            : read_rest(out, n_bytes, descriptor, (size_t)info.st_size, path);
    close(descriptor);
    return status;
}

static gemlet_status make_directory(const char *path)
{
    if (gm_directory_exists(path) || mkdir(path, 0777) == 0)
        return GEMLET_OK;
    const int code = errno; /* looking again would change it */
    struct stat info;
    if (code != EEXIST)
        return gm_error(GEMLET_E_IO, "%s: cannot create directory: %s", path, strerror(code));
    if (gm_directory_exists(path)) /* by another process, meanwhile */
        return GEMLET_OK;
    const int is_link = lstat(path, &info) == 0 && S_ISLNK(info.st_mode);
    return gm_error(GEMLET_E_IO, "%s: cannot create directory: found a %s", path,
                    is_link ? "link that leads to no directory" : "file");
}

gemlet_status gm_directory_create(const char *path)
{
    char *partial;
    GEMLET_TRY(gm_copy_string(&partial, path));
    gemlet_status status = GEMLET_OK;
    /* Creates each prefix that ends before a slash, then the whole path. */
    for (char *c = partial + (partial[0] != '\0'); status == GEMLET_OK; ++c) {
        const char end = *c;
        if (end != '/' && end != '\0')
            continue;
        *c = '\0';
        status = make_directory(partial);
        *c = end;
        if (end == '\0')
            break;
    }
    free(partial);
    return status;
}

void gm_directory_sync(const char *path)
{
    const int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return;
    (void)fsync(descriptor);
    close(descriptor);
}

int gm_file_exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

int gm_directory_exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

gemlet_status gm_path_join(char **out, const char *directory, const char *name)
{
    const size_t length = strlen(directory);
    const char *separator = length > 0 && directory[length - 1] == '/' ? "" : "/";
    return gm_format_string(out, "%s%s%s", directory, separator, name);
}
