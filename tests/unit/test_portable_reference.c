/* SPDX-License-Identifier: MIT
 * Portable references: what one device wrote verifies another; a difference is named, and it is
 * said on which side it lies; files that are something else are refused. The device is the one that
 * GEMLET_TEST_DEVICE names (the CPU path if unset), with a fault put in. */
#include <stdlib.h>
#include <string.h>

#include "backend/device.h"
#include "gemlet/gemlet.h"
#include "model/network.h"
#include "model/npz.h"
#include "support/networks.h"
#include "support/run_suite.h"
#include "support/temporary.h"
#include "verify/lockstep.h"
#include "verify/replay.h"
#include "verify/report.h"

#define N_ROWS     40u
#define N_FEATURES 12u
#define N_CLASSES  4u
#define BATCH      8u
#define SPEC       "12-16bn-relu-7-tanh-4"
#define N_STEPS    5u

/* Operations of a step in the file: the gathering is not one of them. */
#define N_STEP_OPS 13u

static gemlet_device *device;
static gemlet_dataset *dataset;

/* ---- a device with a fault ------------------------------------------------------------------ */

static gm_backend_ops faulty_ops;
static const gm_backend_ops *true_ops;
static unsigned n_calls;
static unsigned fault_call; /* of dense_fwd, counted from 1; 0: no fault */

/* Off by a hundredth at row 1, column 2. */
static gemlet_status faulty_dense_fwd(gm_backend *backend, const gm_dense_fwd_args *args)
{
    GEMLET_TRY(true_ops->dense_fwd(backend, args));
    if (++n_calls != fault_call)
        return GEMLET_OK;
    const size_t position = args->y.offset + args->y.ld + 2;
    float value;
    GEMLET_TRY(gm_backend_download(backend, args->y.buffer, position, 1, &value));
    value += 0.01f;
    return gm_backend_upload(backend, args->y.buffer, position, 1, &value);
}

/* ---- fixtures ------------------------------------------------------------------------------- */

static void set_up(void)
{
    gemlet_device_options options = GEMLET_DEVICE_OPTIONS_DEFAULT;
    const char *selector = getenv("GEMLET_TEST_DEVICE");
    options.selector = selector != NULL ? selector : "cpu";
    ck_assert_msg(gemlet_device_open(&device, &options) == GEMLET_OK, "%s", gemlet_last_error());
    gm_backend *backend = gm_device_backend(device);
    true_ops = backend->ops;
    faulty_ops = *true_ops;
    faulty_ops.dense_fwd = faulty_dense_fwd;
    backend->ops = &faulty_ops;
    fault_call = 0;

    dataset = random_dataset(N_ROWS, N_FEATURES, N_CLASSES);
    temporary_directory();
}

static void tear_down(void)
{
    temporary_remove();
    gemlet_dataset_destroy(dataset);
    gemlet_device_close(device);
}

static gm_trace_info make_info(int is_double)
{
    return (gm_trace_info){
        .network = SPEC,
        .batch = BATCH,
        .seed = UINT64_MAX,
        .data_crc32 = 0xfedcba98u,
        .input_scale = 0.25f,
        .device = "a device",
        .driver = "\x01 driver of \xc3\xa9",
        .gemm = "",
        .is_double = is_double,
    };
}

/* Records the first two steps and the last of N_STEPS. */
static const char *write_reference(int is_double)
{
    gemlet_spec spec;
    gemlet_model *model;
    const gemlet_init_options init = GEMLET_INIT_OPTIONS_DEFAULT;
    ck_assert_int_eq(gemlet_spec_parse(&spec, SPEC), GEMLET_OK);
    ck_assert_int_eq(gemlet_model_create(&model, &spec, &init), GEMLET_OK);
    gemlet_train_options train = GEMLET_TRAIN_OPTIONS_DEFAULT;
    train.batch = BATCH;
    train.n_steps = 100;
    train.fused = GEMLET_FUSED_OFF; /* references hold operations */

    const gm_trace_info info = make_info(is_double);
    gm_trace_writer *writer;
    ck_assert_int_eq(gm_trace_writer_create(&writer, &info), GEMLET_OK);
    const gm_lockstep_options options = {.train = &train, .n_steps = N_STEPS, .record = writer};
    gm_lockstep_result result;
    n_calls = 0;
    ck_assert_int_eq(gm_lockstep_run(&result, model, device, dataset, &options), GEMLET_OK);
    const char *path = temporary_path("reference.npz");
    ck_assert_msg(gm_trace_writer_write(writer, path) == GEMLET_OK, "%s", gemlet_last_error());
    gm_lockstep_result_free(&result);
    gm_trace_writer_destroy(writer);
    gemlet_model_destroy(model);
    return path;
}

