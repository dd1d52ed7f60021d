/* SPDX-License-Identifier: MIT
 * Public structures of callers that were compiled for other versions of the library: each of them,
 * through the public functions that take it. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "gemlet/gemlet.h"
#include "support/run_suite.h"
#include "support/temporary.h"

static gemlet_device *device;
static gemlet_dataset *dataset;
static gemlet_model *model;

/* ---- the structures ------------------------------------------------------------------------- */

static gemlet_status use_device_options(const void *options)
{
    gemlet_device *opened;
    const gemlet_status status = gemlet_device_open(&opened, options);
    gemlet_device_close(opened);
    return status;
}

static gemlet_status use_init_options(const void *options)
{
    gemlet_model *created;
    const gemlet_status status = gemlet_model_create(&created, gemlet_model_spec(model), options);
    gemlet_model_destroy(created);
    return status;
}

static gemlet_status use_train_options(const void *options)
{
    gemlet_train_result result;
    return gemlet_train(model, device, dataset, options, &result);
}

static gemlet_status use_fit_options(const void *options)
{
    gemlet_model *fitted;
    gemlet_fit_result result;
    const gemlet_status status = gemlet_fit_items(&fitted, device, dataset, options, &result);
    gemlet_model_destroy(fitted);
    return status;
}

static gemlet_status use_export_options(const void *options)
{
    return gemlet_model_export(model, temporary_path("m.c"), options);
}

typedef struct structure {
    const char *name;
    size_t size;
    size_t old_size; /* up to a member that an older version ended with */
    void (*init_sized)(void *options, size_t size);
    gemlet_status (*use)(const void *options);
} structure;

/* An old caller's train options end with n_steps. */
static const structure structures[] = {
    {"device options", sizeof(gemlet_device_options), offsetof(gemlet_device_options, gemm),
     gemlet_device_options_init_sized, use_device_options},
    {"init options", sizeof(gemlet_init_options), offsetof(gemlet_init_options, output_gain),
     gemlet_init_options_init_sized, use_init_options},
    {"train options", sizeof(gemlet_train_options), offsetof(gemlet_train_options, learning_rate),
     gemlet_train_options_init_sized, use_train_options},
    {"fit options", sizeof(gemlet_fit_options), offsetof(gemlet_fit_options, on_note),
     gemlet_fit_options_init_sized, use_fit_options},
    {"export options", sizeof(gemlet_export_options), offsetof(gemlet_export_options, input),
     gemlet_export_options_init_sized, use_export_options},
};
#define N_STRUCTURES ((int)(sizeof structures / sizeof structures[0]))

/* Room for a structure and for what a newer version might add. */
#define ROOM 1024u
_Static_assert(ROOM >= sizeof(gemlet_train_options) + 64, "ROOM is too small");

typedef union room {
    max_align_t alignment;
    unsigned char bytes[ROOM];
} room;

/* A call of the caller who knows `size` bytes; behind them is what must not be read. */
static void init(room *options, const structure *s, size_t size)
{
    memset(options->bytes, 0xA5, ROOM);
    s->init_sized(options->bytes, size);
    for (size_t i = size; i < ROOM; ++i)
        ck_assert_uint_eq(options->bytes[i], 0xA5);
    if (s->use == use_device_options)
        ((gemlet_device_options *)options)->selector = "cpu";
    if (s->use == use_train_options) {
        ((gemlet_train_options *)options)->batch = 2;
        ((gemlet_train_options *)options)->n_steps = 3;
    }
    if (s->use == use_fit_options) {
        static const char *const few[] = {"steps=3"};
        ((gemlet_fit_options *)options)->options = few;
        ((gemlet_fit_options *)options)->n_options = 1;
    }
}

/* ---- tests ---------------------------------------------------------------------------------- */

START_TEST(a_caller_of_this_version_is_accepted)
{
    const structure *s = &structures[_i];
    room options;
    init(&options, s, s->size);
    ck_assert_msg(s->use(&options) == GEMLET_OK, "%s: %s", s->name, gemlet_last_error());
}
END_TEST

