/* SPDX-License-Identifier: MIT
 * The last good state of a training: it is the one that was kept, whatever the device did since,
 * with or without room for it on the device, and nothing that is not finite is kept. On the device
 * that GEMLET_TEST_DEVICE names (the CPU path if unset). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "backend/device.h"
#include "gemlet/gemlet.h"
#include "model/model.h"
#include "support/networks.h"
#include "support/run_suite.h"
#include "train/good_state.h"

static gemlet_device *device;
static gemlet_dataset *dataset;
static gemlet_train_options options;
static gm_session *session;
static gemlet_model *model;
static gemlet_model *expected;
static gm_good_state good;

/* Columns of several panels, the last one not full; Adam and an average: all states. _i: fused or
 * not, room or none. */
static void set_up(int position)
{
    const char *selector = getenv("GEMLET_TEST_DEVICE");
    gemlet_device_options device_options;
    gemlet_device_options_init(&device_options);
    device_options.selector = selector != NULL ? selector : "cpu";
    ck_assert_msg(gemlet_device_open(&device, &device_options) == GEMLET_OK, "%s",
                  gemlet_last_error());
    dataset = random_dataset(60, 12, 4);
    model = seeded_model("12-37bn-relu-19-tanh-4", 1);
    expected = seeded_model("12-37bn-relu-19-tanh-4", 2);
    gemlet_train_options_init(&options);
    options.batch = 10;
    options.n_steps = 100;
    options.optimizer = GEMLET_OPTIMIZER_ADAM;
    options.average_decay = 0.9;
    options.fused = position % 2 == 0 ? GEMLET_FUSED_OFF : GEMLET_FUSED_AUTO;
    ck_assert_msg(gm_session_create(&session, gm_device_backend(device), model, dataset, &options,
                                    10, 0) == GEMLET_OK,
                  "%s", gemlet_last_error());
    ck_assert_int_eq(gm_good_state_create(&good, session, model), GEMLET_OK);
    ck_assert_uint_eq(good.copy.n, 4);
    if (position >= 2)
        gm_network_copy_free(&good.copy);
}

static void tear_down(void)
{
    gm_good_state_free(&good);
    gm_session_destroy(session);
    gemlet_model_destroy(expected);
    gemlet_model_destroy(model);
    gemlet_dataset_destroy(dataset);
    gemlet_device_close(device);
}

static void do_steps(uint64_t from, uint64_t to)
{
    for (uint64_t step = from; step < to; ++step)
        ck_assert_msg(gm_session_enqueue(session, step, step % 10) == GEMLET_OK, "%s",
                      gemlet_last_error());
}

static void check_same(const gemlet_model *a, const gemlet_model *b)
{
    ck_assert_uint_eq(a->n_state_values, b->n_state_values);
    ck_assert_mem_eq(a->values, b->values, a->n_values * sizeof *a->values);
    ck_assert_mem_eq(a->state_values, b->state_values, a->n_state_values * sizeof *a->state_values);
}

START_TEST(what_was_kept_comes_back)
{
    set_up(_i);
    do_steps(0, 7);
    ck_assert_int_eq(gm_session_store(session, expected), GEMLET_OK);
    ck_assert_int_eq(gm_good_state_keep(&good, 7), GEMLET_OK);
    ck_assert_uint_eq(good.model_steps, 7); /* the first one is fetched at once */
    check_same(model, expected);
    do_steps(7, 12);
    ck_assert_int_eq(gm_session_store(session, expected), GEMLET_OK);
    good.fetch_seconds = 1e9; /* the next one is not due */
    ck_assert_int_eq(gm_good_state_keep(&good, 12), GEMLET_OK);
    ck_assert_uint_eq(good.steps, 12);
    ck_assert_uint_eq(good.model_steps, _i < 2 ? 7 : 12);
    do_steps(12, 15);
    ck_assert_int_eq(gm_good_state_fetch(&good), GEMLET_OK);
    ck_assert_uint_eq(good.model_steps, 12);
    check_same(model, expected);
    tear_down();
}
END_TEST

/* Puts a value into a parameter of a state that is good otherwise. */
static void spoil(float value)
{
    ck_assert_int_eq(gm_session_store(session, expected), GEMLET_OK);
    gemlet_model_tensor(expected, 1, GEMLET_TENSOR_WEIGHT)[36 * 19 + 18] = value;
    ck_assert_int_eq(gm_session_load(session, expected), GEMLET_OK);
}

START_TEST(only_what_is_finite_is_kept)
{
    static const float wrong[] = {NAN, INFINITY, -INFINITY};
    set_up(_i);
    do_steps(0, 3);
    ck_assert_int_eq(gm_good_state_keep(&good, 3), GEMLET_OK);
    ck_assert_int_eq(gm_session_store(session, expected), GEMLET_OK);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; ++i) {
        spoil(wrong[i]);
        ck_assert_int_eq(gm_good_state_keep(&good, 4), GEMLET_E_DIVERGED);
        ck_assert_uint_eq(good.steps, 3);
    }
    spoil(3e38f); /* its square is infinite, it is not */
    ck_assert_int_eq(gm_good_state_keep(&good, 5), GEMLET_OK);
    ck_assert_int_eq(gm_good_state_fetch(&good), GEMLET_OK);
    check_same(model, expected);
    tear_down();
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("good_state");
    TCase *tests = tcase_create("all");
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, what_was_kept_comes_back, 0, 4);
    tcase_add_loop_test(tests, only_what_is_finite_is_kept, 0, 4);
    suite_add_tcase(suite, tests);
    return suite;
}
