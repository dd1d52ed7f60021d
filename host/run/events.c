/* SPDX-License-Identifier: MIT
 * See events.h. */
#include "run/events.h"

void gm_run_tell(const gm_run_events *events, gm_run_stage stage, const struct gm_run *run)
{
    if (events->on_stage != NULL)
        events->on_stage(stage, run, events->user);
}
