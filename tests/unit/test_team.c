/* SPDX-License-Identifier: MIT
 * Threads that share the ranges of a loop. */
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "core/team.h"
#include "support/run_suite.h"

#define N_ITEMS 1000u

typedef struct visits {
    unsigned n[N_ITEMS]; /* how often each item was visited; no two threads write to one */
    size_t unit;
    atomic_uint n_ranges;
    atomic_uint n_wrong; /* ranges that do not begin at a multiple of the unit */
} visits;

static void visit(const void *context, size_t first, size_t end)
{
    visits *v = *(visits *const *)context;
    atomic_fetch_add(&v->n_ranges, 1);
    if (first % v->unit != 0 || end > N_ITEMS || first > end)
        atomic_fetch_add(&v->n_wrong, 1);
    for (size_t i = first; i < end; ++i)
        ++v->n[i];
}

/* Every item once, in as many ranges as there should be. */
static void check_run(gm_team *team, size_t n_items, size_t unit, size_t n_parts)
{
    static visits v;
    visits *const context = &v;
    memset(&v, 0, sizeof v);
    v.unit = unit;
    gm_team_run(team, n_items, unit, n_parts, visit, &context);
    size_t n_expected = (n_items + unit - 1) / unit;
    n_expected = n_expected < n_parts ? n_expected : n_parts;
    n_expected = n_expected < gm_team_n_threads(team) ? n_expected : gm_team_n_threads(team);
    ck_assert_uint_eq(v.n_ranges, n_expected > 1 ? n_expected : 1);
    ck_assert_uint_eq(v.n_wrong, 0);
    for (size_t i = 0; i < N_ITEMS; ++i)
        ck_assert_msg(v.n[i] == (i < n_items), "item %zu of %zu: %u visits", i, n_items, v.n[i]);
}

START_TEST(every_item_is_visited_once)
{
    static const unsigned threads[] = {1, 2, 3, 8};
    static const size_t items[] = {0, 1, 15, 16, 17, 150, 1000};
    static const size_t units[] = {1, 8, 16};
    for (size_t t = 0; t < sizeof threads / sizeof threads[0]; ++t) {
        gm_team *team;
        ck_assert_int_eq(gm_team_create(&team, threads[t]), GEMLET_OK);
        ck_assert_uint_eq(gm_team_n_threads(team), threads[t]);
        for (size_t i = 0; i < sizeof items / sizeof items[0]; ++i) {
            for (size_t u = 0; u < sizeof units / sizeof units[0]; ++u) {
                for (size_t n_parts = 0; n_parts <= 9; n_parts += 3)
                    check_run(team, items[i], units[u], n_parts);
            }
        }
        gm_team_destroy(team);
    }
}
END_TEST

START_TEST(without_a_team_there_is_one_range)
{
    ck_assert_uint_eq(gm_team_n_threads(NULL), 1);
    check_run(NULL, N_ITEMS, 1, 4);
    gm_team_destroy(NULL);
}
END_TEST

/* One loop behind another: threads that are late, awake and asleep meet the loop that follows. */
START_TEST(loops_follow_each_other)
{
    const struct timespec pause = {.tv_nsec = 3000000};
    gm_team *team;
    ck_assert_int_eq(gm_team_create(&team, 4), GEMLET_OK);
    for (unsigned round = 0; round < 300; ++round) {
        check_run(team, 64 + round % 7, 1, 1 + round % 4);
        if (round % 200 == 0)
            nanosleep(&pause, NULL); /* until they sleep */
    }
    gm_team_destroy(team);
}
END_TEST

/* Owner and caller reach for the same range at the same time, again and again. */
START_TEST(no_range_is_taken_twice)
{
    static visits v = {.unit = 1};
    visits *const context = &v;
    const unsigned n_rounds = 50000;
    gm_team *team;
    ck_assert_int_eq(gm_team_create(&team, 2), GEMLET_OK);
    for (unsigned round = 0; round < n_rounds; ++round)
        gm_team_run(team, 2, 1, 2, visit, &context);
    gm_team_destroy(team);
    ck_assert_uint_eq(v.n[0], n_rounds);
    ck_assert_uint_eq(v.n[1], n_rounds);
}
END_TEST

/* Ranges but the first take their time. */
static void visit_slowly(const void *context, size_t first, size_t end)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    if (first > 0)
        nanosleep(&pause, NULL);
    visit(context, first, end);
}

START_TEST(the_caller_waits_for_all)
{
    static visits v = {.unit = 1};
    visits *const context = &v;
    gm_team *team;
    ck_assert_int_eq(gm_team_create(&team, 3), GEMLET_OK);
    for (unsigned round = 1; round <= 20; ++round) {
        gm_team_run(team, N_ITEMS, 1, 3, visit_slowly, &context);
        for (size_t i = 0; i < N_ITEMS; ++i)
            ck_assert_uint_eq(v.n[i], round);
    }
    gm_team_destroy(team);
}
END_TEST

typedef struct meeting {
    atomic_uint n_here;
    atomic_uint n_alone; /* ranges that gave up */
} meeting;

static void wait_for_both(const void *context, size_t first, size_t end)
{
    meeting *m = *(meeting *const *)context;
    const clock_t started = clock();
    atomic_fetch_add(&m->n_here, (unsigned)(end - first));
    while (atomic_load(&m->n_here) < 2) {
        if (clock() - started > 10 * CLOCKS_PER_SEC) {
            atomic_fetch_add(&m->n_alone, 1);
            return;
        }
    }
}

/* A range of one thread sees that of another one under way, also behind a sleep. */
START_TEST(ranges_run_at_the_same_time)
{
    static const long pauses[] = {0, 10000000};
    gm_team *team;
    ck_assert_int_eq(gm_team_create(&team, 2), GEMLET_OK);
    for (size_t i = 0; i < sizeof pauses / sizeof pauses[0]; ++i) {
        const struct timespec pause = {.tv_nsec = pauses[i]};
        meeting m = {0, 0};
        meeting *const context = &m;
        nanosleep(&pause, NULL);
        gm_team_run(team, 2, 1, 2, wait_for_both, &context);
        ck_assert_uint_eq(m.n_here, 2);
        ck_assert_uint_eq(m.n_alone, 0);
    }
    gm_team_destroy(team);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("team");
    TCase *tests = tcase_create("all");
    tcase_set_timeout(tests, 30);
    tcase_add_test(tests, every_item_is_visited_once);
    tcase_add_test(tests, without_a_team_there_is_one_range);
    tcase_add_test(tests, loops_follow_each_other);
    tcase_add_test(tests, no_range_is_taken_twice);
    tcase_add_test(tests, the_caller_waits_for_all);
    tcase_add_test(tests, ranges_run_at_the_same_time);
    suite_add_tcase(suite, tests);
    return suite;
}
