/* SPDX-License-Identifier: MIT
 * Choices of how the GPU kernels make products: they are in force for the products that they name,
 * are timed without a trace, are taken back, and a run keeps those of its device. On an OpenCL CPU
 * device. */
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "backend/device.h"
#include "backend/product_choice.h"
#include "bench/product_timer.h"
#include "bench/product_times.h"
#include "run/products.h"
#include "support/networks.h"
#include "support/run_suite.h"
#include "support/temporary.h"

static gemlet_device *device;
static gm_backend *backend;

static void set_up(void)
{
    gemlet_device_options options;
    gemlet_device_options_init(&options);
    options.selector = "opencl-cpu";
    options.kernels = GEMLET_KERNELS_GPU;
    ck_assert_msg(gemlet_device_open(&device, &options) == GEMLET_OK, "%s", gemlet_last_error());
    backend = gm_device_backend(device);
}

static void tear_down(void)
{
    gemlet_device_close(device);
}

/* ---- in force ------------------------------------------------------------------------------- */

#define BATCH 37u
#define N_IN  531u
#define N_OUT 45u

/* out (BATCH N_OUT): the first product of a layer as things are. */
static void multiply(float *out)
{
    gm_product_timer t;
    ck_assert_int_eq(gm_product_timer_create(&t, backend, BATCH, N_IN, N_OUT), GEMLET_OK);
    ck_assert_int_eq(gm_dense_fwd(backend, &(gm_dense_fwd_args){.x = t.x, .w = t.w, .y = t.y}),
                     GEMLET_OK);
    for (size_t row = 0; row < BATCH; ++row)
        ck_assert_int_eq(
            gm_backend_download(backend, t.y.buffer, row * t.y.ld, N_OUT, out + row * N_OUT),
            GEMLET_OK);
    gm_product_timer_free(&t);
}

static void choose(gm_product_kind kind, gemlet_dim n_out, const gm_local_tuning *local)
{
    const gm_product_choices choices = {
        1,
        {{kind, BATCH, N_IN, n_out, local == NULL, local != NULL ? *local : (gm_local_tuning){0}}}};
    ck_assert_int_eq(gm_backend_choose_products(backend, &choices), GEMLET_OK);
}

START_TEST(a_choice_is_in_force_for_its_product)
{
    static const gm_local_tuning locals[] = {{128, 4}, {64, 7}, {32, 2}};
    static float guess[BATCH * N_OUT];
    static float forced[BATCH * N_OUT];
    static float chosen[BATCH * N_OUT];
    const gm_product_choices none = {0};
    multiply(guess);
    for (size_t i = 0; i < sizeof locals / sizeof locals[0]; ++i) {
        const gm_tuning tuning = {.local = locals[i]};
        const gm_tuning untuned = {.is_unfused = 0};
        ck_assert_int_eq(gm_backend_tune(backend, &tuning), GEMLET_OK);
        multiply(forced);
        ck_assert_int_eq(gm_backend_tune(backend, &untuned), GEMLET_OK);
        ck_assert_mem_ne(forced, guess, sizeof guess);
        choose(GM_PRODUCT_FWD, N_OUT, &locals[i]);
        ck_assert_ptr_nonnull(backend->products);
        multiply(chosen);
        ck_assert_mem_eq(chosen, forced, sizeof forced);
        choose(GM_PRODUCT_BWD_W, N_OUT, &locals[i]); /* others stay */
        multiply(chosen);
        ck_assert_mem_eq(chosen, guess, sizeof guess);
        choose(GM_PRODUCT_FWD, N_OUT + 1, &locals[i]);
        multiply(chosen);
        ck_assert_mem_eq(chosen, guess, sizeof guess);
    }
    ck_assert_int_eq(gm_backend_choose_products(backend, &none), GEMLET_OK);
    ck_assert_ptr_null(backend->products);
}
END_TEST

START_TEST(clblast_is_a_choice)
{
    static float forced[BATCH * N_OUT];
    static float chosen[BATCH * N_OUT];
    choose(GM_PRODUCT_FWD, N_OUT, NULL);
    ck_assert_ptr_nonnull(strstr(backend->gemm_name, "CLBlast"));
    multiply(chosen);
    ck_assert_int_eq(gm_backend_tune(backend, &(gm_tuning){.gemm = GEMLET_GEMM_CLBLAST}),
                     GEMLET_OK);
    multiply(forced);
    ck_assert_mem_eq(chosen, forced, sizeof forced);
}
END_TEST

/* Choices that are wrong are taken back first. */
START_TEST(the_next_gemm_is_without_choices)
{
    static float guess[BATCH * N_OUT];
    static float after[BATCH * N_OUT];
    multiply(guess);
    const char *own = backend->gemm_name;
    choose(GM_PRODUCT_FWD, N_OUT, &(gm_local_tuning){32, 2});
    ck_assert_str_ne(backend->gemm_name, own);
    ck_assert_int_eq(gm_backend_next_gemm(backend), GEMLET_OK);
    ck_assert_str_eq(backend->gemm_name, own);
    multiply(after);
    ck_assert_mem_eq(after, guess, sizeof guess);
    ck_assert_int_eq(gm_backend_next_gemm(backend), GEMLET_E_DEVICE);
}
END_TEST

