/* SPDX-License-Identifier: MIT
 * See driver_probe.h. fork without exec: the child is this process before it has touched OpenCL. */
#include "backend/opencl/driver_probe.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"

#define DEFAULT_SECONDS 10
#define MOST_SECONDS    3600

/* Exit code of a child that came to the end of its query; a driver that exits gives another. */
#define EXIT_QUERIED 113

static int time_limit(void)
{
    const char *text = getenv("GEMLET_DRIVER_SECONDS");
    const long seconds = text != NULL ? strtol(text, NULL, 10) : 0;
    return seconds >= 1 && seconds <= MOST_SECONDS ? (int)seconds : DEFAULT_SECONDS;
}

/* A signal ends the child as if it were a program of its own, with no core file and no words; so
 * does the time limit, should its parent be gone by then. */
static void detach(void)
{
    static const int signals[] = {SIGINT,  SIGTERM, SIGHUP, SIGPIPE, SIGABRT,
                                  SIGSEGV, SIGBUS,  SIGILL, SIGFPE,  SIGALRM};
    const struct rlimit no_core = {0, 0};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; ++i)
        signal(signals[i], SIG_DFL);
    setpgid(0, 0);
    setrlimit(RLIMIT_CORE, &no_core);
    const int nowhere = open("/dev/null", O_RDWR);
    for (int i = STDIN_FILENO; i <= STDERR_FILENO; ++i)
        dup2(nowhere, i);
    alarm((unsigned)time_limit() + 5u);
}

void gm_probe_start(gm_probe *probe, const char *vendors, void (*query)(void))
{
    *probe = (gm_probe){.state = GM_PROBE_RUNS};
    probe->child = fork();
    if (probe->child < 0) {
        probe->state = GM_PROBE_NONE;
        probe->code = errno;
    } else if (probe->child == 0) {
        detach();
        if (vendors != NULL)
            setenv("OCL_ICD_VENDORS", vendors, 1);
        query();
        _exit(EXIT_QUERIED);
    }
}

/* Sets the state of a child that has ended. */
static void look_at(gm_probe *probe)
{
    int ended = 0;
    if (probe->state != GM_PROBE_RUNS)
        return;
    const pid_t waited = waitpid(probe->child, &ended, WNOHANG);
    if (waited == 0 || (waited < 0 && errno == EINTR))
        return;
    if (waited < 0) { /* the program ignores the ends of its children, or has asked for this one */
        probe->state = GM_PROBE_NONE;
        probe->code = errno;
    } else if (WIFSIGNALED(ended)) {
        probe->state = GM_PROBE_KILLED;
        probe->code = WTERMSIG(ended);
    } else {
        probe->code = WEXITSTATUS(ended);
        probe->state = probe->code == EXIT_QUERIED ? GM_PROBE_GOOD : GM_PROBE_EXITED;
    }
}

static size_t count_running(gm_probe *probes, size_t n_probes)
{
    size_t n = 0;
    for (size_t i = 0; i < n_probes; ++i) {
        look_at(&probes[i]);
        n += probes[i].state == GM_PROBE_RUNS;
    }
    return n;
}

/* Until all have ended or the clock shows `end`. Asks, instead of waiting to be told: a child's own
 * child would keep a pipe open, and SIGCHLD belongs to the program. */
static void wait_until(double end, gm_probe *probes, size_t n_probes)
{
    const struct timespec pause = {0, 1000000};
    while (count_running(probes, n_probes) > 0 && gm_clock_seconds() < end)
        nanosleep(&pause, NULL);
}

void gm_probe_wait(gm_probe *probes, size_t n_probes)
{
    const int seconds = time_limit();
    wait_until(gm_clock_seconds() + seconds, probes, n_probes);
    for (size_t i = 0; i < n_probes; ++i) {
        if (probes[i].state == GM_PROBE_RUNS && kill(-probes[i].child, SIGKILL) != 0)
            kill(probes[i].child, SIGKILL);
    }
    for (size_t i = 0; i < n_probes; ++i) {
        if (probes[i].state != GM_PROBE_RUNS)
            continue;
        /* One that waits within the system cannot be ended: it is left alone. */
        wait_until(gm_clock_seconds() + 1.0, &probes[i], 1);
        probes[i].state = GM_PROBE_HANGS;
        probes[i].code = seconds;
    }
}

void gm_probe_describe(char *text, const gm_probe *probe)
{
    switch (probe->state) {
    case GM_PROBE_KILLED:
        snprintf(text, GM_PROBE_TEXT_SIZE, "crashed when it was loaded or asked (signal %d, %s)",
                 probe->code, strsignal(probe->code));
        return;
    case GM_PROBE_EXITED:
        snprintf(text, GM_PROBE_TEXT_SIZE, "ended the process that loaded it (exit code %d)",
                 probe->code);
        return;
    case GM_PROBE_HANGS:
        snprintf(text, GM_PROBE_TEXT_SIZE,
                 "did not answer within %d s (GEMLET_DRIVER_SECONDS sets another limit)",
                 probe->code);
        return;
    case GM_PROBE_NONE:
        snprintf(text, GM_PROBE_TEXT_SIZE, "cannot be tried in a process of its own: %s",
                 strerror(probe->code));
        return;
    case GM_PROBE_RUNS:
    case GM_PROBE_GOOD:
        break;
    }
    snprintf(text, GM_PROBE_TEXT_SIZE, "answers");
}
