/* SPDX-License-Identifier: MIT
 * The fused training step on an OpenCL CPU device, by the kernels for CPUs and those for GPUs:
 * every operation in it within its error bound, the same losses as operation by operation, the same
 * state as the double-precision reference after a few steps, whatever the network; and that what
 * the caller can see of it is in place at all times. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "backend/device.h"
#include "core/rng.h"
#include "gemlet/gemlet.h"
#include "support/run_suite.h"
#include "train/policies.h"
#include "train/session.h"
#include "verify/lockstep.h"
#include "verify/report.h"

#define N_STEPS 50u

static gemlet_device *device;
static int has_gpu_kernels; /* the device */

/* One job in so many is tried with them, and all with GEMLET_ALL_JOBS in the environment. */
#define GPU_JOBS_STEP 3

static gemlet_device *open_with(const char *selector, gemlet_kernels kernels)
{
    gemlet_device_options options;
    gemlet_device_options_init(&options);
    options.selector = selector;
    options.kernels = kernels;
    gemlet_device *opened;
    ck_assert_msg(gemlet_device_open(&opened, &options) == GEMLET_OK, "%s", gemlet_last_error());
    return opened;
}

static gemlet_device *open_by_name(const char *selector)
{
    return open_with(selector, GEMLET_KERNELS_AUTO);
}

static void open_device(void)
{
    device = open_by_name("opencl-cpu");
}

/* The steps that GPUs do, on the same device. */
static void open_gpu_kernels(void)
{
    device = open_with("opencl-cpu", GEMLET_KERNELS_GPU);
    has_gpu_kernels = 1;
}

static void close_device(void)
{
    gemlet_device_close(device);
}

/* ---- jobs ----------------------------------------------------------------------------------- */

typedef struct job {
    const char *spec;
    gemlet_dim batch;
    double weight_decay;
    double density; /* share of the data that is not 0 */
    int is_bytes;
    struct {
        double momentum;
        int nesterov;
        double label_smoothing;
        double dropout; /* of inputs and hidden layers */
        double input_noise;
        double hidden_noise;
        double mixup;
        double clip_norm;
        double max_norm;
        double augment; /* degrees, of images with 5 lines; and elastic fields */
        gemlet_optimizer optimizer;
        double average_decay;
        gemlet_rate_scale rate_scales[3]; /* up to the first whose factor is 0 */
    } train;
} job;

/* Odd widths, every activation, batch-norm nowhere, in the middle and on the output, one layer to
 * five, panels of every width, layers that share a launch and layers that have their own, batches
 * below, at and above a tile and a gathering group. */
