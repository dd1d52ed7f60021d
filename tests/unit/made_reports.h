/* SPDX-License-Identifier: MIT
 * Progress reports that tests make up. */
#ifndef GM_TESTS_UNIT_MADE_REPORTS_H
#define GM_TESTS_UNIT_MADE_REPORTS_H

#include "report/history.h"

/* Report i of a run that reports every 100 steps. */
gemlet_progress made_report(size_t i, double loss);

/* `count` reports falling from 2.3. Release with gm_history_free(). */
gm_history made_history(size_t count);

#endif
