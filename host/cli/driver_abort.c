/* SPDX-License-Identifier: MIT
 * See driver_abort.h. */
#include "cli/driver_abort.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "core/clean_text.h"
#include "core/memory.h"
#include "core/pocl_cache.h"

/* Written beforehand: a signal handler may not format. */
static char message[1024];
static char **restart; /* command line without drivers; NULL: not to be started again */
static char **allowed_restart;

static int has_ended;
static pid_t reporter; /* a child that leaves by exit() is no driver */

gemlet_status gm_driver_abort_allow_restart(int argc, char **argv)
{
    static char option[] = "--device";
    static char value[] = "cpu";
    GEMLET_TRY(GM_ALLOC(allowed_restart, (size_t)argc + 3, "command line"));
    memcpy(allowed_restart, argv, (size_t)argc * sizeof *argv);
    allowed_restart[argc] = option; /* the last one counts */
    allowed_restart[argc + 1] = value;
    return GEMLET_OK;
}

void gm_driver_abort_forbid_restart(void)
{
    restart = NULL;
}

/* Returns if it cannot be done. Threads of the driver end with the old program. */
static void start_again(void)
{
    sigset_t aborts;
    sigemptyset(&aborts);
    sigaddset(&aborts, SIGABRT);
    sigprocmask(SIG_UNBLOCK, &aborts, NULL); /* what is blocked stays so in the new one */
    execv("/proc/self/exe", restart);
}

void gm_driver_abort_restart_after_error(void)
{
    if (restart == NULL || !gm_pocl_cache_is_suspected())
        return;
    gm_print_text(stderr, "gemlet: note: %s; starting again with --device cpu\n",
                  gemlet_last_error());
    start_again();
}

void gm_driver_abort_end(void)
{
    has_ended = 1;
}

static void on_abort(int signal)
{
    (void)signal;
    const ssize_t n = write(STDERR_FILENO, message, strlen(message));
    (void)n;
    if (restart != NULL)
        start_again();
    _exit(GM_EXIT_FAILURE);
}

static void on_exit_of_driver(void)
{
    if (!has_ended && getpid() == reporter)
        on_abort(0);
}

void gm_driver_abort_report(const gemlet_device_info *info, int is_chosen)
{
    char advice[GM_POCL_CACHE_TEXT_SIZE];
    struct sigaction action = {.sa_handler = on_abort};
    if (info->index < 0)
        return;
    gm_pocl_cache_advise(advice, info->platform);
    restart = is_chosen ? NULL : allowed_restart;
    snprintf(message, sizeof message,
             "gemlet: the OpenCL driver of %.200s ended the program; %s%s%s\n", info->platform,
             advice, advice[0] != '\0' ? "; " : "",
             restart != NULL ? "starting again with --device cpu" : "--device cpu does without it");
    sigemptyset(&action.sa_mask);
    sigaction(SIGABRT, &action, NULL);
    if (reporter == 0)
        atexit(on_exit_of_driver);
    reporter = getpid();
}