static gm_lockstep_result replay(const char *path, const char *op)
{
    gm_trace_reader *reader;
    ck_assert_msg(gm_trace_reader_open(&reader, path) == GEMLET_OK, "%s", gemlet_last_error());
    const gm_replay_options options = {.op = op};
    gm_lockstep_result result;
    n_calls = 0;
    ck_assert_msg(gm_replay_run(&result, reader, device, &options) == GEMLET_OK, "%s",
                  gemlet_last_error());
    gm_trace_reader_close(reader);
    return result;
}

/* The fault is at row 1, column 2 of layer 2's product in step 2. */
static void expect_fault_named(const gm_lockstep_result *result, const char *blame)
{
    ck_assert(!gm_lockstep_is_verified(result));
    uint64_t step = 0;
    ck_assert_str_eq(gm_report_first_wrong(result, &step), "layer 2 dense_fwd");
    ck_assert_uint_eq(step, 2);
    const gm_statistics *s = &result->statistics;
    const gm_statistics_line *line = &s->lines[s->first_wrong_line];
    ck_assert_str_eq(line->tensor, "y");
    ck_assert_uint_eq(line->first_wrong.row, 1);
    ck_assert_uint_eq(line->first_wrong.col, 2);
    uint64_t n_wrong = 0;
    for (size_t i = 0; i < s->n_lines; ++i)
        n_wrong += s->lines[i].n_wrong;
    ck_assert_uint_eq(n_wrong, 1);
    ck_assert_ptr_nonnull(result->blame);
    ck_assert_msg(strstr(result->blame, blame) != NULL, "%s", result->blame);
}

/* ---- round trip ----------------------------------------------------------------------------- */

START_TEST(a_file_says_what_it_was_told)
{
    const gm_trace_info written = make_info(_i);
    gm_trace_reader *reader;
    const char *path = write_reference(_i);
    ck_assert_msg(gm_trace_reader_open(&reader, path) == GEMLET_OK, "%s", gemlet_last_error());
    const gm_trace_info *read = gm_trace_reader_info(reader);
    ck_assert_str_eq(read->network, SPEC);
    ck_assert_uint_eq(read->batch, BATCH);
    ck_assert_uint_eq(read->seed, UINT64_MAX);
    ck_assert_uint_eq(read->data_crc32, written.data_crc32);
    ck_assert(read->input_scale == written.input_scale);
    ck_assert_str_eq(read->device, "a device");
    ck_assert_str_eq(read->driver, "? driver of ??");
    ck_assert_str_eq(read->gemm, "unknown");
    ck_assert_int_eq(read->is_double, _i);
    ck_assert_uint_eq(read->n_steps, 3);
    ck_assert_uint_eq(read->steps[0], 1);
    ck_assert_uint_eq(read->steps[1], 2);
    ck_assert_uint_eq(read->steps[2], N_STEPS);
    gm_trace_reader_close(reader);
}
END_TEST

START_TEST(the_device_that_wrote_gives_the_same_bits)
{
    gm_lockstep_result result = replay(write_reference(0), NULL);
    ck_assert(gm_lockstep_is_verified(&result));
    ck_assert_ptr_null(result.blame);
    ck_assert_uint_eq(result.steps, 3);
    ck_assert_uint_eq(result.n_ops, 3 * N_STEP_OPS);
    for (size_t i = 0; i < result.statistics.n_lines; ++i)
        ck_assert_double_eq(result.statistics.lines[i].device.largest, 0);
    gm_lockstep_result_free(&result);
}
END_TEST

START_TEST(what_the_reference_wrote_differs_by_rounding)
{
    gm_lockstep_result result = replay(write_reference(1), NULL);
    ck_assert(gm_lockstep_is_verified(&result));
    ck_assert_double_gt(gm_statistics_largest(&result.statistics, GM_FAMILY_GEMM), 0.01);
    ck_assert_double_le(gm_statistics_worst(&result.statistics)->device.largest, 1);
    gm_lockstep_result_free(&result);
}
END_TEST

/* ---- differences ---------------------------------------------------------------------------- */

START_TEST(a_wrong_element_of_the_file_is_named)
{
    fault_call = 3 + 2;
    const char *path = write_reference(0);
    fault_call = 0;
    gm_lockstep_result result = replay(path, NULL);
    expect_fault_named(&result, "agrees with the device, not with the file");
    gm_lockstep_result_free(&result);
}
END_TEST

