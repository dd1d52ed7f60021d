/* SPDX-License-Identifier: MIT
 * See candidates.h. In the order of what can be hoped for: where the budget ends, the rest is not
 * tried. CLBlast comes last, it compiles for ten seconds on a CPU. */
#include "tune/candidates.h"

typedef enum change_kind {
    UNFUSED,
    TIMED,
    PANELS,
    SPLIT,
    ZEROS,
    CLBLAST
} change_kind;

static const struct {
    change_kind change;
    unsigned value;
} list[] = {
    {UNFUSED, 0},     {TIMED, 0},      {PANELS, 1},       {PANELS, 2},
    {PANELS, 3},      {PANELS, 4},     {PANELS, 5},       {SPLIT, 1250000},
    {SPLIT, 5000000}, {SPLIT, 600000}, {SPLIT, 10000000}, {ZEROS, 1},
    {CLBLAST, 0},     {CLBLAST, 1},    {CLBLAST, 2},      {CLBLAST, 3},
};

int gm_candidates_get(gm_tuning *candidate, unsigned position, const gm_tuning *best,
                      const gm_candidates_device *device)
{
    if (position >= sizeof list / sizeof list[0])
        return 0;
    const change_kind change = list[position].change;
    const unsigned value = list[position].value;
    *candidate = *best;
    if (change == UNFUSED)
        *candidate = (gm_tuning){.is_unfused = 1, .gemm = GEMLET_GEMM_OWN};
    if (change == CLBLAST)
        *candidate =
            (gm_tuning){.is_unfused = 1, .gemm = GEMLET_GEMM_CLBLAST, .clblast_set = value};
    if (change == TIMED && device->has_tiles)
        *candidate = (gm_tuning){.is_unfused = 1, .gemm = GEMLET_GEMM_OWN, .is_timed = 1};
    if (!device->can_fuse || change == UNFUSED || change == TIMED || change == CLBLAST)
        return 1;
    if (best->is_unfused)
        *candidate = (gm_tuning){0};
    if (change == PANELS)
        candidate->fused.panel_vectors = value;
    if (change == SPLIT)
        candidate->fused.min_split_fmas = value;
    if (change == ZEROS)
        candidate->fused.keeps_zeros = 1;
    return 1;
}
