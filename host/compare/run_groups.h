/* SPDX-License-Identifier: MIT
 * Runs that differ only in their seed, gathered: a group is one row of the comparison. */
#ifndef GM_COMPARE_RUN_GROUPS_H
#define GM_COMPARE_RUN_GROUPS_H

#include "compare/run_record.h"

typedef struct gm_run_group {
    size_t *runs; /* (n_runs), positions of the records, in their order */
    size_t n_runs;
    char *label; /* what the names of their directories have in common; no two groups share one */
} gm_run_group;

typedef struct gm_run_groups {
    const gm_run_record *records; /* (n_records), the caller's */
    size_t n_records;
    gm_run_group *groups; /* (n), in the order of their first runs */
    size_t n;
    size_t *repeats; /* (n_records): the record that this one repeats, same traits and same seed, or
                        its own position; repeats are in no group */
    const char **traits; /* (n_traits), names of those that differ between groups, in order; text
                            belongs to the records */
    size_t n_traits;
} gm_run_groups;

/* On failure *groups is all zero. */
gemlet_status gm_run_groups_create(gm_run_groups *groups, const gm_run_record *records, size_t n);

/* The value of a trait for all of a group. */
const char *gm_run_groups_trait(const gm_run_groups *groups, size_t group, const char *name);

/* 1 if two traits tell the same groups apart, e.g. a recipe and the learning rate it brings. */
int gm_run_groups_agree(const gm_run_groups *groups, const char *trait, const char *other);

/* Values of a figure for the runs of a group that have it, into values (n_runs); returns their
 * number. */
size_t gm_run_groups_figures(const gm_run_groups *groups, size_t group, gm_figure figure,
                             double *values);

/* 1 if every run of a has its partner in b, the one with the same seed, and the other way round. */
int gm_run_groups_are_paired(const gm_run_groups *groups, size_t a, size_t b);

/* The record of group `b` with the same seed as record `run`. The groups must be paired. */
size_t gm_run_groups_partner(const gm_run_groups *groups, size_t run, size_t b);

/* Harmless on a zeroed object. */
void gm_run_groups_free(gm_run_groups *groups);

#endif