START_TEST(a_wrong_element_of_the_device_is_named)
{
    const char *path = write_reference(_i);
    fault_call = 3 + 2;
    gm_lockstep_result result = replay(path, NULL);
    expect_fault_named(&result, "agrees with the file");
    gm_lockstep_result_free(&result);
    result = replay(path, "layer 2 dense_fwd");
    expect_fault_named(&result, "agrees with the file");
    ck_assert_uint_eq(result.n_ops, 3);
    gm_lockstep_result_free(&result);
    result = replay(path, "layer 1");
    ck_assert(gm_lockstep_is_verified(&result));
    gm_lockstep_result_free(&result);
}
END_TEST

/* ---- files that are something else ---------------------------------------------------------- */

/* What a test changes in the part of a file that describes the run. */
typedef struct head {
    const char *format;
    int32_t version;
    const char *network;
    const char *precision;
    const char *seed;
    uint32_t batch;
    float eps;
    uint32_t n_steps;
    uint32_t steps[2];
    const char *expected; /* in the message */
} head;

#define N_HEADS 16

/* A head that is right but for one entry; the last one only lacks the steps. */
static head make_head(int i)
{
    head h = {
        .format = GM_TRACE_FORMAT,
        .version = GM_TRACE_VERSION,
        .network = "2-3",
        .precision = "float",
        .seed = "1",
        .batch = 2,
        .eps = GM_BATCH_NORM_EPS,
        .n_steps = 2,
        .steps = {1, 2},
        .expected = "array step 1/learning_rate: missing",
    };
    switch (i) {
    case 0:
        h.format = "gemlet model";
        h.expected = "format \"gemlet model\", expected \"gemlet ";
        break;
    case 1:
        h.version = 2;
        h.expected = "format version 2, expected 1";
        break;
    case 2:
        h.network = "2-";
        h.expected = "reference.npz: network: ";
        break;
    case 3:
        h.precision = "half";
        h.expected = "precision \"half\", expected";
        break;
    case 4:
        h.seed = "-1";
        h.expected = "seed \"-1\", expected a whole number";
        break;
    case 5:
        h.seed = "18446744073709551616";
        h.expected = "expected a whole number";
        break;
    case 6:
        h.batch = 0;
        h.expected = "batch of 0 rows";
        break;
    case 7:
        h.batch = UINT32_MAX;
        h.expected = "bytes at least, the arrays have";
        break;
    case 8:
        h.network = "65536-65536bn-relu-10";
        h.expected = "bytes at least, the arrays have";
        break;
    case 9:
        h.eps = 1e-3f;
        h.expected = "batch_norm_eps is 0.001, expected 1e-05";
        break;
    case 10:
        h.n_steps = 0;
        h.expected = "0 steps, expected 1 to 16";
        break;
    case 11:
        h.n_steps = UINT32_MAX;
        h.expected = "4294967295 steps, expected 1 to 16";
        break;
    case 12:
        h.n_steps = 1;
        h.expected = "array steps: found shape (2,), expected (1,)";
        break;
    case 13:
        h.steps[0] = 2;
        h.steps[1] = 2;
        h.expected = "step numbers do not increase";
        break;
    case 14:
        h.steps[0] = 0;
        h.steps[1] = 1;
        h.expected = "step numbers do not increase";
        break;
    default:
        break;
    }
    return h;
}

