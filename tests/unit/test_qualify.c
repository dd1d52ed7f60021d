/* SPDX-License-Identifier: MIT
 * The qualification of GEMMs: on the CPU path with a fault put into one product, and on an OpenCL
 * device as it is. Tests that open an OpenCL device pass over machines without one unless
 * GEMLET_REQUIRE_OPENCL is 1. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backend/cpu/cpu_backend.h"
#include "backend/device.h"
#include "core/file.h"
#include "support/run_suite.h"
#include "support/temporary.h"
#include "verify/qualify.h"
#include "verify/qualify_cache.h"

/* ---- a backend with a list of two GEMMs, the first of which may be faulty ------------------- */

typedef enum fault {
    FAULT_NONE,
    FAULT_OFF,     /* one element is off by a ten-thousandth */
    FAULT_MISSING, /* one element is not written */
    FAULT_BIAS,    /* one element of the bias' gradient is off */
    FAULT_STATUS   /* the call fails */
} fault;

/* Where the faults are: in which operation, at which number of rows of the batch and width. */
typedef struct fault_place {
    const char *op;
    gemlet_dim batch;
    gemlet_dim inputs;
    fault kind;
} fault_place;

static gm_backend *backend;
static const gm_backend_ops *right_ops;
static gm_backend_ops faulty_ops;
static fault_place place;
static unsigned n_gemms_left;
static unsigned n_products;

/* Puts the fault into element (rows - 1, cols - 1), the last of c. */
static gemlet_status spoil(gemlet_status status, const char *op, gm_matrix c, gemlet_dim batch,
                           gemlet_dim inputs)
{
    ++n_products;
    if (status != GEMLET_OK || n_gemms_left == 0 || place.kind == FAULT_NONE ||
        strcmp(op, place.op) != 0 || batch != place.batch || inputs != place.inputs)
        return status;
    if (place.kind == FAULT_STATUS)
        return gm_error(GEMLET_E_OPENCL, "made-up failure");
    const size_t last = c.offset + (c.rows - 1) * c.ld + c.cols - 1;
    float value;
    ck_assert_int_eq(gm_backend_download(backend, c.buffer, last, 1, &value), GEMLET_OK);
    value = place.kind == FAULT_MISSING ? NAN : value + 1e-4f;
    return gm_backend_upload(backend, c.buffer, last, 1, &value);
}

static gemlet_status faulty_fwd(gm_backend *b, const gm_dense_fwd_args *args)
{
    return spoil(right_ops->dense_fwd(b, args), "dense_fwd", args->y, args->x.rows, args->x.cols);
}

static gemlet_status faulty_bwd_w(gm_backend *b, const gm_dense_bwd_w_args *args)
{
    const gm_vector *dbias = &args->dbias;
    const gm_matrix sums = {dbias->buffer, dbias->offset, dbias->length, 1,
                            (gemlet_dim)dbias->length};
    return spoil(right_ops->dense_bwd_w(b, args), "dense_bwd_w",
                 place.kind == FAULT_BIAS ? sums : args->dw, args->x.rows, args->x.cols);
}

static gemlet_status faulty_bwd_x(gm_backend *b, const gm_dense_bwd_x_args *args)
{
    return spoil(right_ops->dense_bwd_x(b, args), "dense_bwd_x", args->dx, args->dx.rows,
                 args->dx.cols);
}

static gemlet_status next_gemm(gm_backend *b)
{
    if (n_gemms_left == 0)
        return gm_error(GEMLET_E_DEVICE, "no other");
    --n_gemms_left;
    b->gemm_name = "second";
    return GEMLET_OK;
}

/* The fault is in "first" only: behind it comes "second", which is right. */
static void open_faulty(fault_place where)
{
    ck_assert_int_eq(gm_cpu32_backend_create(&backend), GEMLET_OK);
    right_ops = backend->ops;
    faulty_ops = *right_ops;
    faulty_ops.dense_fwd = faulty_fwd;
    faulty_ops.dense_bwd_w = faulty_bwd_w;
    faulty_ops.dense_bwd_x = faulty_bwd_x;
    faulty_ops.next_gemm = next_gemm;
    backend->ops = &faulty_ops;
    backend->gemm_name = "first";
    backend->kernels_id = "made up";
    place = where;
    n_gemms_left = 1;
    n_products = 0;
}

static void close_faulty(void)
{
    gm_backend_destroy(backend);
}

/* ---- the job: three kinds of layers, a whole evaluation batch and a partial one -------------- */

