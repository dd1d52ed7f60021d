/* SPDX-License-Identifier: MIT
 * Devices and training when memory or the driver fails: opening a device, three steps, evaluation
 * and prediction of a small network with both kinds of layer. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "backend/device.h"
#include "backend/observer.h"
#include "fault/fault.h"
#include "fault/fault_loop.h"
#include "gemlet/gemlet.h"
#include "support/run_suite.h"
#include "support/temporary.h"

#define N_ROWS     11u
#define N_FEATURES 7u
#define N_CLASSES  3u

static gemlet_dataset *dataset;
static gemlet_spec spec;

static void set_up(void)
{
    float values[N_ROWS * N_FEATURES];
    uint32_t labels[N_ROWS];
    for (unsigned i = 0; i < N_ROWS * N_FEATURES; ++i)
        values[i] = (float)(i * 29 % 31) / 31.0f;
    for (unsigned i = 0; i < N_ROWS; ++i)
        labels[i] = i % N_CLASSES;
    ck_assert_int_eq(
        gemlet_dataset_create(&dataset, N_ROWS, N_FEATURES, GEMLET_ELEMENT_F32, values, labels),
        GEMLET_OK);
    ck_assert_int_eq(gemlet_spec_parse(&spec, "7-5-relu-3bn"), GEMLET_OK);
}

static void tear_down(void)
{
    gemlet_dataset_destroy(dataset);
}

static uint32_t add_digest(uint32_t digest, const void *bytes, size_t n_bytes)
{
    return (uint32_t)crc32(digest, bytes, (unsigned)n_bytes);
}

static gemlet_status train_and_use(gemlet_model *model, gemlet_device *device, gemlet_fused fused,
                                   uint32_t *digest)
{
    gemlet_train_options options;
    gemlet_train_options_init(&options);
    gemlet_train_result result;
    gemlet_evaluation evaluation;
    float probabilities[N_ROWS * N_CLASSES];
    options.batch = 4;
    options.n_steps = 3;
    options.log_every = 2;
    options.fused = fused;
    options.no_qualify = 1; /* a session on its own: the gate has many */
    GEMLET_TRY(gemlet_train(model, device, dataset, &options, &result));
    GEMLET_TRY(gemlet_evaluate(model, device, dataset, &evaluation));
    GEMLET_TRY(gemlet_predict(model, device, dataset, probabilities));
    *digest = add_digest(*digest, probabilities, sizeof probabilities);
    *digest = add_digest(*digest, &evaluation.loss, sizeof evaluation.loss);
    return GEMLET_OK;
}

/* Whatever happened: the parameters are some that training left. */
static void expect_usable(gemlet_model *model)
{
    const size_t n = gemlet_model_tensor_size(model, 0, GEMLET_TENSOR_WEIGHT);
    for (size_t i = 0; i < n; ++i)
        fault_expect(isfinite(gemlet_model_tensor(model, 0, GEMLET_TENSOR_WEIGHT)[i]),
                     "weights are finite");
}

static gemlet_status run_on(const char *selector, gemlet_kernels kernels, gemlet_fused fused,
                            uint32_t *digest)
{
    gemlet_device_options options;
    gemlet_device_options_init(&options);
    gemlet_init_options init;
    gemlet_init_options_init(&init);
    gemlet_device *device;
    gemlet_model *model;
    options.selector = selector;
    options.kernels = kernels;
    options.gemm = GEMLET_GEMM_OWN;
    gemlet_status status = gemlet_device_open(&device, &options);
    fault_expect(status == GEMLET_OK || device == NULL, "no device after a failure");
    if (status == GEMLET_OK) {
        status = gemlet_model_create(&model, &spec, &init);
        fault_expect(status == GEMLET_OK || model == NULL, "no model after a failure");
        if (status == GEMLET_OK) {
            status = train_and_use(model, device, fused, digest);
            expect_usable(model);
        }
        gemlet_model_destroy(model);
    }
    gemlet_device_close(device);
    return status;
}

static gemlet_status run_on_cpu(uint32_t *digest)
{
    return run_on("cpu", GEMLET_KERNELS_AUTO, GEMLET_FUSED_OFF, digest);
}

static gemlet_status run_on_reference(uint32_t *digest)
{
    return run_on("reference", GEMLET_KERNELS_AUTO, GEMLET_FUSED_OFF, digest);
}

