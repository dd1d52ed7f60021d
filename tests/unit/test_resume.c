/* SPDX-License-Identifier: MIT
 * A training that goes on from a state is the one that was never interrupted: bit for bit, with
 * every update rule, however the steps are carried out. On the device that GEMLET_TEST_DEVICE names
 * (the CPU path if unset). */
#include <stdlib.h>
#include <string.h>

#include "gemlet/gemlet.h"
#include "model/model.h"
#include "support/networks.h"
#include "support/run_suite.h"
#include "train/trainer.h"

#define MAX_REPORTS 64u

/* A row for each update rule and for each way to carry out steps. */
static const struct job {
    const char *network;
    gemlet_train_options options; /* what is not 0 replaces a default */
    gemlet_kernels kernels;       /* of an OpenCL device */
    uint64_t memory_limit;        /* of the device: rows come in chunks */
} jobs[] = {
    {"12-16bn-relu-10bn-tanh-4", {.fused = GEMLET_FUSED_AUTO}, GEMLET_KERNELS_AUTO, 0},
    {"12-16bn-relu-4", {.fused = GEMLET_FUSED_OFF}, GEMLET_KERNELS_AUTO, 0},
    {"12-16bn-relu-4", {.fused = GEMLET_FUSED_OFF}, GEMLET_KERNELS_GPU, 0},
    {"12-16-sigmoid-4bn", {.schedule = GEMLET_SCHEDULE_STEP, .step_every = 300}, 0, 0},
    {"12-16bn-relu-4", {.schedule = GEMLET_SCHEDULE_FLAT_COSINE, .warmup = 0.5}, 0, 0},
    {"12-16bn-relu-4", {.momentum = 0.9}, GEMLET_KERNELS_AUTO, 0},
    {"12-16bn-relu-4", {.momentum = 0.9, .nesterov = 1}, GEMLET_KERNELS_AUTO, 0},
    {"12-16bn-relu-4", {.momentum = 0.9, .fused = GEMLET_FUSED_OFF}, GEMLET_KERNELS_GPU, 0},
    {"12-16bn-relu-4", {.momentum = 0.9}, GEMLET_KERNELS_AUTO, 3000},
    {"12-16bn-relu-4", {.optimizer = GEMLET_OPTIMIZER_ADAM}, GEMLET_KERNELS_AUTO, 0},
    {"12-16-relu-4", {.optimizer = GEMLET_OPTIMIZER_ADAMW}, GEMLET_KERNELS_AUTO, 0},
    {"12-16bn-relu-4",
     {.optimizer = GEMLET_OPTIMIZER_ADAM, .fused = GEMLET_FUSED_OFF},
     GEMLET_KERNELS_GPU,
     0},
    {"12-16bn-relu-4", {.momentum = 0.9, .average_decay = 0.99}, GEMLET_KERNELS_AUTO, 0},
    {"12-16bn-relu-4", {.average_decay = 0.99, .fused = GEMLET_FUSED_OFF}, GEMLET_KERNELS_GPU, 0},
    {"12-16bn-relu-4", {.average_last = 0.75, .validate_every = 90}, GEMLET_KERNELS_AUTO, 0},
    {"12-16-gelu-4bn", {.label_smoothing = 0.1}, GEMLET_KERNELS_AUTO, 0},
    {"12-16bn-relu-4", {.dropout = 0.3, .input_dropout = 0.1}, GEMLET_KERNELS_AUTO, 0},
    {"12-16bn-relu-4", {.dropout = 0.3, .fused = GEMLET_FUSED_OFF}, GEMLET_KERNELS_GPU, 0},
    {"12-16bn-relu-4", {.augment = {.rotate = 20}, .dropout = 0.1}, GEMLET_KERNELS_AUTO, 0},
    {"12-16bn-relu-4",
     {.augment = {.elastic = 2, .elastic_sigma = 1}, .fused = GEMLET_FUSED_OFF},
     GEMLET_KERNELS_GPU,
     0},
    {"12-16bn-relu-4", {.augment = {.shift = 1}}, GEMLET_KERNELS_AUTO, 3000},
    {"12-16bn-relu-4", {.input_noise = 0.2, .input_dropout = 0.1}, GEMLET_KERNELS_AUTO, 0},
    {"12-16bn-relu-4", {.mixup = 0.4, .dropout = 0.1}, GEMLET_KERNELS_GPU, 0},
    {"12-16bn-relu-4", {.hidden_noise = 0.2, .dropout = 0.1}, GEMLET_KERNELS_AUTO, 0},
    {"12-16bn-relu-4", {.mixup = 0.4, .input_noise = 0.1}, GEMLET_KERNELS_AUTO, 0},
    {"12-16bn-relu-4", {.adversarial = 0.1, .dropout = 0.1, .input_dropout = 0.1}, 0, 0},
    {"12-16bn-relu-4",
     {.virtual_adversarial = 1, .dropout = 0.1, .input_dropout = 0.1, .fused = GEMLET_FUSED_OFF},
     0,
     0},
    {"12-16bn-relu-4",
     {.virtual_adversarial = 1, .fused = GEMLET_FUSED_OFF},
     GEMLET_KERNELS_GPU,
     0},
    {"12-16bn-relu-4", {.clip_norm = 0.2, .max_norm = 1.5, .momentum = 0.9}, 0, 0},
    {"12-16-relu-4", {.clip_norm = 0.2, .max_norm = 1.5}, GEMLET_KERNELS_GPU, 0},
    {"12-16bn-relu-4",
     {.momentum = 0.9,
      .rate_scales = {{GEMLET_RATE_GROUP_BIASES, 0, 0.1}, {GEMLET_RATE_GROUP_FIRST_LAYER, 0, 6}},
      .n_rate_scales = 2},
     GEMLET_KERNELS_AUTO,
     0},
    {"12-16-relu-9bn-tanh-4", {.max_norm = 1, .average_decay = 0.99}, GEMLET_KERNELS_AUTO, 0},
    {"12-16bn-relu-4", {.validate_every = 90}, GEMLET_KERNELS_AUTO, 0},
    {"12-16bn-relu-4", {.momentum = 0.9, .validate_every = 50, .patience = 20}, 0, 0},
};

