/* SPDX-License-Identifier: MIT
 * Signals of the program; see interrupt.h. */
#include "cli/interrupt.h"

#include <stddef.h>
#include <time.h>

/* A key that is held down, or a program that sends its signal twice, is not yet impatience. */
#define PATIENCE_SECONDS 1

static volatile sig_atomic_t requested;
static volatile sig_atomic_t is_held;
static volatile sig_atomic_t must_end;  /* at the release */
static struct timespec first_interrupt; /* written and read by the handler only */
static volatile sig_atomic_t has_interrupt;

static void end_at_once(void)
{
    signal(SIGINT, SIG_DFL);
    raise(SIGINT); /* so that a shell sees what ended the program */
}

static int is_impatient(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (!has_interrupt) {
        has_interrupt = 1;
        first_interrupt = now;
        return 0;
    }
    const time_t seconds = now.tv_sec - first_interrupt.tv_sec;
    return seconds > PATIENCE_SECONDS ||
           (seconds == PATIENCE_SECONDS && now.tv_nsec >= first_interrupt.tv_nsec);
}

static void request(int signal_number)
{
    requested = 1;
    if (signal_number != SIGINT || !is_impatient())
        return;
    if (is_held)
        must_end = 1;
    else
        end_at_once();
}

void gm_interrupt_watch(void)
{
    struct sigaction action = {.sa_handler = request, .sa_flags = SA_RESTART};
    struct sigaction before;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    if (sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
        sigaction(SIGHUP, &action, NULL);
}

void gm_interrupt_survive_pipes(void)
{
    signal(SIGPIPE, SIG_IGN);
}

void gm_interrupt_survive_limits(void)
{
    signal(SIGXFSZ, SIG_IGN);
}

void gm_interrupt_keep_children(void)
{
    signal(SIGCHLD, SIG_DFL);
}

void gm_interrupt_hold(void)
{
    is_held = 1;
}

void gm_interrupt_release(void)
{
    is_held = 0;
    if (must_end)
        end_at_once();
}

const volatile sig_atomic_t *gm_interrupt_flag(void)
{
    return &requested;
}