#define BATCH        16u
#define TEST_ROWS    600u
#define TAIL         88u /* 600 - 512 */
#define N_CALLS      (3u + 3u + 2u + 3u + 3u)
#define N_PRODUCTS   (N_CALLS + 2u) /* two layers have a bias, whose gradient is one more */
#define FIRST_INPUTS 20u

static gemlet_spec spec;

static gm_qualify_job make_job(void)
{
    ck_assert_int_eq(gemlet_spec_parse(&spec, "20-7bn-relu-33-tanh-3"), GEMLET_OK);
    return (gm_qualify_job){.spec = &spec, .batch = BATCH, .test_rows = {TEST_ROWS, 0}};
}

START_TEST(a_right_gemm_passes)
{
    const gm_qualify_job job = make_job();
    open_faulty((fault_place){.kind = FAULT_NONE});
    gm_gemm_verdict verdict;
    ck_assert_int_eq(gm_qualify_gemm(backend, &job, &verdict), GEMLET_OK);
    ck_assert_int_eq(verdict.state, GM_GEMM_RIGHT);
    ck_assert_uint_eq(verdict.n_products, N_PRODUCTS);
    ck_assert_uint_eq(n_products, N_CALLS);
    ck_assert_str_eq(verdict.fault, "");
    /* Not vacuous: rounding shows against the bounds. */
    ck_assert_double_gt(verdict.worst, 0.01);
    ck_assert_double_le(verdict.worst, 1.0);
    close_faulty();
}
END_TEST

/* What an activation of its own works on is kept in training only. */
START_TEST(separate_activations_have_right_products)
{
    gm_qualify_job job = make_job();
    ck_assert_int_eq(gemlet_spec_parse(&spec, "20-7bn-silu-33-gelu-9-relu-3"), GEMLET_OK);
    for (int batch = 0; batch <= 1; ++batch) {
        job.batch = batch ? BATCH : 0;
        open_faulty((fault_place){.kind = FAULT_NONE});
        gm_gemm_verdict verdict;
        ck_assert_msg(gm_qualify_gemm(backend, &job, &verdict) == GEMLET_OK, "%s",
                      gemlet_last_error());
        ck_assert_int_eq(verdict.state, GM_GEMM_RIGHT);
        ck_assert_double_gt(verdict.worst, 0.01);
        close_faulty();
    }
}
END_TEST

static const fault_place places[] = {
    {"dense_fwd", BATCH, FIRST_INPUTS, FAULT_OFF},   {"dense_fwd", BATCH, 7, FAULT_OFF},
    {"dense_fwd", BATCH, 33, FAULT_MISSING},         {"dense_fwd", 512, 7, FAULT_OFF},
    {"dense_fwd", TAIL, FIRST_INPUTS, FAULT_OFF},    {"dense_fwd", TAIL, 33, FAULT_MISSING},
    {"dense_bwd_w", BATCH, FIRST_INPUTS, FAULT_OFF}, {"dense_bwd_w", BATCH, 33, FAULT_MISSING},
    {"dense_bwd_x", BATCH, 7, FAULT_MISSING},        {"dense_bwd_x", BATCH, 33, FAULT_OFF},
    {"dense_bwd_w", BATCH, 7, FAULT_BIAS},
};

START_TEST(one_wrong_element_is_found_and_named)
{
    const fault_place *where = &places[_i];
    const gm_qualify_job job = make_job();
    open_faulty(*where);
    gm_gemm_verdict verdict;
    ck_assert_int_eq(gm_qualify_gemm(backend, &job, &verdict), GEMLET_OK);
    ck_assert_int_eq(verdict.state, GM_GEMM_WRONG);
    ck_assert_double_gt(verdict.worst, 1.0);
    char text[64];
    snprintf(text, sizeof text, "%s of batch %u, %u to ", where->op, where->batch, where->inputs);
    ck_assert_msg(strstr(verdict.fault, text) == verdict.fault, "'%s', expected '%s'",
                  verdict.fault, text);
    if (where->kind == FAULT_BIAS)
        ck_assert_ptr_nonnull(strstr(verdict.fault, ") of dbias is "));
    ck_assert_ptr_nonnull(strstr(verdict.fault, "element ("));
    ck_assert_ptr_nonnull(strstr(verdict.fault, "; 1 of "));
    ck_assert_ptr_null(strchr(verdict.fault, '\n'));
    close_faulty();
}
END_TEST

/* ---- the list ------------------------------------------------------------------------------- */