/* 2000 are 700 and 1300; fewer of composed steps, which take longer. */
static unsigned steps_of(const struct job *job)
{
    return job->options.fused == GEMLET_FUSED_OFF ? 500 : 2000;
}

static unsigned steps_before(const struct job *job)
{
    return 7 * steps_of(job) / 20;
}

/* What a training leaves. */
typedef struct outcome {
    gemlet_model *model;
    gemlet_train_result result;
    gemlet_progress reports[MAX_REPORTS];
    unsigned n_reports;
    /* the state after so many steps, if it was told of */
    unsigned n_before;
    gm_train_state state;
    gemlet_model *state_model;
    gemlet_model *state_best;
    unsigned n_reports_before;
    unsigned n_states;
} outcome;

static gemlet_dataset *dataset;
static gemlet_dataset *validation_rows;

static void on_progress(const gemlet_progress *progress, void *user)
{
    outcome *o = user;
    ck_assert_uint_lt(o->n_reports, MAX_REPORTS);
    o->reports[o->n_reports++] = *progress;
}

static void on_state(const gm_train_state *state, const gemlet_model *model,
                     const gemlet_model *best, void *user)
{
    outcome *o = user;
    ++o->n_states;
    if (state->n_done != o->n_before)
        return;
    o->state = *state;
    o->n_reports_before = o->n_reports;
    ck_assert_int_eq(gm_model_clone(&o->state_model, model), GEMLET_OK);
    if (best != NULL)
        ck_assert_int_eq(gm_model_clone(&o->state_best, best), GEMLET_OK);
}

/* The options that jobs have. */
/* clang-format off */
#define JOB_OPTIONS(X)                                                                             \
    X(fused) X(schedule) X(step_every) X(warmup) X(momentum) X(nesterov) X(label_smoothing)        \
    X(dropout) X(input_dropout) X(optimizer) X(average_decay) X(average_last) X(validate_every)      \
    X(patience) X(augment.rotate) X(augment.shift) X(augment.elastic) X(augment.elastic_sigma)     \
    X(clip_norm) X(max_norm) X(input_noise) X(hidden_noise) X(adversarial) X(virtual_adversarial) X(mixup) X(rate_scales[0].group)        \
    X(rate_scales[0].factor) X(rate_scales[1].group) X(rate_scales[1].factor) X(n_rate_scales)
/* clang-format on */

static gemlet_train_options options_of(const struct job *job, outcome *o)
{
    gemlet_train_options options;
    gemlet_train_options_init(&options);
    options.batch = 8;
    options.n_steps = steps_of(job);
    o->n_before = steps_before(job);
    options.log_every = 130; /* divides none of the numbers of steps */
#define TAKE(option)                                                                               \
    if (job->options.option != 0)                                                                  \
        options.option = job->options.option;
    JOB_OPTIONS(TAKE)
#undef TAKE
    if (options.validate_every > 0)
        options.validation = validation_rows;
    options.on_progress = on_progress;
    options.user = o;
    return options;
}

