/* SPDX-License-Identifier: MIT
 * Gathers runs by their traits; see run_groups.h. */
#include "compare/run_groups.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

/* ---- which runs belong together ------------------------------------------------------------- */

static int has_all_traits_of(const gm_run_record *a, const gm_run_record *b)
{
    for (size_t i = 0; i < b->n_traits; ++i) {
        if (strcmp(gm_run_record_trait(a, b->traits[i].name), b->traits[i].value) != 0)
            return 0;
    }
    return 1;
}

static int are_alike(const gm_run_record *a, const gm_run_record *b)
{
    return has_all_traits_of(a, b) && has_all_traits_of(b, a);
}

/* Seeds that are not known exactly (NAN) are equal to none. */
static int is_repeat(const gm_run_record *a, const gm_run_record *b)
{
    return a->seed == b->seed || strcmp(a->directory, b->directory) == 0;
}

static gemlet_status place_run(gm_run_groups *groups, size_t run)
{
    const gm_run_record *record = &groups->records[run];
    size_t at = 0;
    while (at < groups->n && !are_alike(&groups->records[groups->groups[at].runs[0]], record))
        ++at;
    gm_run_group *group = &groups->groups[at];
    if (at == groups->n) {
        GEMLET_TRY(GM_ALLOC(group->runs, groups->n_records, "runs of a group"));
        ++groups->n;
    }
    groups->repeats[run] = run;
    for (size_t i = 0; i < group->n_runs; ++i) {
        if (is_repeat(&groups->records[group->runs[i]], record)) {
            groups->repeats[run] = group->runs[i];
            return GEMLET_OK;
        }
    }
    group->runs[group->n_runs++] = run;
    return GEMLET_OK;
}

/* ---- what tells the groups apart ------------------------------------------------------------ */

const char *gm_run_groups_trait(const gm_run_groups *groups, size_t group, const char *name)
{
    return gm_run_record_trait(&groups->records[groups->groups[group].runs[0]], name);
}

static int is_listed(const gm_run_groups *groups, const char *name)
{
    for (size_t i = 0; i < groups->n_traits; ++i) {
        if (strcmp(groups->traits[i], name) == 0)
            return 1;
    }
    return 0;
}

static int differs(const gm_run_groups *groups, const char *name)
{
    for (size_t g = 1; g < groups->n; ++g) {
        if (strcmp(gm_run_groups_trait(groups, 0, name), gm_run_groups_trait(groups, g, name)) != 0)
            return 1;
    }
    return 0;
}

static gemlet_status list_traits(gm_run_groups *groups)
{
    GEMLET_TRY(
        GM_ALLOC(groups->traits, groups->n * GM_RUN_RECORD_MAX_TRAITS, "options that differ"));
    for (size_t g = 0; g < groups->n; ++g) {
        const gm_run_record *record = &groups->records[groups->groups[g].runs[0]];
        for (size_t i = 0; i < record->n_traits; ++i) {
            const char *name = record->traits[i].name;
            if (!is_listed(groups, name) && differs(groups, name))
                groups->traits[groups->n_traits++] = name;
        }
    }
    return GEMLET_OK;
}

int gm_run_groups_agree(const gm_run_groups *groups, const char *trait, const char *other)
{
    for (size_t a = 0; a < groups->n; ++a) {
        for (size_t b = a + 1; b < groups->n; ++b) {
            const int is_same = strcmp(gm_run_groups_trait(groups, a, trait),
                                       gm_run_groups_trait(groups, b, trait)) == 0;
            const int is_other_same = strcmp(gm_run_groups_trait(groups, a, other),
                                             gm_run_groups_trait(groups, b, other)) == 0;
            if (is_same != is_other_same)
                return 0;
        }
    }
    return 1;
}

/* ---- labels --------------------------------------------------------------------------------- */

/* Length of what all directories of a group begin with. */
static size_t common_start(const gm_run_groups *groups, const gm_run_group *group)
{
    const char *first = groups->records[group->runs[0]].directory;
    size_t n = strlen(first);
    for (size_t i = 1; i < group->n_runs; ++i) {
        const char *other = groups->records[group->runs[i]].directory;
        size_t same = 0;
        while (same < n && other[same] == first[same])
            ++same;
        n = same;
    }
    return n;
}

/* Length of what they all end with, behind the common start. */
static size_t common_end(const gm_run_groups *groups, const gm_run_group *group, size_t start)
{
    const char *first = groups->records[group->runs[0]].directory;
    size_t n = strlen(first) - start;
    for (size_t i = 1; i < group->n_runs; ++i) {
        const char *other = groups->records[group->runs[i]].directory;
        const size_t limit = strlen(other) - start;
        size_t same = 0;
        while (same < n && same < limit &&
               other[strlen(other) - 1 - same] == first[strlen(first) - 1 - same])
            ++same;
        n = same;
    }
    return n;
}

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "runs/a-seed" and "runs/a-1" without the suffix of a seed: "runs/a". As it is if nothing
 * would be left. */
