/* SPDX-License-Identifier: MIT
 * fork, exec, read, wait; see child_process.h.
 *
 * posix_spawn would do without fork, but has no portable way to change the directory. Between fork
 * and exec the child calls nothing that could wait for a lock another thread held at the fork. */
#include "report/child_process.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a shell returns for a command it cannot find. */
#define EXIT_NOT_FOUND 127

_Noreturn static void become(const char *directory, char *const *argv, int output)
{
    const int input = open("/dev/null", O_RDONLY);
    if (input >= 0 && dup2(input, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0 &&
        dup2(output, STDERR_FILENO) >= 0 && chdir(directory) == 0)
        execvp(argv[0], argv);
    _exit(EXIT_NOT_FOUND);
}

/* Reads to the end of the pipe, so that the child never waits for room, and keeps the start. */
static void collect_output(int pipe_end, char *text, size_t size)
{
    size_t length = 0;
    char chunk[4096];
    for (;;) {
        const ssize_t n = read(pipe_end, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        for (ssize_t i = 0; i < n && length + 1 < size; ++i)
            text[length++] = chunk[i] == '\n' || chunk[i] == '\0' ? ' ' : chunk[i];
    }
    while (length > 0 && text[length - 1] == ' ')
        --length;
    text[length] = '\0';
}

static void wait_for_end(pid_t child, gm_child_result *result)
{
    int ended = 0;
    pid_t waited;
    do
        waited = waitpid(child, &ended, 0);
    while (waited < 0 && errno == EINTR);
    result->exit_code = waited == child && WIFEXITED(ended) ? WEXITSTATUS(ended) : -1;
    result->signal = waited == child && WIFSIGNALED(ended) ? WTERMSIG(ended) : 0;
    result->found = result->exit_code != EXIT_NOT_FOUND;
}

gemlet_status gm_child_process_run(gm_child_result *result, const char *directory,
                                   char *const *argv)
{
    *result = (gm_child_result){0};
    int ends[2];
    if (pipe(ends) != 0)
        return gm_error(GEMLET_E_IO, "%s: cannot make a pipe: %s", argv[0], strerror(errno));
    /* Both ends close at exec; the child's output goes on through the copies made by dup2. */
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    const pid_t child = fork();
    if (child == 0)
        become(directory, argv, ends[1]);
    const int fork_error = errno;
    close(ends[1]);
    if (child > 0) {
        collect_output(ends[0], result->output, sizeof result->output);
        wait_for_end(child, result);
    }
    close(ends[0]);
    if (child < 0)
        return gm_error(GEMLET_E_IO, "%s: cannot start: %s", argv[0], strerror(fork_error));
    return GEMLET_OK;
}
