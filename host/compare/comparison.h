/* SPDX-License-Identifier: MIT
 * What groups of runs come to, as text: the table of their figures, and what can be said of the
 * differences between them. */
#ifndef GM_COMPARE_COMPARISON_H
#define GM_COMPARE_COMPARISON_H

#include <stdio.h>

#include "compare/run_groups.h"
#include "core/text_table.h"

#define GM_COMPARISON_NOT_TESTED                                                                   \
    "one seed each: whether the differences mean anything cannot be tested"

typedef enum gm_comparison_pairs {
    GM_PAIRS_FIRST, /* the first group with each other */
    GM_PAIRS_ALL    /* each with each */
} gm_comparison_pairs;

typedef struct gm_comparison_format {
    int markdown;
    int all_figures; /* 1: balanced accuracy, macro F1 and AUC, too */
    gm_comparison_pairs pairs;
} gm_comparison_format;

/* Fills an empty table with a row for each of the groups, of which there is at least one. */
gemlet_status gm_comparison_figures(gm_text_table *table, const gm_run_groups *groups,
                                    const gm_comparison_format *format);

/* 1 if there are several groups, and one of them has several runs: else there is nothing to test.
 */
int gm_comparison_is_tested(const gm_run_groups *groups);

/* Fills an empty table with the mean differences between pairs of groups and their tests of
 * significance. There must be some to test. */
gemlet_status gm_comparison_differences(gm_text_table *table, const gm_run_groups *groups,
                                        const gm_comparison_format *format);

/* Prints a row for each of the groups, of which there is at least one, and what they share. */
gemlet_status gm_comparison_print_figures(const gm_run_groups *groups,
                                          const gm_comparison_format *format, FILE *stream);

/* Prints the mean differences between pairs of groups with their tests of significance; a line that
 * says why if there are none to test. Nothing for a single group. */
gemlet_status gm_comparison_print_differences(const gm_run_groups *groups,
                                              const gm_comparison_format *format, FILE *stream);

#endif
