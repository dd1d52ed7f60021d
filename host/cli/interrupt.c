/* SPDX-License-Identifier: MIT
 * Signals of the program; see interrupt.h. */
#include "cli/interrupt.h"

#include <stddef.h>

#include <stddef.h>

static volatile sig_atomic_t requested;

static void request(int signal_number)
{
    (void)signal_number;
    requested = 1;
}

void gm_interrupt_watch(void)
{
    struct sigaction action = {.sa_handler = request, .sa_flags = (int)SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

const volatile sig_atomic_t *gm_interrupt_flag(void)
{
    return &requested;
}
