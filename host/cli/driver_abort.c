/* SPDX-License-Identifier: MIT
 * See driver_abort.h. */
#include "cli/driver_abort.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "core/pocl_cache.h"

/* Written beforehand: a signal handler may not format. */
static char message[1024];

static int has_ended;
static pid_t reporter; /* a child that leaves by exit() is no driver */

void gm_driver_abort_end(void)
{
    has_ended = 1;
}

static void on_abort(int signal)
{
    (void)signal;
    const ssize_t n = write(STDERR_FILENO, message, strlen(message));
    (void)n;
    _exit(GM_EXIT_FAILURE);
}

static void on_exit_of_driver(void)
{
    if (!has_ended && getpid() == reporter)
        on_abort(0);
}

void gm_driver_abort_report(const gemlet_device_info *info)
{
    char advice[GM_POCL_CACHE_TEXT_SIZE];
    struct sigaction action = {.sa_handler = on_abort};
    if (info->index < 0)
        return;
    gm_pocl_cache_advise(advice, info->platform);
    snprintf(
        message, sizeof message,
        "gemlet: the OpenCL driver of %.200s ended the program; %s%s--device cpu does without it\n",
        info->platform, advice, advice[0] != '\0' ? "; " : "");
    sigemptyset(&action.sa_mask);
    sigaction(SIGABRT, &action, NULL);
    if (reporter == 0)
        atexit(on_exit_of_driver);
    reporter = getpid();
}