static const job jobs[] = {
    {"20-17bn-relu-33bn-relu-7", 64, 0.0, 1.0, 0, {.momentum = 0}},
    {"20-17bn-relu-33bn-relu-7", 5, 0.01, 1.0, 0, {.momentum = 0}},
    {"20-17-relu-33-relu-7", 1, 0.01, 1.0, 0, {.momentum = 0}},
    {"37-150-relu-10", 63, 5e-3, 1.0, 0, {.momentum = 0}},
    {"37-5bn-sigmoid-150-tanh-3bn", 257, 5e-3, 0.2, 1, {.momentum = 0}},
    {"16-81bn-tanh-81-sigmoid-2", 2, 0.0, 1.0, 0, {.momentum = 0}},
    {"9-4", 64, 0.1, 1.0, 1, {.momentum = 0}},
    {"9-4bn", 7, 0.0, 1.0, 0, {.momentum = 0}},
    {"1-1-sigmoid-2", 3, 0.0, 1.0, 0, {.momentum = 0}},
    {"128-100-sigmoid-97-relu-161bn-relu-80", 65, 5e-3, 0.2, 0, {.momentum = 0}},
    {"130-300bn-relu-310bn-tanh-300-relu-10bn", 128, 5e-3, 0.5, 0, {.momentum = 0}},
    {"784-150bn-relu-150bn-relu-10", 64, 5e-3, 0.2, 1, {.momentum = 0}},
    {"784-150bn-relu-150bn-relu-10", 64, 5e-3, 1.0, 1, {.momentum = 0}},
    {"300-40-tanh-10", 130, 5e-3, 0.0, 1, {.momentum = 0}},
    {"128-100-sigmoid-97bn-relu-20", 65, 5e-3, 0.2, 1, {.momentum = 0.9}},
    {"37-33bn-relu-33-relu-7", 63, 5e-3, 1.0, 0, {.momentum = 0.9, .nesterov = 1}},
    {"37-33bn-leaky_relu-33-elu-17bn-selu-7", 63, 5e-3, 1.0, 0, {.momentum = 0}},
    {"37-33bn-relu-33-relu-7",
     63,
     5e-3,
     1.0,
     0,
     {.momentum = 0.9, .nesterov = 1, .label_smoothing = 0.1}},
    {"300-40-tanh-33bn", 65, 5e-3, 0.2, 1, {.label_smoothing = 0.3}},
    {"37-33bn-gelu-150-silu-17bn-mish-7", 65, 5e-3, 0.2, 1, {.momentum = 0.9}},
    {"37-33bn-relu-150-sigmoid-17-silu-7", 63, 5e-3, 0.2, 1, {.dropout = 0.25}},
    {"37-33bn-relu-33-relu-7", 63, 5e-3, 1.0, 0, {.optimizer = GEMLET_OPTIMIZER_ADAM}},
    {"128-100-sigmoid-97bn-relu-20", 65, 5e-3, 0.2, 1, {.optimizer = GEMLET_OPTIMIZER_ADAMW}},
    {"128-100bn-silu-97bn-relu-20bn", 65, 5e-3, 0.2, 1, {.average_decay = 0.9}},
    {"37-33bn-relu-33-relu-7",
     63,
     5e-3,
     1.0,
     0,
     {.optimizer = GEMLET_OPTIMIZER_ADAMW, .average_decay = 0.9}},
    {"35-33bn-relu-7", 65, 5e-3, 0.2, 1, {.augment = 20}},
    {"85-17-tanh-7", 13, 5e-3, 1.0, 0, {.augment = 10, .dropout = 0.25}},
    {"35-33bn-relu-7", 67, 5e-3, 0.2, 1, {.augment = 9, .input_noise = 0.3}},
    {"37-33bn-relu-150-tanh-7", 63, 5e-3, 0.2, 1, {.input_noise = 0.2}},
    {"37-33bn-relu-150-sigmoid-17-silu-7", 63, 5e-3, 0.2, 1, {.hidden_noise = 0.2}},
    {"37-33-tanh-17bn-gelu-7", 65, 5e-3, 1.0, 0, {.hidden_noise = 0.3, .dropout = 0.25}},
    {"130-17bn-relu-7", 65, 5e-3, 0.1, 1, {.mixup = 0.4}},
    {"37-33bn-relu-33-relu-7", 63, 5e-3, 0.2, 1, {.max_norm = 0.5, .average_decay = 0.9}},
    {"128-100-tanh-97bn-silu-20",
     65,
     5e-3,
     1.0,
     0,
     {.clip_norm = 0.1,
      .momentum = 0.9,
      .rate_scales = {{GEMLET_RATE_GROUP_SCALES, 0, 0.1},
                      {GEMLET_RATE_GROUP_BIASES, 0, 0.5},
                      {GEMLET_RATE_GROUP_FIRST_LAYER, 0, 6}}}},
    {"20-530bn-relu-510-relu-5",
     17,
     5e-3,
     1.0,
     1,
     {.clip_norm = 0.2, .max_norm = 0.5, .optimizer = GEMLET_OPTIMIZER_ADAMW}},
    {"9-4", 5, 5e-3, 1.0, 0, {.clip_norm = 0.1, .max_norm = 0.3, .average_decay = 0.9}},
    {"35-17-relu-7",
     67,
     5e-3,
     0.2,
     1,
     {.mixup = 1, .input_noise = 0.3, .dropout = 0.2, .augment = 9, .label_smoothing = 0.1}},
    {"37-33bn-relu-150-sigmoid-17bn-silu-7",
     63,
     5e-3,
     1.0,
     0,
     {.momentum = 0.9,
      .average_decay = 0.9,
      .rate_scales = {{GEMLET_RATE_GROUP_BIASES, 0, 0.1},
                      {GEMLET_RATE_GROUP_LAYER, 3, 0.5},
                      {GEMLET_RATE_GROUP_FIRST_LAYER, 0, 3}}}},
    {"128-100-relu-97bn-relu-20",
     65,
     5e-3,
     0.2,
     1,
     {.optimizer = GEMLET_OPTIMIZER_ADAMW,
      .rate_scales = {{GEMLET_RATE_GROUP_SCALES, 0, 0.2},
                      {GEMLET_RATE_GROUP_SHIFTS, 0, 2},
                      {GEMLET_RATE_GROUP_LAST_LAYER, 0, 0.3}}}},
};