START_TEST(an_older_caller_gets_defaults_for_what_it_does_not_know)
{
    const structure *s = &structures[_i];
    room options;
    init(&options, s, s->old_size);
    ck_assert_msg(s->use(&options) == GEMLET_OK, "%s: %s", s->name, gemlet_last_error());
}
END_TEST

START_TEST(a_newer_caller_is_refused)
{
    const structure *s = &structures[_i];
    char expected[128];
    room options;
    init(&options, s, s->size + 8);
    snprintf(expected, sizeof expected, "%s: struct_size is %zu, expected at most %zu", s->name,
             s->size + 8, s->size);
    ck_assert_int_eq(s->use(&options), GEMLET_E_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), expected));
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), gemlet_version()));
}
END_TEST

START_TEST(what_was_not_initialised_is_refused)
{
    const structure *s = &structures[_i];
    room options;
    memset(&options, 0, sizeof options);
    ck_assert_int_eq(s->use(&options), GEMLET_E_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "struct_size is 0"));
    ck_assert_int_eq(s->use(NULL), GEMLET_E_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), s->name));
}
END_TEST

/* What the older caller does not know has the default, not what lies behind its structure. */
START_TEST(members_behind_the_end_are_not_read)
{
    gemlet_init_options newest;
    gemlet_model *with_defaults;
    gemlet_model *of_older;
    room older;
    gemlet_init_options_init(&newest);
    init(&older, &structures[1], structures[1].old_size);
    ck_assert_int_eq(gemlet_model_create(&with_defaults, gemlet_model_spec(model), &newest),
                     GEMLET_OK);
    ck_assert_int_eq(gemlet_model_create(&of_older, gemlet_model_spec(model), (const void *)&older),
                     GEMLET_OK);
    ck_assert_mem_eq(gemlet_model_tensor(with_defaults, 0, GEMLET_TENSOR_WEIGHT),
                     gemlet_model_tensor(of_older, 0, GEMLET_TENSOR_WEIGHT),
                     gemlet_model_tensor_size(of_older, 0, GEMLET_TENSOR_WEIGHT) * sizeof(float));
    gemlet_model_destroy(with_defaults);
    gemlet_model_destroy(of_older);
}
END_TEST

static void set_up(void)
{
    static const float values[] = {0.0f, 1.0f, 1.0f, 0.0f, 0.5f, 0.5f, 0.25f, 1.0f};
    static const uint32_t labels[] = {0, 1, 1, 0};
    gemlet_device_options cpu;
    gemlet_init_options fresh;
    gemlet_spec spec;
    gemlet_device_options_init(&cpu);
    gemlet_init_options_init(&fresh);
    cpu.selector = "cpu";
    ck_assert_int_eq(gemlet_device_open(&device, &cpu), GEMLET_OK);
    ck_assert_int_eq(gemlet_spec_parse(&spec, "2-2"), GEMLET_OK);
    ck_assert_int_eq(gemlet_model_create(&model, &spec, &fresh), GEMLET_OK);
    ck_assert_int_eq(gemlet_dataset_create(&dataset, 4, 2, GEMLET_ELEMENT_F32, values, labels),
                     GEMLET_OK);
}

static void tear_down(void)
{
    gemlet_dataset_destroy(dataset);
    gemlet_model_destroy(model);
    gemlet_device_close(device);
}

Suite *test_suite(void)
{
    Suite *suite = suite_create("struct size");
    TCase *tcase = tcase_create("struct size");
    tcase_add_unchecked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, a_caller_of_this_version_is_accepted, 0, N_STRUCTURES);
    tcase_add_loop_test(tcase, an_older_caller_gets_defaults_for_what_it_does_not_know, 0,
                        N_STRUCTURES);
    tcase_add_loop_test(tcase, a_newer_caller_is_refused, 0, N_STRUCTURES);
    tcase_add_loop_test(tcase, what_was_not_initialised_is_refused, 0, N_STRUCTURES);
    tcase_add_test(tcase, members_behind_the_end_are_not_read);
    suite_add_tcase(suite, tcase);
    return suite;
}
