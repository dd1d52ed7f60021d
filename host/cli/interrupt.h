/* SPDX-License-Identifier: MIT
 * Signals as requests to end in an orderly way. */
#ifndef GM_CLI_INTERRUPT_H
#define GM_CLI_INTERRUPT_H

#include <signal.h>

/* From now on SIGINT, SIGTERM and SIGHUP, which stays ignored if it was, set the flag, however
 * often they come. Only a second SIGINT, a second or more after the first, ends the program at
 * once. */
void gm_interrupt_watch(void);

/* From now on a closed pipe is an error of the write, not the end of the program. */
void gm_interrupt_survive_pipes(void);

/* The same for files that become larger than the user may write. */
void gm_interrupt_survive_limits(void);

/* The ends of children can be asked for, even if the program was started where they were ignored.
 */
void gm_interrupt_keep_children(void);

/* Between the two nothing ends the program: what would have does so at the release. */
void gm_interrupt_hold(void);
void gm_interrupt_release(void);

/* Not 0 once a request to stop has come. Valid as long as the program runs. */
const volatile sig_atomic_t *gm_interrupt_flag(void);

#endif