#define N_JOBS (sizeof jobs / sizeof jobs[0])

static gemlet_dataset *make_dataset(const job *j, const gemlet_spec *spec)
{
    const gemlet_dim rows = 3 * j->batch + 5;
    const size_t n = (size_t)rows * spec->n_inputs;
    float *floats = malloc(n * sizeof *floats);
    unsigned char *bytes = malloc(n);
    uint32_t *labels = malloc(rows * sizeof *labels);
    gm_rng rng;
    gm_rng_init(&rng, 5, GM_RNG_TEST, 0);
    for (size_t i = 0; i < n; ++i) {
        const int is_zero = gm_rng_uniform(&rng) >= j->density;
        bytes[i] = is_zero ? 0 : (unsigned char)(1.0 + 255.0 * gm_rng_uniform(&rng));
        floats[i] = is_zero ? 0.0f : (float)gm_rng_normal(&rng);
    }
    for (gemlet_dim i = 0; i < rows; ++i)
        labels[i] = gm_rng_below(&rng, spec->layers[spec->n_layers - 1].width);
    gemlet_dataset *dataset;
    ck_assert_int_eq(gemlet_dataset_create(&dataset, rows, spec->n_inputs,
                                           j->is_bytes ? GEMLET_ELEMENT_U8 : GEMLET_ELEMENT_F32,
                                           j->is_bytes ? (const void *)bytes : (const void *)floats,
                                           labels),
                     GEMLET_OK);
    if (j->train.augment > 0)
        ck_assert_int_eq(
            gemlet_dataset_set_item_dims(dataset, (const gemlet_dim[]){5, spec->n_inputs / 5}, 2),
            GEMLET_OK);
    free(labels);
    free(bytes);
    free(floats);
    return dataset;
}

typedef struct run {
    gemlet_model *model;
    double losses[N_STEPS];
    double accuracies[N_STEPS];
    unsigned n_reports;
    char summary[128];
} run;

static void record_loss(const gemlet_progress *progress, void *user)
{
    run *r = user;
    r->losses[r->n_reports] = progress->train_loss;
    r->accuracies[r->n_reports++] = progress->train_accuracy;
}

static void record_plan(const char *summary, const char *plan, void *user)
{
    run *r = user;
    (void)plan;
    strncpy(r->summary, summary, sizeof r->summary - 1);
}

static gemlet_model *make_model(const job *j, const gemlet_spec *spec)
{
    gemlet_init_options init;
    gemlet_init_options_init(&init);
    gemlet_model *model;
    ck_assert_int_eq(gemlet_model_create(&model, spec, &init), GEMLET_OK);
    if (j->is_bytes)
        ck_assert_int_eq(gemlet_model_set_input_scale(model, 1.0f / 255.0f), GEMLET_OK);
    return model;
}