static gemlet_status run_on_opencl(uint32_t *digest)
{
    return run_on("opencl-cpu", GEMLET_KERNELS_CPU, GEMLET_FUSED_OFF, digest);
}

static gemlet_status run_gpu_kernels(uint32_t *digest)
{
    return run_on("opencl-cpu", GEMLET_KERNELS_GPU, GEMLET_FUSED_OFF, digest);
}

/* Demanded, because otherwise a fused step that does not compile is replaced by operations. */
static gemlet_status run_fused(uint32_t *digest)
{
    return run_on("opencl-cpu", GEMLET_KERNELS_CPU, GEMLET_FUSED_ON, digest);
}

/* One operation on a device whose programs are kept. */
static gemlet_status predict_with_kept_programs(uint32_t *digest)
{
    gemlet_device_options options;
    gemlet_device_options_init(&options);
    gemlet_init_options init;
    gemlet_init_options_init(&init);
    gemlet_device *device;
    gemlet_model *model = NULL;
    float probabilities[N_ROWS * N_CLASSES];
    options.selector = "opencl-cpu";
    options.program_cache = GEMLET_PROGRAM_CACHE_ON;
    options.cache_directory = temporary_path("programs");
    GEMLET_TRY(gemlet_device_open(&device, &options));
    gemlet_status status = gemlet_model_create(&model, &spec, &init);
    if (status == GEMLET_OK)
        status = gemlet_predict(model, device, dataset, probabilities);
    if (status == GEMLET_OK)
        *digest = add_digest(*digest, probabilities, sizeof probabilities);
    gemlet_model_destroy(model);
    gemlet_device_close(device);
    return status;
}

static void count_launch(void *user, const gm_observed_launch *launch)
{
    (void)launch;
    ++*(size_t *)user;
}

static void ignore_operation(void *user, const char *op, const char *shape, gm_op_cost cost)
{
    (void)user;
    (void)op;
    (void)shape;
    (void)cost;
}

/* Training with a profile of its launches, whose times are not part of the digest. */
static gemlet_status profile_training(gm_backend *backend, gemlet_device *device,
                                      gemlet_model *model, uint32_t *digest)
{
    size_t n_launches = 0;
    const gm_observer observer = {&n_launches, ignore_operation, count_launch};
    gm_launch_time times[512];
    GEMLET_TRY(backend->ops->start_profiling(backend));
    backend->observer = &observer;
    const gemlet_status status = train_and_use(model, device, GEMLET_FUSED_OFF, digest);
    backend->observer = NULL;
    GEMLET_TRY(status);
    fault_expect(n_launches > 0 && n_launches <= 512, "launches are told");
    return backend->ops->read_launch_times(backend, times, n_launches);
}

static gemlet_status run_profiled(uint32_t *digest)
{
    gemlet_device_options options;
    gemlet_device_options_init(&options);
    gemlet_init_options init;
    gemlet_init_options_init(&init);
    gemlet_device *device;
    gemlet_model *model = NULL;
    options.selector = "opencl-cpu";
    options.gemm = GEMLET_GEMM_OWN;
    gemlet_status status = gemlet_device_open(&device, &options);
    if (status == GEMLET_OK)
        status = gemlet_model_create(&model, &spec, &init);
    if (status == GEMLET_OK)
        status = profile_training(gm_device_backend(device), device, model, digest);
    gemlet_model_destroy(model);
    gemlet_device_close(device);
    return status;
}

static gemlet_status list_devices(uint32_t *digest)
{
    gemlet_device_list *list;
    const gemlet_status status = gemlet_device_list_create(&list);
    fault_expect(status == GEMLET_OK || list == NULL, "no list after a failure");
    if (status == GEMLET_OK)
        *digest = (uint32_t)gemlet_device_list_count(list);
    gemlet_device_list_destroy(list);
    return status;
}

/* Without a device there is nothing to fail; GEMLET_REQUIRE_OPENCL=1 wants one. */
static int have_opencl(void)
{
    uint32_t digest;
    const char *required = getenv("GEMLET_REQUIRE_OPENCL");
    const int found = run_on_opencl(&digest) == GEMLET_OK;
    ck_assert_msg(found || required == NULL || strcmp(required, "1") != 0, "%s",
                  gemlet_last_error());
    return found;
}

