/* SPDX-License-Identifier: MIT
 * Parts of a measurement: what arrives from a process that ends well, badly, or not at all. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/part.h"
#include "core/json.h"
#include "support/run_suite.h"

#define MANY 20000u

static gm_part part;

static void tear_down(void)
{
    gm_part_free(&part);
}

static void run(gm_part_job *job, double seconds)
{
    static const int seven = 7;
    ck_assert_int_eq(gm_part_run(&part, job, &seven, seconds), GEMLET_OK);
}

static gemlet_status add_numbers(cJSON *results, const void *user)
{
    cJSON *numbers = cJSON_AddArrayToObject(results, "numbers");
    for (unsigned i = 0; i < MANY; ++i)
        cJSON_AddItemToArray(numbers, cJSON_CreateNumber(i));
    cJSON_AddNumberToObject(results, "given", *(const int *)user);
    return GEMLET_OK;
}

START_TEST(results_arrive)
{
    run(add_numbers, 60);
    ck_assert_int_eq(part.state, GM_PART_DONE);
    ck_assert_str_eq(part.message, "");
    const cJSON *numbers = cJSON_GetObjectItem(part.results, "numbers");
    ck_assert_int_eq(cJSON_GetArraySize(numbers), MANY);
    ck_assert_double_eq(cJSON_GetArrayItem(numbers, MANY - 1)->valuedouble, MANY - 1);
    ck_assert_double_eq(cJSON_GetObjectItem(part.results, "given")->valuedouble, 7);
}
END_TEST

static gemlet_status fail_half_way(cJSON *results, const void *user)
{
    (void)user;
    cJSON_AddNumberToObject(results, "done", 1);
    return gm_error(GEMLET_E_DEVICE, "made-up \"failure\"");
}

START_TEST(a_failure_keeps_what_was_found)
{
    run(fail_half_way, 60);
    ck_assert_int_eq(part.state, GM_PART_FAILED);
    ck_assert_str_eq(part.message, "made-up \"failure\"");
    ck_assert_ptr_nonnull(cJSON_GetObjectItem(part.results, "done"));
}
END_TEST

static gemlet_status crash(cJSON *results, const void *user)
{
    (void)results;
    (void)user;
    raise(SIGKILL);
    return GEMLET_OK;
}

START_TEST(a_crash_is_told)
{
    run(crash, 60);
    ck_assert_int_eq(part.state, GM_PART_KILLED);
    ck_assert_int_eq(part.code, SIGKILL);
    ck_assert_ptr_nonnull(strstr(part.message, "signal 9"));
    ck_assert_ptr_null(part.results);
}
END_TEST

static void leave_badly(void)
{
    _exit(3);
}

static gemlet_status spoil_the_end(cJSON *results, const void *user)
{
    (void)user;
    cJSON_AddNumberToObject(results, "done", 1);
    atexit(leave_badly);
    return GEMLET_OK;
}

START_TEST(a_bad_end_behind_the_results_is_told)
{
    run(spoil_the_end, 60);
    ck_assert_int_eq(part.state, GM_PART_EXITED);
    ck_assert_int_eq(part.code, 3);
    ck_assert_str_eq(part.message, "exit code 3 when it ended, behind its results");
    ck_assert_ptr_nonnull(cJSON_GetObjectItem(part.results, "done"));
}
END_TEST

static gemlet_status hang(cJSON *results, const void *user)
{
    (void)results;
    (void)user;
    pause();
    return GEMLET_OK;
}

START_TEST(what_hangs_is_ended)
{
    run(hang, 0.2);
    ck_assert_int_eq(part.state, GM_PART_TOO_LONG);
    ck_assert_ptr_null(part.results);
    ck_assert_ptr_nonnull(strstr(part.message, "not done within"));
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("part");
    TCase *tests = tcase_create("part");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, NULL, tear_down);
    tcase_add_test(tests, results_arrive);
    tcase_add_test(tests, a_failure_keeps_what_was_found);
    tcase_add_test(tests, a_crash_is_told);
    tcase_add_test(tests, a_bad_end_behind_the_results_is_told);
    tcase_add_test(tests, what_hangs_is_ended);
    suite_add_tcase(suite, tests);
    return suite;
}