static gemlet_train_options make_options(const job *j, gemlet_fused fused)
{
    gemlet_train_options options;
    gemlet_train_options_init(&options);
    options.batch = j->batch;
    options.learning_rate = 0.05;
    options.weight_decay = j->weight_decay;
    options.momentum = j->train.momentum;
    options.average_decay = j->train.average_decay;
    options.optimizer = j->train.optimizer;
    if (j->train.optimizer != GEMLET_OPTIMIZER_SGD)
        options.learning_rate = 1e-3;
    options.dropout = options.input_dropout = j->train.dropout;
    options.input_noise = j->train.input_noise;
    options.hidden_noise = j->train.hidden_noise;
    options.mixup = j->train.mixup;
    options.clip_norm = j->train.clip_norm;
    options.max_norm = j->train.max_norm;
    if (j->train.augment > 0)
        options.augment = (gemlet_augmentation){
            .rotate = j->train.augment, .shift = 1, .elastic = 3, .elastic_sigma = 1.5};
    options.nesterov = j->train.nesterov;
    options.label_smoothing = j->train.label_smoothing;
    for (unsigned i = 0; i < 3 && j->train.rate_scales[i].factor > 0; ++i)
        options.rate_scales[options.n_rate_scales++] = j->train.rate_scales[i];
    options.fused = fused;
    return options;
}

/* Trains a new model of the job. */
static void train(run *r, const job *j, gemlet_device *on, gemlet_fused fused, uint64_t n_steps,
                  uint64_t log_every)
{
    *r = (run){0};
    gemlet_spec spec;
    ck_assert_int_eq(gemlet_spec_parse(&spec, j->spec), GEMLET_OK);
    gemlet_dataset *dataset = make_dataset(j, &spec);
    r->model = make_model(j, &spec);
    gemlet_train_options options = make_options(j, fused);
    options.n_steps = n_steps;
    options.log_every = log_every;
    options.on_progress = record_loss;
    options.on_plan = record_plan;
    options.user = r;
    gemlet_train_result result;
    ck_assert_msg(gemlet_train(r->model, on, dataset, &options, &result) == GEMLET_OK, "%s: %s",
                  j->spec, gemlet_last_error());
    gemlet_dataset_destroy(dataset);
}

static void end(run *r)
{
    gemlet_model_destroy(r->model);
}

/* Calls visit(a, b, n) for every tensor of two models of the same spec. */
static void for_each_tensor(gemlet_model *a, gemlet_model *b, const char *spec,
                            void (*visit)(const float *, const float *, size_t, const char *))
{
    for (unsigned l = 0; l < gemlet_model_spec(a)->n_layers; ++l) {
        for (int t = GEMLET_TENSOR_WEIGHT; t <= GEMLET_TENSOR_RUNNING_VAR; ++t) {
            const size_t n = gemlet_model_tensor_size(a, l, (gemlet_tensor)t);
            if (n > 0)
                visit(gemlet_model_tensor(a, l, (gemlet_tensor)t),
                      gemlet_model_tensor(b, l, (gemlet_tensor)t), n, spec);
        }
    }
}

/* ---- tests ---------------------------------------------------------------------------------- */