START_TEST(the_next_gemm_replaces_a_wrong_one)
{
    const gm_qualify_job job = make_job();
    open_faulty(places[0]);
    gm_qualify_report report;
    ck_assert_int_eq(gm_qualify(backend, &job, NULL, &report), GEMLET_OK);
    ck_assert_uint_eq(report.n_trials, 2);
    ck_assert_str_eq(report.trials[0].gemm, "first");
    ck_assert_int_eq(report.trials[0].verdict.state, GM_GEMM_WRONG);
    ck_assert_str_eq(report.trials[1].gemm, "second");
    ck_assert_int_eq(report.trials[1].verdict.state, GM_GEMM_RIGHT);
    ck_assert_str_eq(backend->gemm_name, "second");
    close_faulty();
}
END_TEST

START_TEST(a_failing_gemm_is_replaced_and_not_remembered)
{
    const gm_qualify_job job = make_job();
    fault_place where = places[0];
    where.kind = FAULT_STATUS;
    open_faulty(where);
    gm_qualify_report report;
    ck_assert_int_eq(gm_qualify(backend, &job, temporary_directory(), &report), GEMLET_OK);
    ck_assert_uint_eq(report.n_trials, 2);
    ck_assert_int_eq(report.trials[0].verdict.state, GM_GEMM_BROKEN);
    ck_assert_str_eq(report.trials[0].verdict.fault, "made-up failure");
    close_faulty();
    open_faulty(where);
    ck_assert_int_eq(gm_qualify(backend, &job, temporary_directory(), &report), GEMLET_OK);
    ck_assert_int_eq(report.trials[0].is_cached, 0);
    ck_assert_int_eq(report.trials[1].is_cached, 1);
    close_faulty();
    temporary_remove();
}
END_TEST

static gemlet_status no_next_gemm(gm_backend *b)
{
    (void)b;
    return gm_error(GEMLET_E_DEVICE, "no other");
}

START_TEST(without_a_right_gemm_there_is_an_error)
{
    const gm_qualify_job job = make_job();
    open_faulty(places[0]);
    faulty_ops.next_gemm = no_next_gemm;
    gm_qualify_report report;
    ck_assert_int_eq(gm_qualify(backend, &job, NULL, &report), GEMLET_E_DEVICE);
    ck_assert_uint_eq(report.n_trials, 1);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "--device cpu"));
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "dense_fwd of batch 16, 20 to 7"));
    close_faulty();
}
END_TEST

START_TEST(a_backend_with_one_gemm_is_not_tried)
{
    const gm_qualify_job job = make_job();
    open_faulty(places[0]);
    faulty_ops.next_gemm = NULL;
    gm_qualify_report report;
    ck_assert_int_eq(gm_qualify(backend, &job, NULL, &report), GEMLET_OK);
    ck_assert_uint_eq(report.n_trials, 0);
    ck_assert_uint_eq(n_products, 0);
    close_faulty();
}
END_TEST

/* ---- what is kept --------------------------------------------------------------------------- */

/* Qualifies with a cache and tells whether anything was calculated. */
static int calculates(const gm_qualify_job *job, const char *directory, const char *gemm_after)
{
    gm_qualify_report report;
    n_products = 0;
    ck_assert_msg(gm_qualify(backend, job, directory, &report) == GEMLET_OK, "%s",
                  gemlet_last_error());
    ck_assert_str_eq(backend->gemm_name, gemm_after);
    return n_products > 0;
}

START_TEST(a_verdict_is_kept_for_its_circumstances)
{
    gm_qualify_job job = make_job();
    const char *directory = temporary_path("deep/cache"); /* made with its parents */
    open_faulty((fault_place){.kind = FAULT_NONE});
    ck_assert(calculates(&job, directory, "first"));
    ck_assert(!calculates(&job, directory, "first"));

    /* Anything that may change the result asks for another trial. */
    const char **const texts[] = {&backend->info.name,   &backend->info.platform,
                                  &backend->info.driver, &backend->info.version,
                                  &backend->kernels_id,  &backend->gemm_name};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; ++i) {
        const char *old = *texts[i];
        *texts[i] = "other";
        ck_assert(calculates(&job, directory, backend->gemm_name));
        ck_assert(!calculates(&job, directory, backend->gemm_name));
        *texts[i] = old;
        ck_assert(!calculates(&job, directory, "first"));
    }
    job.batch = 17;
    ck_assert(calculates(&job, directory, "first"));
    job.batch = BATCH;
    job.test_rows[1] = 5;
    ck_assert(calculates(&job, directory, "first"));
    job.test_rows[1] = 0;
    gemlet_spec other;
    ck_assert_int_eq(gemlet_spec_parse(&other, "20-7bn-relu-34-tanh-3"), GEMLET_OK);
    job.spec = &other;
    ck_assert(calculates(&job, directory, "first"));
    job.spec = &spec;
    ck_assert(!calculates(&job, directory, "first"));
    close_faulty();
    temporary_remove();
}
END_TEST