static gemlet_device *open_device(const struct job *job)
{
    const char *selector = getenv("GEMLET_TEST_DEVICE");
    gemlet_device_options options;
    gemlet_device *device;
    gemlet_device_options_init(&options);
    options.selector = selector != NULL ? selector : "cpu";
    if (selector != NULL)
        options.kernels = job->kernels;
    options.memory_limit = job->memory_limit;
    ck_assert_msg(gemlet_device_open(&device, &options) == GEMLET_OK, "%s", gemlet_last_error());
    return device;
}

/* Trains o->model to its end: from the state that `before` was told of, if it is not NULL. */
static void train(outcome *o, const struct job *job, const outcome *before,
                  const gm_train_states *states)
{
    const gemlet_train_options options = options_of(job, o);
    gemlet_device *device = open_device(job);
    gm_trainer *trainer;
    ck_assert_msg(gm_trainer_create(&trainer, o->model, device, dataset, &options, &o->result) ==
                      GEMLET_OK,
                  "%s", gemlet_last_error());
    if (before != NULL)
        ck_assert_int_eq(gm_trainer_start_from(trainer, &before->state, before->state_best),
                         GEMLET_OK);
    if (states != NULL)
        gm_trainer_tell_states(trainer, states);
    ck_assert_msg(gm_trainer_run(trainer) == GEMLET_OK, "%s", gemlet_last_error());
    gm_trainer_destroy(trainer);
    gemlet_device_close(device);
}

static void release(outcome *o)
{
    gemlet_model_destroy(o->model);
    gemlet_model_destroy(o->state_model);
    gemlet_model_destroy(o->state_best);
}

static void check_same_model(const gemlet_model *a, const gemlet_model *b)
{
    ck_assert_uint_eq(a->n_values, b->n_values);
    ck_assert_uint_eq(a->n_state_values, b->n_state_values);
    ck_assert_mem_eq(a->values, b->values, a->n_values * sizeof *a->values);
    if (a->n_state_values > 0)
        ck_assert_mem_eq(a->state_values, b->state_values,
                         a->n_state_values * sizeof *a->state_values);
}

static void check_same_report(const gemlet_progress *a, const gemlet_progress *b)
{
    ck_assert_uint_eq(a->step, b->step);
    ck_assert_uint_eq(a->n_steps, b->n_steps);
    ck_assert_double_eq(a->epoch, b->epoch);
    ck_assert_double_eq(a->learning_rate, b->learning_rate);
    ck_assert_double_eq(a->train_loss, b->train_loss);
    ck_assert_double_eq(a->train_accuracy, b->train_accuracy);
    ck_assert_uint_eq(a->validation_step, b->validation_step);
    ck_assert_double_eq(a->validation_loss, b->validation_loss);
    ck_assert_double_eq(a->validation_accuracy, b->validation_accuracy);
}

START_TEST(resumed_is_never_interrupted)
{
    const struct job *job = &jobs[_i];
    outcome whole = {.model = seeded_model(job->network, 5)};
    outcome told = {.model = seeded_model(job->network, 5)};
    train(&whole, job, NULL, NULL);

    const unsigned every = steps_before(job) / 7;
    const gm_train_states states = {every, on_state, &told};
    train(&told, job, NULL, &states);
    ck_assert_uint_eq(told.n_states, (whole.result.steps + every - 1) / every);
    check_same_model(whole.model, told.model);
    ck_assert_int_eq(whole.result.chunk_rows > 0, job->memory_limit > 0);

    outcome rest = {.model = told.state_model};
    told.state_model = NULL;
    train(&rest, job, &told, NULL);
    check_same_model(whole.model, rest.model);
    ck_assert_uint_eq(rest.result.steps, whole.result.steps);
    ck_assert_int_eq(rest.result.stopped_early, whole.result.stopped_early);
    ck_assert_uint_eq(rest.result.good_steps, whole.result.good_steps);
    ck_assert_double_eq(rest.result.validation.loss, whole.result.validation.loss);
    ck_assert_double_eq(rest.result.initial_loss, whole.result.initial_loss);
    ck_assert_double_eq(rest.result.train_loss, whole.result.train_loss);
    ck_assert_double_ge(rest.result.seconds, told.state.seconds);
    ck_assert_uint_eq(told.n_reports_before + rest.n_reports, whole.n_reports);
    for (unsigned i = 0; i < rest.n_reports; ++i)
        check_same_report(&rest.reports[i], &whole.reports[told.n_reports_before + i]);
    release(&whole);
    release(&told);
    release(&rest);
}
END_TEST

/* Stopped after a step that no report was due at: what the report of the end has used up is still
 * in the state. */
static volatile sig_atomic_t stop;

/* Without validation and with it. */
static const size_t stopped_jobs[] = {0, sizeof jobs / sizeof jobs[0] - 2};