START_TEST(every_operation_is_verified)
{
    const job *j = &jobs[_i];
    if (has_gpu_kernels && (j->train.clip_norm > 0 || j->train.max_norm > 0))
        return; /* operation by operation there */
    /* Compiling takes seconds a job; e2e_fused_gpu has more networks. */
    if (has_gpu_kernels && _i % GPU_JOBS_STEP != 0 && getenv("GEMLET_ALL_JOBS") == NULL)
        return;
    gemlet_spec spec;
    ck_assert_int_eq(gemlet_spec_parse(&spec, j->spec), GEMLET_OK);
    gemlet_dataset *dataset = make_dataset(j, &spec);
    gemlet_model *model = make_model(j, &spec);
    const gemlet_train_options train_options = make_options(j, GEMLET_FUSED_ON);
    const gm_lockstep_options options = {.train = &train_options, .n_steps = 5};
    gm_lockstep_result result;
    ck_assert_msg(gm_lockstep_run(&result, model, device, dataset, &options) == GEMLET_OK, "%s: %s",
                  j->spec, gemlet_last_error());
    if (!gm_lockstep_is_verified(&result)) {
        gm_report_verdict(stdout, &result, options.n_steps);
        ck_abort_msg("%s, batch %u: not verified", j->spec, j->batch);
    }
    ck_assert_uint_eq(result.steps, options.n_steps);
    /* Not vacuous: the products round, and the steps were done in a row too. */
    ck_assert_double_gt(gm_statistics_largest(&result.statistics, GM_FAMILY_UPDATE), 0.01);
    ck_assert_str_eq(result.statistics.lines[result.statistics.n_lines - 1].label,
                     "steps in a row");
    gm_lockstep_result_free(&result);
    gemlet_model_destroy(model);
    gemlet_dataset_destroy(dataset);
}
END_TEST

START_TEST(losses_equal_those_of_the_operations)
{
    const job *j = &jobs[_i];
    run fused;
    run plain;
    train(&fused, j, device, GEMLET_FUSED_ON, N_STEPS, 1);
    train(&plain, j, device, GEMLET_FUSED_OFF, N_STEPS, 1);
    ck_assert_uint_eq(fused.n_reports, N_STEPS);
    for (unsigned i = 0; i < N_STEPS; ++i)
        ck_assert_msg(fabs(fused.losses[i] - plain.losses[i]) <= 1e-5 * fabs(plain.losses[i]),
                      "%s, batch %u: step %u has loss %.9g, operation by operation %.9g", j->spec,
                      j->batch, i + 1, fused.losses[i], plain.losses[i]);
    ck_assert_double_eq(fused.accuracies[0], plain.accuracies[0]);
    end(&fused);
    end(&plain);
}
END_TEST

/* Distance relative to the tensor. What is nearly 0 as a whole (a bias after a few steps) is
 * measured by the size of a step of the learning rate. */
static void expect_close(const float *a, const float *b, size_t n, const char *spec)
{
    double squares = 0.0;
    double difference = 0.0;
    for (size_t i = 0; i < n; ++i) {
        squares += (double)b[i] * (double)b[i];
        difference += ((double)a[i] - (double)b[i]) * ((double)a[i] - (double)b[i]);
    }
    const double scale = fmax(sqrt(squares), 0.05);
    ck_assert_msg(sqrt(difference) <= 1e-5 * scale, "%s: a tensor of %zu is off by %g of %g", spec,
                  n, sqrt(difference), scale);
}

START_TEST(state_equals_the_reference_after_three_steps)
{
    const job *j = &jobs[_i];
    gemlet_device *reference = open_by_name("reference");
    run fused;
    run exact;
    train(&fused, j, device, GEMLET_FUSED_ON, 3, 100);
    train(&exact, j, reference, GEMLET_FUSED_OFF, 3, 100);
    for_each_tensor(fused.model, exact.model, j->spec, expect_close);
    end(&fused);
    end(&exact);
    gemlet_device_close(reference);
}
END_TEST

static void expect_same_bits(const float *a, const float *b, size_t n, const char *spec)
{
    ck_assert_msg(memcmp(a, b, n * sizeof *a) == 0, "%s: two runs differ", spec);
}

/* Reading the losses in between cuts the steps into other launches, which must change nothing. */
START_TEST(reports_do_not_change_the_result)
{
    const job *j = &jobs[_i];
    run often;
    run rarely;
    train(&often, j, device, GEMLET_FUSED_ON, 20, 3);
    train(&rarely, j, device, GEMLET_FUSED_ON, 20, 100);
    for_each_tensor(often.model, rarely.model, j->spec, expect_same_bits);
    end(&often);
    end(&rarely);
}
END_TEST