START_TEST(a_kept_rejection_replaces_the_gemm_too)
{
    const gm_qualify_job job = make_job();
    gm_qualify_report first;
    gm_qualify_report second;
    open_faulty(places[3]);
    ck_assert_int_eq(gm_qualify(backend, &job, temporary_directory(), &first), GEMLET_OK);
    close_faulty();
    open_faulty((fault_place){.kind = FAULT_NONE});
    ck_assert_int_eq(gm_qualify(backend, &job, temporary_directory(), &second), GEMLET_OK);
    ck_assert_uint_eq(n_products, 0);
    ck_assert_uint_eq(second.n_trials, 2);
    ck_assert_int_eq(second.trials[0].is_cached, 1);
    ck_assert_str_eq(second.trials[0].verdict.fault, first.trials[0].verdict.fault);
    ck_assert_double_eq(second.trials[0].verdict.worst, first.trials[0].verdict.worst);
    ck_assert_str_eq(backend->gemm_name, "second");
    close_faulty();
    temporary_remove();
}
END_TEST

/* The one file in the directory. */
static const char *find_file(const char *directory)
{
    static char path[512];
    char command[512];
    snprintf(command, sizeof command, "ls %s/*", directory);
    FILE *list = popen(command, "r");
    ck_assert_ptr_nonnull(fgets(path, sizeof path, list));
    pclose(list);
    path[strcspn(path, "\n")] = '\0';
    return path;
}

START_TEST(a_damaged_file_counts_as_none_and_is_replaced)
{
    const gm_qualify_job job = make_job();
    const char *directory = temporary_directory();
    size_t length;
    open_faulty((fault_place){.kind = FAULT_NONE});
    char *key;
    ck_assert_int_eq(gm_qualify_cache_key(&key, backend, &job), GEMLET_OK);
    ck_assert(calculates(&job, directory, "first"));
    const char *path = find_file(directory);
    char *text = read_whole_file(path, &length);
    ck_assert_uint_gt(length, strlen(key));

    gm_gemm_verdict verdict;
    for (size_t i = 0; i < length; ++i) { /* every byte wrong, and every length */
        text[i] ^= 1;
        ck_assert_int_eq(gm_file_write(path, text, length), GEMLET_OK);
        ck_assert_msg(!gm_qualify_cache_find(directory, key, &verdict), "byte %zu changed", i);
        text[i] ^= 1;
        ck_assert_int_eq(gm_file_write(path, text, i), GEMLET_OK);
        ck_assert_msg(!gm_qualify_cache_find(directory, key, &verdict), "cut to %zu bytes", i);
    }
    ck_assert_int_eq(gm_file_write(path, text, length), GEMLET_OK);
    ck_assert(gm_qualify_cache_find(directory, key, &verdict));

    ck_assert_int_eq(gm_file_write(path, "anything", 8), GEMLET_OK);
    ck_assert(calculates(&job, directory, "first"));
    ck_assert(!calculates(&job, directory, "first"));
    free(text);
    free(key);
    close_faulty();
    temporary_remove();
}
END_TEST

START_TEST(a_cache_that_cannot_be_written_is_no_failure)
{
    const gm_qualify_job job = make_job();
    const char *file = temporary_file("file", "x", 1);
    open_faulty((fault_place){.kind = FAULT_NONE});
    ck_assert(calculates(&job, file, "first"));
    ck_assert(calculates(&job, file, "first"));
    ck_assert(calculates(&job, NULL, "first"));
    close_faulty();
    temporary_remove();
}
END_TEST

