/* SPDX-License-Identifier: MIT
 * Time that never runs backwards. */
#ifndef GM_CORE_CLOCK_H
#define GM_CORE_CLOCK_H

/* Seconds since some fixed moment. */
double gm_clock_seconds(void);

#endif