static const char *write_head(const head *h)
{
    gm_npz_writer *npz;
    const float momentum = GM_BATCH_NORM_MOMENTUM;
    const uint32_t crc = 0;
    const size_t shape[1] = {2};
    const size_t ballast_shape[1] = {64};
    const float ballast[64] = {0}; /* enough bytes for the smallest network */
    ck_assert_int_eq(gm_npz_writer_create(&npz), GEMLET_OK);
    ck_assert_int_eq(gm_npz_add_string(npz, "format", h->format), GEMLET_OK);
    ck_assert_int_eq(gm_npz_add_i32(npz, "format_version", h->version), GEMLET_OK);
    ck_assert_int_eq(gm_npz_add_string(npz, "network", h->network), GEMLET_OK);
    ck_assert_int_eq(gm_npz_add_string(npz, "device", "d"), GEMLET_OK);
    ck_assert_int_eq(gm_npz_add_string(npz, "driver", "d"), GEMLET_OK);
    ck_assert_int_eq(gm_npz_add_string(npz, "gemm", "d"), GEMLET_OK);
    ck_assert_int_eq(gm_npz_add_string(npz, "precision", h->precision), GEMLET_OK);
    ck_assert_int_eq(gm_npz_add_string(npz, "seed", h->seed), GEMLET_OK);
    ck_assert_int_eq(gm_npz_add_u32(npz, "batch", &h->batch, NULL, 0), GEMLET_OK);
    ck_assert_int_eq(gm_npz_add_u32(npz, "data_crc32", &crc, NULL, 0), GEMLET_OK);
    ck_assert_int_eq(gm_npz_add_f32(npz, "input_scale", &momentum, NULL, 0), GEMLET_OK);
    ck_assert_int_eq(gm_npz_add_f32(npz, "batch_norm_eps", &h->eps, NULL, 0), GEMLET_OK);
    ck_assert_int_eq(gm_npz_add_f32(npz, "batch_norm_momentum", &momentum, NULL, 0), GEMLET_OK);
    ck_assert_int_eq(gm_npz_add_u32(npz, "n_steps", &h->n_steps, NULL, 0), GEMLET_OK);
    ck_assert_int_eq(gm_npz_add_u32(npz, "steps", h->steps, shape, 1), GEMLET_OK);
    ck_assert_int_eq(gm_npz_add_f32(npz, "ballast", ballast, ballast_shape, 1), GEMLET_OK);
    const char *path = temporary_path("reference.npz");
    ck_assert_int_eq(gm_npz_writer_write(npz, path), GEMLET_OK);
    gm_npz_writer_destroy(npz);
    return path;
}

START_TEST(a_strange_head_is_refused)
{
    const head h = make_head(_i);
    gm_trace_reader *reader;
    gemlet_status status = gm_trace_reader_open(&reader, write_head(&h));
    if (status == GEMLET_OK) {
        const gm_replay_options options = {0};
        gm_lockstep_result result;
        status = gm_replay_run(&result, reader, device, &options);
        gm_lockstep_result_free(&result);
    }
    gm_trace_reader_close(reader);
    ck_assert_int_eq(status, GEMLET_E_FORMAT);
    ck_assert_msg(strstr(gemlet_last_error(), h.expected) != NULL, "%s", gemlet_last_error());
    ck_assert_msg(strstr(gemlet_last_error(), "reference.npz") != NULL, "%s", gemlet_last_error());
}
END_TEST

START_TEST(a_file_of_something_else_is_refused)
{
    gm_trace_reader *reader;
    ck_assert_int_eq(gm_trace_reader_open(&reader, temporary_path("none.npz")), GEMLET_E_IO);
    ck_assert_ptr_null(reader);
    ck_assert_int_eq(gm_trace_reader_open(&reader, temporary_file("a.npz", "text", 4)),
                     GEMLET_E_FORMAT);
    gm_npz_writer *npz;
    ck_assert_int_eq(gm_npz_writer_create(&npz), GEMLET_OK);
    ck_assert_int_eq(gm_npz_add_i32(npz, "format_version", 1), GEMLET_OK);
    ck_assert_int_eq(gm_npz_writer_write(npz, temporary_path("b.npz")), GEMLET_OK);
    gm_npz_writer_destroy(npz);
    ck_assert_int_eq(gm_trace_reader_open(&reader, temporary_path("b.npz")), GEMLET_E_FORMAT);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "array format: missing"));
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("portable reference");
    TCase *round_trip = tcase_create("round trip");
    tcase_add_checked_fixture(round_trip, set_up, tear_down);
    tcase_set_timeout(round_trip, 120);
    tcase_add_loop_test(round_trip, a_file_says_what_it_was_told, 0, 2);
    tcase_add_test(round_trip, the_device_that_wrote_gives_the_same_bits);
    tcase_add_test(round_trip, what_the_reference_wrote_differs_by_rounding);
    suite_add_tcase(suite, round_trip);
    TCase *differences = tcase_create("differences");
    tcase_add_checked_fixture(differences, set_up, tear_down);
    tcase_set_timeout(differences, 120);
    tcase_add_test(differences, a_wrong_element_of_the_file_is_named);
    tcase_add_loop_test(differences, a_wrong_element_of_the_device_is_named, 0, 2);
    suite_add_tcase(suite, differences);
    TCase *foreign = tcase_create("foreign files");
    tcase_add_checked_fixture(foreign, set_up, tear_down);
    tcase_set_timeout(foreign, 120);
    tcase_add_loop_test(foreign, a_strange_head_is_refused, 0, N_HEADS);
    tcase_add_test(foreign, a_file_of_something_else_is_refused);
    suite_add_tcase(suite, foreign);
    return suite;
}