static void stop_after_state(const gm_train_state *state, const gemlet_model *model,
                             const gemlet_model *best, void *user)
{
    const outcome *o = user;
    on_state(state, model, best, user);
    stop = state->n_done + 1 >= o->n_before;
}

START_TEST(stopped_keeps_its_sums)
{
    const struct job *job = &jobs[stopped_jobs[_i]];
    outcome whole = {.model = seeded_model(job->network, 5)};
    outcome first = {.model = seeded_model(job->network, 5)};
    train(&whole, job, NULL, NULL);

    gemlet_train_options options = options_of(job, &first);
    const gm_train_states states = {steps_before(job) - 1, stop_after_state, &first};
    gemlet_device *device = open_device(job);
    gm_trainer *trainer;
    stop = 0;
    options.stop = &stop;
    ck_assert_int_eq(
        gm_trainer_create(&trainer, first.model, device, dataset, &options, &first.result),
        GEMLET_OK);
    gm_trainer_tell_states(trainer, &states);
    ck_assert_int_eq(gm_trainer_run(trainer), GEMLET_OK);
    gm_trainer_destroy(trainer);
    gemlet_device_close(device);
    ck_assert_int_eq(first.result.stopped, 1);
    ck_assert_uint_eq(first.result.steps, steps_before(job));
    ck_assert_uint_eq(first.reports[first.n_reports - 1].step, steps_before(job));
    ck_assert_uint_eq(first.n_reports_before, first.n_reports - 1);
    ck_assert_uint_gt(first.state.n_summed, 0);
    ck_assert_uint_lt(first.state.validation.last_step, steps_before(job));

    outcome rest = {.model = first.state_model};
    first.state_model = NULL;
    train(&rest, job, &first, NULL);
    check_same_model(whole.model, rest.model);
    ck_assert_uint_eq(first.n_reports_before + rest.n_reports, whole.n_reports);
    for (unsigned i = 0; i < rest.n_reports; ++i)
        check_same_report(&rest.reports[i], &whole.reports[first.n_reports_before + i]);
    release(&whole);
    release(&first);
    release(&rest);
}
END_TEST

/* All steps are done, but for the last report. */
START_TEST(finished_reports_the_rest)
{
    const struct job *job = &jobs[0];
    outcome o = {.model = seeded_model(job->network, 5)};
    const outcome before = {.state = {.n_done = steps_of(job),
                                      .loss_sum = 6.0,
                                      .correct_sum = 8,
                                      .n_summed = 2,
                                      .initial_loss = 1.5}};
    train(&o, job, &before, NULL);
    ck_assert_uint_eq(o.n_reports, 1);
    ck_assert_uint_eq(o.reports[0].step, steps_of(job));
    ck_assert_double_eq(o.result.train_loss, 3.0);
    ck_assert_double_eq(o.result.train_accuracy, 0.5);
    ck_assert_double_eq(o.result.initial_loss, 1.5);
    release(&o);
}
END_TEST

/* Without a number of steps: at ends of epochs, but not within a second, and at the end. */
START_TEST(states_are_not_told_often)
{
    const struct job *job = &jobs[1];
    outcome o = {.model = seeded_model(job->network, 5)};
    const gm_train_states states = {0, on_state, &o};
    train(&o, job, NULL, &states);
    ck_assert_uint_ge(o.n_states, 1);
    ck_assert_double_le(o.n_states, 1.0 + o.result.seconds / GM_STATE_LEAST_SECONDS);
    release(&o);
}
END_TEST

static void make_rows(void)
{
    gemlet_dataset *all = random_dataset(140, 12, 4);
    ck_assert_int_eq(gemlet_dataset_set_item_dims(all, (const gemlet_dim[]){3, 4}, 2), GEMLET_OK);
    ck_assert_int_eq(gemlet_dataset_hold_out(&dataset, &validation_rows, all, 40, 1), GEMLET_OK);
    gemlet_dataset_destroy(all);
}

static void destroy_rows(void)
{
    gemlet_dataset_destroy(validation_rows);
    gemlet_dataset_destroy(dataset);
}

Suite *test_suite(void)
{
    Suite *suite = suite_create("resume");
    TCase *tests = tcase_create("resume");
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, make_rows, destroy_rows);
    tcase_add_loop_test(tests, resumed_is_never_interrupted, 0,
                        (int)(sizeof jobs / sizeof jobs[0]));
    tcase_add_loop_test(tests, stopped_keeps_its_sums, 0, 2);
    tcase_add_test(tests, finished_reports_the_rest);
    tcase_add_test(tests, states_are_not_told_often);
    suite_add_tcase(suite, tests);
    return suite;
}