/* ---- timed ---------------------------------------------------------------------------------- */

static gemlet_spec spec_of(const char *text)
{
    gemlet_spec spec;
    ck_assert_int_eq(gemlet_spec_parse(&spec, text), GEMLET_OK);
    return spec;
}

/* What was chosen is one of the products, by a tile that there is. */
static void check_choices(const gm_product_choices *choices, gemlet_dim batch)
{
    for (unsigned i = 0; i < choices->n; ++i) {
        const gm_product_choice *c = &choices->list[i];
        ck_assert_uint_eq(c->batch, batch);
        ck_assert(c->n_in == 400 && c->n_out == 250);
        ck_assert(c->kind == GM_PRODUCT_FWD || c->kind == GM_PRODUCT_BWD_W);
        ck_assert(c->is_clblast || c->local.tile == 128 || c->local.tile == 64 ||
                  c->local.tile == 32);
        ck_assert(c->is_clblast || (c->local.n_splits >= 1 && c->local.n_splits <= 32));
    }
}

START_TEST(timing_leaves_no_trace)
{
    const gemlet_spec spec = spec_of("400-250-relu-10");
    gm_product_times_job job = {
        .backend = backend, .spec = &spec, .batch = 64, .budget_seconds = 0.5, .n_candidates = 4};
    const char *own = backend->gemm_name;
    gm_product_choices choices;
    ck_assert_int_eq(gm_product_times_choose(&choices, &job), GEMLET_OK);
    check_choices(&choices, 64);
    ck_assert_ptr_null(backend->products);
    ck_assert_str_eq(backend->gemm_name, own);

    job.evaluated[1] = 64; /* forward products are those of evaluations, too */
    ck_assert_int_eq(gm_product_times_choose(&choices, &job), GEMLET_OK);
    for (unsigned i = 0; i < choices.n; ++i)
        ck_assert_int_ne(choices.list[i].kind, GM_PRODUCT_FWD);

    job.batch = 32; /* too small to be worth it */
    ck_assert_int_eq(gm_product_times_choose(&choices, &job), GEMLET_OK);
    ck_assert_uint_eq(choices.n, 0);
}
END_TEST

/* ---- in a run ------------------------------------------------------------------------------- */

static int n_notes;

static void count_note(const char *note, void *user)
{
    (void)note;
    (void)user;
    ++n_notes;
}

static size_t count_kept(void)
{
    glob_t found;
    const int code = glob(temporary_path("products-*"), 0, NULL, &found);
    const size_t n = code == 0 ? found.gl_pathc : 0;
    globfree(&found);
    return n;
}

/* Products are timed on GPUs only: the device is said to be one. */
START_TEST(a_run_times_once)
{
    char *directory = strdup(temporary_directory());
    gm_run run = {.setup = {.device = device, .spec = spec_of("400-250-relu-10")}};
    run.setup.rows.test = random_dataset(20, 400, 10);
    run.setup.settings.train.batch = 64;
    run.setup.cache_directory = directory;
    run.setup.events.on_note = count_note;
    n_notes = 0;
    ck_assert_int_eq(gm_run_choose_products(&run), GEMLET_OK);
    ck_assert_uint_eq(count_kept(), 0);
    backend->info.type = GEMLET_DEVICE_GPU;
    run.setup.settings.no_tuned = 1;
    ck_assert_int_eq(gm_run_choose_products(&run), GEMLET_OK);
    ck_assert_uint_eq(count_kept(), 0);
    run.setup.settings.no_tuned = 0;
    for (int i = 0; i < 2; ++i) {
        const gm_product_choices none = {0};
        ck_assert_int_eq(gm_run_choose_products(&run), GEMLET_OK);
        ck_assert_uint_eq(count_kept(), 1);
        const char *text = gm_run_products(&run);
        gm_product_choices choices = {0};
        if (text != NULL)
            ck_assert_int_eq(gm_product_choices_parse(&choices, text), GEMLET_OK);
        check_choices(&choices, 64);
        ck_assert_int_eq(gm_backend_choose_products(backend, &none), GEMLET_OK);
    }
    ck_assert_int_eq(n_notes, 0);
    backend->info.type = GEMLET_DEVICE_OPENCL_CPU;
    gemlet_dataset_destroy(run.setup.rows.test);
    free(directory);
    temporary_remove();
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("products");
    TCase *tests = tcase_create("all");
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_choice_is_in_force_for_its_product);
    tcase_add_test(tests, clblast_is_a_choice);
    tcase_add_test(tests, the_next_gemm_is_without_choices);
    tcase_add_test(tests, timing_leaves_no_trace);
    tcase_add_test(tests, a_run_times_once);
    suite_add_tcase(suite, tests);
    return suite;
}
