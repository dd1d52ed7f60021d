/* SPDX-License-Identifier: MIT
 * Ctrl-C as a request to end in an orderly way. */
#ifndef GM_CLI_INTERRUPT_H
#define GM_CLI_INTERRUPT_H

#include <signal.h>

/* From now on the first SIGINT or SIGTERM only sets the flag; a second one ends the program. */
void gm_interrupt_watch(void);

/* Not 0 once a request has come. What it points to lives as long as the program. */
const volatile sig_atomic_t *gm_interrupt_flag(void);

#endif
