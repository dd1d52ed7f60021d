/* SPDX-License-Identifier: MIT
 * See open_file.h. */
#include "core/open_file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

/* How long a writer is waited for: both ends of a FIFO may be started by the same script. */
#define WRITER_POLLS       20
#define WRITER_POLL_MILLIS 100

typedef enum accepted_kinds {
    REGULAR_ONLY,
    REGULAR_OR_FIFO
} accepted_kinds;

static const char *kind_name(mode_t mode)
{
    if (S_ISDIR(mode))
        return "directory";
    if (S_ISFIFO(mode))
        return "pipe";
    return S_ISSOCK(mode) ? "socket" : "device";
}

static gemlet_status check_kind(const struct stat *info, accepted_kinds accepted, const char *path)
{
    if (S_ISREG(info->st_mode) || (S_ISFIFO(info->st_mode) && accepted == REGULAR_OR_FIFO))
        return GEMLET_OK;
    return gm_error(GEMLET_E_IO, "%s: cannot read: found a %s, expected a %s", path,
                    kind_name(info->st_mode),
                    accepted == REGULAR_ONLY ? "regular file" : "file or pipe");
}

static gemlet_status cannot_open(const char *path, int code)
{
    struct stat link;
    if (code == ENOENT && lstat(path, &link) == 0)
        return gm_error(GEMLET_E_IO, "%s: cannot open: found a symbolic link to nothing", path);
    return gm_error(GEMLET_E_IO, "%s: cannot open: %s", path, strerror(code));
}

/* 1 once there is a writer. Only reading tells one that has not written yet (EAGAIN) from none (the
 * end), so a byte that comes is kept. A writer that came and went hangs up. */
static int wait_for_writer(int descriptor, unsigned char *first, size_t *n_first)
{
    struct pollfd hang_up = {.fd = descriptor, .events = POLLIN};
    for (int i = 0; i < WRITER_POLLS; ++i) {
        const ssize_t n = read(descriptor, first, 1);
        if (n != 0) {
            *n_first = n > 0 ? 1 : 0;
            return 1;
        }
        if (poll(&hang_up, 1, WRITER_POLL_MILLIS) > 0 && (hang_up.revents & POLLIN) == 0)
            return 1;
    }
    return 0;
}

static gemlet_status begin_fifo(int descriptor, unsigned char *first, size_t *n_first,
                                const char *path)
{
    if (!wait_for_writer(descriptor, first, n_first))
        return gm_error(GEMLET_E_IO,
                        "%s: cannot read: found a pipe that no program writes to, expected a "
                        "writer within %d s",
                        path, WRITER_POLLS * WRITER_POLL_MILLIS / 1000);
    const int flags = fcntl(descriptor, F_GETFL);
    if (flags < 0 || fcntl(descriptor, F_SETFL, flags & ~O_NONBLOCK) != 0)
        return gm_error(GEMLET_E_IO, "%s: cannot read: %s", path, strerror(errno));
    return GEMLET_OK;
}

/* The kind is looked at before opening, which may do something to a device, and again after it. */
static gemlet_status open_kind(int *descriptor, struct stat *info, accepted_kinds accepted,
                               const char *path)
{
    *descriptor = -1;
    if (stat(path, info) != 0)
        return cannot_open(path, errno);
    GEMLET_TRY(check_kind(info, accepted, path));
    const int opened = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (opened < 0)
        return cannot_open(path, errno);
    gemlet_status status = GEMLET_OK;
    if (fstat(opened, info) != 0)
        status = gm_error(GEMLET_E_IO, "%s: cannot open: %s", path, strerror(errno));
    if (status == GEMLET_OK)
        status = check_kind(info, accepted, path);
    if (status == GEMLET_OK)
        *descriptor = opened;
    else
        close(opened);
    return status;
}

gemlet_status gm_open_regular(int *descriptor, struct stat *info, const char *path)
{
    return open_kind(descriptor, info, REGULAR_ONLY, path);
}

gemlet_status gm_open_stream(int *descriptor, struct stat *info, unsigned char *first,
                             size_t *n_first, const char *path)
{
    *n_first = 0;
    GEMLET_TRY(open_kind(descriptor, info, REGULAR_OR_FIFO, path));
    if (!S_ISFIFO(info->st_mode))
        return GEMLET_OK;
    const gemlet_status status = begin_fifo(*descriptor, first, n_first, path);
    if (status != GEMLET_OK) {
        close(*descriptor);
        *descriptor = -1;
    }
    return status;
}