/* Into the arena of the steps and back, with states of an optimizer and without; in between the
 * network's own buffers hold other values. */
START_TEST(model_and_states_travel)
{
    const job *j = &jobs[_i];
    for (unsigned s = 0; s < GM_N_STATES + 2; ++s) { /* each state, none, all */
        const gm_state_set states = s > GM_N_STATES ? GM_ALL_STATES : (1u << s) & GM_ALL_STATES;
        gemlet_train_options options;
        gemlet_spec spec;
        gemlet_model *model;
        gemlet_model *other;
        gm_network *network;
        gm_device_data data;
        gm_stepper *stepper;
        gemlet_train_options_init(&options);
        options.batch = j->batch;
        options.fused = GEMLET_FUSED_ON;
        ck_assert_int_eq(gemlet_spec_parse(&spec, j->spec), GEMLET_OK);
        ck_assert_int_eq(gm_model_allocate(&model, &spec), GEMLET_OK);
        ck_assert_int_eq(gm_model_allocate(&other, &spec), GEMLET_OK);
        ck_assert_int_eq(gm_model_set_states(model, states), GEMLET_OK);
        for (size_t i = 0; i < model->n_values; ++i)
            model->values[i] = 1.0f + (float)i;
        for (size_t i = 0; i < model->n_state_values; ++i)
            model->state_values[i] = -1.0f - (float)i;
        gemlet_dataset *dataset = make_dataset(j, &spec);
        gm_backend *backend = gm_device_backend(device);
        ck_assert_int_eq(
            gm_network_create(&network, backend, model, GM_NETWORK_TRAIN, j->batch, states),
            GEMLET_OK);
        ck_assert_int_eq(gm_device_data_create(&data, backend, dataset, j->batch), GEMLET_OK);
        const gm_policies policies = gm_policies_of(model, &options);
        ck_assert_int_eq(gm_stepper_create(&stepper, network, &data, &options, &policies),
                         GEMLET_OK);
        ck_assert_int_eq(gm_network_upload(network, other), GEMLET_OK);
        ck_assert_int_eq(stepper->ops->store(stepper), GEMLET_OK);
        ck_assert_int_eq(gm_network_download(network, other), GEMLET_OK);
        ck_assert_uint_eq(other->n_state_values, model->n_state_values);
        ck_assert_mem_eq(other->values, model->values, 4 * model->n_values);
        if (states != 0)
            ck_assert_mem_eq(other->state_values, model->state_values, 4 * model->n_state_values);
        gm_stepper_destroy(stepper);
        gm_device_data_destroy(&data);
        gm_network_destroy(network);
        gemlet_dataset_destroy(dataset);
        gemlet_model_destroy(other);
        gemlet_model_destroy(model);
    }
}
END_TEST

START_TEST(what_cannot_be_fused_runs_operation_by_operation)
{
    const job many_classes = {.spec = "9-81", .batch = 4, .density = 1.0};
    run r;
    train(&r, &many_classes, device, GEMLET_FUSED_AUTO, 1, 1);
    ck_assert_str_eq(r.summary, "operation by operation (81 classes, at most 80 are fused)");
    end(&r);
    train(&r, &jobs[0], device, GEMLET_FUSED_OFF, 1, 1);
    ck_assert_str_eq(r.summary, "operation by operation (turned off)");
    end(&r);
    train(&r, &jobs[0], device, GEMLET_FUSED_AUTO, 1, 1);
    ck_assert_str_eq(r.summary, "fused, 2 launches a step");
    end(&r);
    gemlet_device *cpu_path = open_by_name("cpu");
    train(&r, &jobs[0], cpu_path, GEMLET_FUSED_AUTO, 1, 1);
    ck_assert_str_eq(r.summary, "operation by operation (the device has no fused step)");
    end(&r);
    gemlet_device_close(cpu_path);
}
END_TEST

