/* SPDX-License-Identifier: MIT
 * What stats.json says of a run. */
#ifndef GM_RUN_STATS_H
#define GM_RUN_STATS_H

#include "run/run.h"

/* Writes it where the files of the run are written now. */
gemlet_status gm_run_save_stats(const gm_run *run);

#endif
