/* SPDX-License-Identifier: MIT
 * See process_lock.h. */
#include "core/process_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "core/memory.h"

/* "<number> <host>", as the lock's file has it; in another container a number says little. */
#define OWNER_SIZE 96

static void describe_self(char owner[OWNER_SIZE])
{
    char host[64] = "";
    if (gethostname(host, sizeof host - 1) != 0)
        host[0] = '\0';
    snprintf(owner, OWNER_SIZE, "%ld %s\n", (long)getpid(), host);
}

/* "process 12", or "process 12 of host there"; "another process" if the file does not say. */
static void describe_holder(char *text, size_t size, int descriptor)
{
    char owner[OWNER_SIZE];
    char self[OWNER_SIZE];
    const ssize_t n = pread(descriptor, owner, sizeof owner - 1, 0);
    owner[n > 0 ? n : 0] = '\0';
    owner[strcspn(owner, "\n")] = '\0';
    char *end;
    const long number = strtol(owner, &end, 10);
    if (number <= 0 || *end != ' ') {
        snprintf(text, size, "another process");
        return;
    }
    describe_self(self);
    self[strcspn(self, "\n")] = '\0';
    const int is_here = strcmp(end, strchr(self, ' ')) == 0;
    snprintf(text, size, "process %ld%s%s", number, is_here ? "" : " of host", is_here ? "" : end);
}

/* 1 if the file of the directory is the one that is open. */
static int is_in_place(int descriptor, const char *path)
{
    struct stat ours;
    struct stat there;
    return fstat(descriptor, &ours) == 0 && lstat(path, &there) == 0 &&
           ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

static void write_owner(int descriptor)
{
    char owner[OWNER_SIZE];
    describe_self(owner);
    /* A file that cannot be written names nobody, but locks all the same. */
    if (ftruncate(descriptor, 0) == 0 && pwrite(descriptor, owner, strlen(owner), 0) < 0)
        return;
}

/* One try: GEMLET_OK without the lock if the file has gone meanwhile. */
static gemlet_status try_lock(gm_process_lock *lock, int *is_busy, const char *path,
                              const char *what)
{
    struct stat info;
    char holder[128];
    const int descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
    if (descriptor < 0)
        return gm_error(GEMLET_E_IO, "%s: cannot open: %s", path, strerror(errno));
    if (fstat(descriptor, &info) != 0 || !S_ISREG(info.st_mode)) {
        close(descriptor);
        return gm_error(GEMLET_E_IO, "%s: cannot lock: expected a regular file or none", path);
    }
    if (flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        *is_busy = 1;
        describe_holder(holder, sizeof holder, descriptor);
        close(descriptor);
        return gm_error(GEMLET_E_IO, "%s: in use by %s: wait for it, or use another directory",
                        what, holder);
    }
    if (!is_in_place(descriptor, path)) {
        close(descriptor);
        return GEMLET_OK;
    }
    write_owner(descriptor);
    *lock = (gm_process_lock){.is_held = 1, .descriptor = descriptor};
    return GEMLET_OK;
}

gemlet_status gm_process_lock_take(gm_process_lock *lock, int *is_busy, const char *directory,
                                   const char *what)
{
    char *path;
    gemlet_status status = GEMLET_OK;
    *lock = (gm_process_lock){0};
    *is_busy = 0;
    GEMLET_TRY(gm_path_join(&path, directory, GM_PROCESS_LOCK_NAME));
    while (status == GEMLET_OK && !lock->is_held)
        status = try_lock(lock, is_busy, path, what);
    free(path);
    return status;
}

int gm_process_lock_extend(const gm_process_lock *lock, const char *from, const char *directory)
{
    char *old = NULL;
    char *new = NULL;
    int is_done = !lock->is_held;
    if (!is_done && gm_path_join(&old, from, GM_PROCESS_LOCK_NAME) == GEMLET_OK &&
        gm_path_join(&new, directory, GM_PROCESS_LOCK_NAME) == GEMLET_OK)
        is_done = link(old, new) == 0 || errno == ENOENT;
    free(new);
    free(old);
    return is_done;
}

void gm_process_lock_release(gm_process_lock *lock, const char *directory)
{
    char *path;
    if (!lock->is_held)
        return;
    if (gm_path_join(&path, directory, GM_PROCESS_LOCK_NAME) == GEMLET_OK) {
        if (is_in_place(lock->descriptor, path))
            unlink(path);
        free(path);
    }
    close(lock->descriptor);
    lock->is_held = 0;
}