/* *out = the fingerprint of fused steps of the job. */
static void find_fingerprint(char **out, const job *j, const gemlet_train_options *options,
                             float input_scale)
{
    gemlet_spec spec;
    gm_session *session;
    ck_assert_int_eq(gemlet_spec_parse(&spec, j->spec), GEMLET_OK);
    gemlet_dataset *dataset = make_dataset(j, &spec);
    gemlet_model *model = make_model(j, &spec);
    ck_assert_int_eq(gemlet_model_set_input_scale(model, input_scale), GEMLET_OK);
    const gm_policies policies = gm_policies_of(model, options);
    const gemlet_train_options composed = make_options(j, GEMLET_FUSED_OFF);
    ck_assert_int_eq(gm_session_create(&session, gm_device_backend(device), model, dataset,
                                       &composed, 1, j->density),
                     GEMLET_OK);
    ck_assert_int_eq(
        gm_stepper_fingerprint(out, session->network, &session->data, options, &policies),
        GEMLET_OK);
    ck_assert_ptr_nonnull(*out);
    gm_session_destroy(session);
    gemlet_model_destroy(model);
    gemlet_dataset_destroy(dataset);
}

/* Nothing that a user may vary but the shape is compiled in. */
START_TEST(numbers_do_not_change_the_program)
{
    char *one, *other, *another;
    gemlet_train_options options = make_options(&jobs[0], GEMLET_FUSED_ON);
    find_fingerprint(&one, &jobs[0], &options, 1.0f);
    options.weight_decay = 0.123;
    options.learning_rate = 0.321;
    options.label_smoothing = 0.1;
    options.schedule = GEMLET_SCHEDULE_COSINE;
    options.n_steps = 77;
    options.seed = 5;
    find_fingerprint(&other, &jobs[0], &options, 0.25f);
    ck_assert_str_eq(one, other);
    options = make_options(&jobs[1], GEMLET_FUSED_ON);
    find_fingerprint(&another, &jobs[1], &options, 1.0f);
    ck_assert_str_ne(one, another);
    free(one);
    free(other);
    free(another);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("fused");
    TCase *device_case = tcase_create("device");
    tcase_set_timeout(device_case, 240);
    tcase_add_checked_fixture(device_case, open_device, close_device);
    tcase_add_test(device_case, numbers_do_not_change_the_program);
    tcase_add_loop_test(device_case, every_operation_is_verified, 0, (int)N_JOBS);
    tcase_add_loop_test(device_case, losses_equal_those_of_the_operations, 0, (int)N_JOBS);
    tcase_add_loop_test(device_case, state_equals_the_reference_after_three_steps, 0, (int)N_JOBS);
    tcase_add_loop_test(device_case, reports_do_not_change_the_result, 0, (int)N_JOBS);
    tcase_add_loop_test(device_case, model_and_states_travel, 0, (int)N_JOBS);
    tcase_add_test(device_case, what_cannot_be_fused_runs_operation_by_operation);
    suite_add_tcase(suite, device_case);
    TCase *gpu_case = tcase_create("gpu kernels");
    tcase_set_timeout(gpu_case, 240);
    tcase_add_checked_fixture(gpu_case, open_gpu_kernels, close_device);
    tcase_add_loop_test(gpu_case, every_operation_is_verified, 0, (int)N_JOBS);
    tcase_add_loop_test(gpu_case, losses_equal_those_of_the_operations, 3, 6);
    tcase_add_loop_test(gpu_case, reports_do_not_change_the_result, 3, 6);
    tcase_add_loop_test(gpu_case, model_and_states_travel, 0, 3);
    suite_add_tcase(suite, gpu_case);
    return suite;
}