static size_t trim_seed(const char *text, size_t n)
{
    static const char word[] = "seed";
    const size_t length = sizeof word - 1;
    size_t kept = n;
    while (kept > 0 && is_digit(text[kept - 1])) /* of seeds 10, 11... */
        --kept;
    if (kept >= length && memcmp(text + kept - length, word, length) == 0)
        kept -= length;
    while (kept > 0 && strchr("-_./=", text[kept - 1]) != NULL)
        --kept;
    return kept > 0 ? kept : n;
}

/* A character of UTF-8 is not cut: its later bytes go with its first. */
static size_t whole_characters(const char *text, size_t n)
{
    while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
        --n;
    return n;
}

static gemlet_status make_label(gm_run_groups *groups, gm_run_group *group)
{
    const char *first = groups->records[group->runs[0]].directory;
    if (group->n_runs == 1)
        return gm_copy_string(&group->label, first);
    const size_t start = whole_characters(first, common_start(groups, group));
    const size_t end = common_end(groups, group, start);
    const char *tail = first + strlen(first) - end;
    while (((unsigned char)*tail & 0xc0) == 0x80)
        ++tail;
    if (*tail != '\0')
        return gm_format_string(&group->label, "%.*s*%s", (int)start, first, tail);
    const size_t kept = trim_seed(first, start);
    return gm_format_string(&group->label, "%.*s%s", (int)kept, first, kept == 0 ? "*" : "");
}

/* Cuts the directories that all labels are in: "runs/a", "runs/b" become "a", "b". */
static void cut_common_directories(gm_run_groups *groups)
{
    const char *first = groups->groups[0].label;
    size_t n = strlen(first);
    for (size_t g = 1; g < groups->n; ++g) {
        const char *label = groups->groups[g].label;
        size_t same = 0;
        while (same < n && label[same] == first[same])
            ++same;
        n = same;
    }
    while (n > 0 && (first[n - 1] != '/' || first[n] == '\0'))
        --n;
    for (size_t g = 0; g < groups->n; ++g) {
        char *label = groups->groups[g].label;
        memmove(label, label + n, strlen(label + n) + 1);
    }
}

static int is_taken(const gm_run_groups *groups, size_t n, const char *label)
{
    for (size_t g = 0; g < n; ++g) {
        if (strcmp(groups->groups[g].label, label) == 0)
            return 1;
    }
    return 0;
}

static gemlet_status make_labels(gm_run_groups *groups)
{
    for (size_t g = 0; g < groups->n; ++g)
        GEMLET_TRY(make_label(groups, &groups->groups[g]));
    cut_common_directories(groups);
    for (size_t g = 1; g < groups->n; ++g) {
        char *plain = groups->groups[g].label;
        char *label = plain;
        for (unsigned i = 2; is_taken(groups, g, label); ++i) {
            if (label != plain)
                free(label);
            label = NULL;
            const gemlet_status status = gm_format_string(&label, "%s (%u)", plain, i);
            if (status != GEMLET_OK)
                return status;
        }
        groups->groups[g].label = label;
        if (label != plain)
            free(plain);
    }
    return GEMLET_OK;
}

/* ---- the whole ------------------------------------------------------------------------------ */

gemlet_status gm_run_groups_create(gm_run_groups *groups, const gm_run_record *records, size_t n)
{
    *groups = (gm_run_groups){.records = records, .n_records = n};
    gemlet_status status = GM_ALLOC(groups->groups, n, "groups of runs");
    if (status == GEMLET_OK)
        status = GM_ALLOC(groups->repeats, n, "groups of runs");
    for (size_t i = 0; status == GEMLET_OK && i < n; ++i)
        status = place_run(groups, i);
    if (status == GEMLET_OK && n > 0)
        status = list_traits(groups);
    if (status == GEMLET_OK && n > 0)
        status = make_labels(groups);
    if (status != GEMLET_OK)
        gm_run_groups_free(groups);
    return status;
}

size_t gm_run_groups_figures(const gm_run_groups *groups, size_t group, gm_figure figure,
                             double *values)
{
    const gm_run_group *of = &groups->groups[group];
    size_t n = 0;
    for (size_t i = 0; i < of->n_runs; ++i) {
        const double value = groups->records[of->runs[i]].figures[figure];
        if (!isnan(value))
            values[n++] = value;
    }
    return n;
}

size_t gm_run_groups_partner(const gm_run_groups *groups, size_t run, size_t b)
{
    const gm_run_group *group = &groups->groups[b];
    for (size_t i = 0; i < group->n_runs; ++i) {
        if (groups->records[group->runs[i]].seed == groups->records[run].seed)
            return group->runs[i];
    }
    return groups->n_records;
}

int gm_run_groups_are_paired(const gm_run_groups *groups, size_t a, size_t b)
{
    const gm_run_group *group = &groups->groups[a];
    /* No group has a seed twice: partners for all of one are all of the other. */
    if (group->n_runs != groups->groups[b].n_runs)
        return 0;
    for (size_t i = 0; i < group->n_runs; ++i) {
        if (gm_run_groups_partner(groups, group->runs[i], b) == groups->n_records)
            return 0;
    }
    return 1;
}

void gm_run_groups_free(gm_run_groups *groups)
{
    for (size_t g = 0; g < groups->n; ++g) {
        free(groups->groups[g].runs);
        free(groups->groups[g].label);
    }
    free(groups->groups);
    free(groups->repeats);
    free(groups->traits);
    *groups = (gm_run_groups){0};
}
