/* SPDX-License-Identifier: MIT
 * fork, exec, read, wait; see child_process.h.
 *
 * posix_spawn would do without fork, but has no portable way to change the directory. Between fork
 * and exec the child calls nothing that could wait for a lock another thread held at the fork. */
#include "report/child_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"

/* What a shell returns for a command it cannot find. */
#define EXIT_NOT_FOUND 127

/* Between two looks whether the child has ended: its output may stay open in children of its own,
 * and may be closed long before its end. */
#define LOOK_EVERY_MS 10

/* Should this process end first, an alarm, which outlives exec, ends the child. */
#define ALARM_MARGIN_SECONDS 5u

typedef struct child {
    pid_t pid;
    int output;  /* our end of the pipe; not blocking */
    int is_open; /* 0: at the end of the pipe */
    size_t length;
    gm_child_result *result;
} child;

_Noreturn static void become(const char *directory, char *const *argv, int output, double seconds)
{
    /* What this process ignores the child would ignore too. */
    static const int signals[] = {SIGALRM, SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ};
    sigset_t none;
    sigemptyset(&none);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; ++i)
        signal(signals[i], SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setpgid(0, 0);
    alarm((unsigned)seconds + ALARM_MARGIN_SECONDS);
    const int input = open("/dev/null", O_RDONLY);
    if (input >= 0 && dup2(input, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0 &&
        dup2(output, STDERR_FILENO) >= 0 && chdir(directory) == 0)
        execvp(argv[0], argv);
    _exit(EXIT_NOT_FOUND);
}

/* Reads what there is, so that the child never waits for room, and keeps the start. */
static void collect_output(child *c)
{
    char *text = c->result->output;
    char chunk[4096];
    ssize_t n = 0;
    while (c->is_open && (n = read(c->output, chunk, sizeof chunk)) > 0) {
        for (ssize_t i = 0; i < n && c->length + 1 < sizeof c->result->output; ++i)
            text[c->length++] = chunk[i] == '\n' || chunk[i] == '\0' ? ' ' : chunk[i];
    }
    if (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR))
        c->is_open = 0;
}

/* Returns 1, and fills the result, if the child has ended. */
static int has_ended(const child *c, int options)
{
    int ended = 0;
    pid_t waited;
    do
        waited = waitpid(c->pid, &ended, options);
    while (waited < 0 && errno == EINTR);
    if (waited == 0)
        return 0;
    gm_child_result *result = c->result;
    result->exit_code = waited == c->pid && WIFEXITED(ended) ? WEXITSTATUS(ended) : -1;
    result->signal = waited == c->pid && WIFSIGNALED(ended) ? WTERMSIG(ended) : 0;
    result->found = result->exit_code != EXIT_NOT_FOUND;
    return 1;
}

static void attend(child *c, double seconds)
{
    const double deadline = gm_clock_seconds() + seconds;
    while (!has_ended(c, WNOHANG)) {
        if (gm_clock_seconds() >= deadline) {
            kill(-c->pid, SIGKILL);
            has_ended(c, 0);
            c->result->timed_out = 1;
            return;
        }
        struct pollfd wanted = {.fd = c->is_open ? c->output : -1, .events = POLLIN};
        if (poll(&wanted, 1, LOOK_EVERY_MS) > 0)
            collect_output(c);
    }
    kill(-c->pid, SIGKILL); /* its children, should it have left any */
    collect_output(c);
}

static gemlet_status start(child *c, const char *directory, char *const *argv, double seconds)
{
    int ends[2];
    if (pipe(ends) != 0)
        return gm_error(GEMLET_E_IO, "%s: cannot make a pipe: %s", argv[0], strerror(errno));
    /* Both ends close at exec; the child's output goes on through the copies made by dup2. */
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    c->pid = fork();
    if (c->pid == 0)
        become(directory, argv, ends[1], seconds);
    const int fork_error = errno;
    close(ends[1]);
    if (c->pid > 0) {
        setpgid(c->pid, c->pid); /* whoever comes first: the group is there when it is killed */
        c->output = ends[0];
        c->is_open = 1;
        return GEMLET_OK;
    }
    close(ends[0]);
    return gm_error(GEMLET_E_IO, "%s: cannot start: %s", argv[0], strerror(fork_error));
}

gemlet_status gm_child_process_run(gm_child_result *result, const char *directory,
                                   char *const *argv, double seconds)
{
    *result = (gm_child_result){0};
    child c = {.result = result};
    GEMLET_TRY(start(&c, directory, argv, seconds));
    attend(&c, seconds);
    close(c.output);
    while (c.length > 0 && result->output[c.length - 1] == ' ')
        --c.length;
    result->output[c.length] = '\0';
    return GEMLET_OK;
}