START_TEST(processes_may_share_the_cache)
{
    const gm_qualify_job job = make_job();
    const char *directory = temporary_directory();
    open_faulty((fault_place){.kind = FAULT_NONE});
    char *key;
    ck_assert_int_eq(gm_qualify_cache_key(&key, backend, &job), GEMLET_OK);
    const gm_gemm_verdict verdict = {GM_GEMM_RIGHT, 3, 0.25, ""};
    ck_assert_int_eq(gm_qualify_cache_store(directory, key, &verdict), GEMLET_OK);
    enum {
        N_PROCESSES = 4
    };
    pid_t children[N_PROCESSES];
    for (int i = 0; i < N_PROCESSES; ++i) {
        children[i] = fork();
        ck_assert_int_ge(children[i], 0);
        if (children[i] != 0)
            continue;
        int ok = 1;
        for (int n = 0; n < 200; ++n) {
            gm_gemm_verdict found;
            ok = ok && gm_qualify_cache_store(directory, key, &verdict) == GEMLET_OK;
            ok = ok && gm_qualify_cache_find(directory, key, &found) && found.n_products == 3;
        }
        _exit(!ok);
    }
    for (int i = 0; i < N_PROCESSES; ++i) {
        int state;
        ck_assert_int_eq(waitpid(children[i], &state, 0), children[i]);
        ck_assert(WIFEXITED(state) && WEXITSTATUS(state) == 0);
    }
    free(key);
    close_faulty();
    temporary_remove();
}
END_TEST

/* ---- a real device -------------------------------------------------------------------------- */

static void qualify_device(gemlet_kernels kernels, gemlet_gemm gemm)
{
    gemlet_device_options options;
    gemlet_device_options_init(&options);
    options.selector = "0";
    options.kernels = kernels;
    options.gemm = gemm;
    gemlet_device *device;
    ck_assert_msg(gemlet_device_open(&device, &options) == GEMLET_OK, "%s", gemlet_last_error());
    const gm_qualify_job job = make_job();
    gm_qualify_report report;
    ck_assert_msg(gm_qualify_device(device, &job, NULL, &report) == GEMLET_OK, "%s",
                  gemlet_last_error());
    ck_assert_uint_eq(report.n_trials, 1);
    ck_assert_uint_eq(report.trials[0].verdict.n_products, N_PRODUCTS);
    ck_assert_double_gt(report.trials[0].verdict.worst, 0.01);
    gemlet_device_close(device);
}

START_TEST(the_gemms_of_a_device_are_right)
{
    gemlet_device_list *list;
    ck_assert_int_eq(gemlet_device_list_create(&list), GEMLET_OK);
    const int has_opencl = gemlet_device_list_count(list) > 1;
    gemlet_device_list_destroy(list);
    const char *required = getenv("GEMLET_REQUIRE_OPENCL");
    ck_assert(has_opencl || required == NULL || strcmp(required, "1") != 0);
    if (!has_opencl)
        return;
    qualify_device(GEMLET_KERNELS_CPU, GEMLET_GEMM_OWN);
    qualify_device(GEMLET_KERNELS_GPU, GEMLET_GEMM_OWN);
    qualify_device(GEMLET_KERNELS_AUTO, GEMLET_GEMM_CLBLAST);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("qualify");
    TCase *gemm = tcase_create("gemm");
    tcase_add_test(gemm, a_right_gemm_passes);
    tcase_add_test(gemm, separate_activations_have_right_products);
    tcase_add_loop_test(gemm, one_wrong_element_is_found_and_named, 0,
                        (int)(sizeof places / sizeof places[0]));
    suite_add_tcase(suite, gemm);
    TCase *list = tcase_create("list");
    tcase_add_test(list, the_next_gemm_replaces_a_wrong_one);
    tcase_add_test(list, a_failing_gemm_is_replaced_and_not_remembered);
    tcase_add_test(list, without_a_right_gemm_there_is_an_error);
    tcase_add_test(list, a_backend_with_one_gemm_is_not_tried);
    suite_add_tcase(suite, list);
    TCase *cache = tcase_create("cache");
    tcase_set_timeout(cache, 60);
    tcase_add_test(cache, a_verdict_is_kept_for_its_circumstances);
    tcase_add_test(cache, a_kept_rejection_replaces_the_gemm_too);
    tcase_add_test(cache, a_damaged_file_counts_as_none_and_is_replaced);
    tcase_add_test(cache, a_cache_that_cannot_be_written_is_no_failure);
    tcase_add_test(cache, processes_may_share_the_cache);
    suite_add_tcase(suite, cache);
    TCase *device = tcase_create("device");
    tcase_set_timeout(device, 120); /* opening builds kernels, CLBlast builds its own */
    tcase_add_test(device, the_gemms_of_a_device_are_right);
    suite_add_tcase(suite, device);
    return suite;
}