START_TEST(cpu_path_without_memory)
{
    const fault_work cpu = {.name = "CPU path", .run = run_on_cpu};
    const fault_work reference = {.name = "reference", .run = run_on_reference};
    fault_every_call(&cpu, FAULT_MEMORY);
    fault_every_call(&reference, FAULT_MEMORY);
}
END_TEST

START_TEST(device_list_without_memory)
{
    const fault_work work = {.name = "device list", .run = list_devices};
    fault_every_call(&work, FAULT_MEMORY);
}
END_TEST

START_TEST(opencl_without_memory)
{
    const fault_work work = {.name = "OpenCL, memory", .run = run_on_opencl};
    const fault_work fused = {.name = "OpenCL, fused, memory", .run = run_fused};
    if (!have_opencl())
        return;
    fault_every_call(&work, FAULT_MEMORY);
    fault_every_call(&fused, FAULT_MEMORY);
}
END_TEST

/* GPU kernels that do not compile are tried again without the optional ones. */
static const char *const tried_again[] = {"clBuildProgram", "clCreateBuffer", "clEnqueueFillBuffer",
                                          NULL};

/* Without room for a second state on the device the host fetches each. */
static const char *const no_room[] = {"clCreateBuffer", "clEnqueueFillBuffer", NULL};

/* A run takes 30 ms and makes a thousand calls, most of them clSetKernelArg. Every one of them
 * fails once; the rest is a sample. */
#define SAMPLE 13

START_TEST(opencl_with_failing_driver)
{
    const fault_work cpu_kernels = {
        .name = "OpenCL, CPU kernels", .run = run_on_opencl, .tolerated = no_room};
    const fault_work gpu_kernels = {
        .name = "OpenCL, GPU kernels", .run = run_gpu_kernels, .tolerated = tried_again};
    const fault_work fused = {.name = "OpenCL, fused", .run = run_fused, .tolerated = no_room};
    const fault_work profiled = {.name = "OpenCL, profiled", .run = run_profiled};
    if (!have_opencl())
        return;
    fault_each_call(&fused, FAULT_OPENCL, FAULT_ONCE, 1);
    fault_each_call(&fused, FAULT_OPENCL, FAULT_ON, SAMPLE);
    fault_each_call(&cpu_kernels, FAULT_OPENCL, FAULT_ONCE, 1);
    fault_each_call(&cpu_kernels, FAULT_OPENCL, FAULT_ON, SAMPLE);
    fault_each_call(&gpu_kernels, FAULT_OPENCL, FAULT_ONCE, SAMPLE);
    fault_each_call(&gpu_kernels, FAULT_OPENCL, FAULT_ON, SAMPLE);
    fault_each_call(&profiled, FAULT_OPENCL, FAULT_ONCE, SAMPLE);
    fault_each_call(&profiled, FAULT_MEMORY, FAULT_ONCE, SAMPLE);
}
END_TEST

/* What of it goes wrong with the kept programs only has them compiled again. */
static const char *const not_kept[] = {"clCreateProgramWithBinary",
                                       "clBuildProgram",
                                       "clGetProgramInfo",
                                       "fopen",
                                       "fdopen",
                                       "fflush",
                                       "fsync",
                                       "fclose",
                                       "rename",
                                       NULL};

START_TEST(kept_programs)
{
    const fault_work first = {.name = "no kept program",
                              .prepare = temporary_remove,
                              .run = predict_with_kept_programs,
                              .tolerated = not_kept};
    const fault_work later = {
        .name = "kept programs", .run = predict_with_kept_programs, .tolerated = not_kept};
    const unsigned kinds = FAULT_OPENCL | FAULT_FILE | FAULT_RENAME;
    if (!have_opencl())
        return;
    fault_each_call(&first, kinds, FAULT_ONCE, 1);
    fault_each_call(&first, kinds, FAULT_ON, SAMPLE);
    fault_each_call(&later, kinds, FAULT_ONCE, 1);
    fault_each_call(&later, kinds, FAULT_ON, SAMPLE);
    temporary_remove();
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("fault_device");
    TCase *tests = tcase_create("all");
    tcase_set_timeout(tests, 1200);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, cpu_path_without_memory);
    tcase_add_test(tests, device_list_without_memory);
    tcase_add_test(tests, opencl_without_memory);
    tcase_add_test(tests, opencl_with_failing_driver);
    tcase_add_test(tests, kept_programs);
    suite_add_tcase(suite, tests);
    return suite;
}
