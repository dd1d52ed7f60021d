/* SPDX-License-Identifier: MIT
 * Where the time of training steps goes: every launch, or every operation where nothing is
 * launched, with its time, its cost and the limit of the device that it meets. */
#ifndef GM_BENCH_PROFILE_H
#define GM_BENCH_PROFILE_H

#include "backend/limits.h"
#include "backend/observer.h"
#include "gemlet/train.h"
#include "train/session.h"

/* All launches of one kernel for one operation of one shape. */
typedef struct gm_profile_row {
    char operation[32];
    char shape[256]; /* of a fused launch: its stages */
    char kernel[40]; /* empty on the CPU path */
    size_t n_groups; /* 0: a library decides */
    gm_op_cost cost; /* of one launch */
    uint64_t n_launches;
    double seconds;     /* of all of them, on the device */
    double gap_seconds; /* in which the device did nothing before them */
} gm_profile_row;

typedef struct gm_profile_launch {
    size_t row;
    gm_launch_time time;
} gm_profile_launch;

/* Zero-initialised; release with gm_profile_free(). */
typedef struct gm_profile {
    gm_profile_row *rows; /* in the order of their first launch, until gm_profile_sort() */
    size_t n_rows, row_capacity;
    gm_profile_launch *launches;
    size_t n_launches, launch_capacity;
    int is_fused;
    int has_limits; /* 0 on the CPU path */
    gm_device_limits limits;
    uint64_t n_steps;
    double wall_seconds;  /* of the profiled steps */
    double plain_seconds; /* of as many steps without a profile */
} gm_profile;

/* Takes the steps first..first+n_steps-1 of the session with a profile. */
gemlet_status gm_profile_session(gm_profile *profile, gm_session *session, uint64_t first,
                                 uint64_t n_steps);

/* Measures the limits of the device, then trains: n_warm steps, n_steps without and n_steps with a
 * profile. */
gemlet_status gm_profile_run(gm_profile *profile, const gemlet_model *model, gemlet_device *device,
                             const gemlet_dataset *dataset, const gemlet_train_options *options,
                             uint64_t n_warm, uint64_t n_steps);

/* One more launch, whose time is not known yet. */
gemlet_status gm_profile_add(gm_profile *profile, const char *operation, const char *shape,
                             gm_op_cost cost, const gm_observed_launch *launch);

/* times (n_launches), in order: fills the launches and the sums of the rows. Kernels of one queue
 * do not overlap; what a driver says otherwise is cut. Of a library's call only the last kernel has
 * a time: it counts from the end of what came before. */
void gm_profile_set_times(gm_profile *profile, const gm_launch_time *times);

/* Rows that take most time first. */
void gm_profile_sort(gm_profile *profile);

/* Least seconds of one launch of the row, over what it takes with its gap: 0..1, or a little more
 * where another figure was disturbed. NAN without limits. */
double gm_profile_bound_share(const gm_profile *profile, const gm_profile_row *row,
                              gm_bound *bound);

void gm_profile_free(gm_profile *profile);

#endif
