/* SPDX-License-Identifier: MIT
 * Checkpoints: what goes into a file comes out of it, no bit of it changes unnoticed, hostile files
 * are refused at little cost, and of several files the newest whole one is found. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "checkpoint/directory.h"
#include "checkpoint/writer.h"
#include "core/file.h"
#include "core/rng.h"
#include "data_files.h"
#include "model/model.h"
#include "support/run_suite.h"
#include "support/temporary.h"

#define N_REPORTS 3u
#define N_LAYERS  2u

static gemlet_model *make_model(uint64_t seed)
{
    gemlet_spec spec;
    gemlet_init_options options;
    gemlet_model *model;
    gemlet_init_options_init(&options);
    options.seed = seed;
    ck_assert_int_eq(gemlet_spec_parse(&spec, "3-4bn-relu-2"), GEMLET_OK);
    ck_assert_int_eq(gemlet_model_create(&model, &spec, &options), GEMLET_OK);
    ck_assert_int_eq(gm_model_set_states(model, 1u << GM_STATE_momentum), GEMLET_OK);
    for (size_t i = 0; i < model->n_state_values; ++i)
        model->state_values[i] = (float)i / 3.0f;
    ck_assert_int_eq(gemlet_model_set_input_scale(model, 0.25f), GEMLET_OK);
    return model;
}

static void add_reports(gm_checkpoint *c)
{
    for (unsigned i = 1; i <= N_REPORTS; ++i) {
        gemlet_layer_report layers[N_LAYERS] = {{.output_std = 1.0 / i, .dead = 0.5}};
        const gemlet_progress report = {
            .step = 100 * i,
            .n_steps = 1000,
            .epoch = i / 7.0,
            .learning_rate = 0.1 / 3.0,
            .train_loss = 1.0 / i,
            .seconds = 1e-3 * i,
            .validation_step = 50 * i,
            .validation_loss = i == 2 ? (double)INFINITY : 0.3,
        };
        ck_assert_int_eq(gm_history_append(&c->history, &report), GEMLET_OK);
        ck_assert_int_eq(gm_layer_history_append(&c->layers, 90 * i, layers, N_LAYERS), GEMLET_OK);
    }
}

/* Everything in it is something. */
static gm_checkpoint make_checkpoint(uint64_t steps)
{
    gm_checkpoint c = {
        .state = {.n_done = steps,
                  .initial_loss = 1.0 / 3.0,
                  .train_loss = 0.1,
                  .train_accuracy = 0.7,
                  .loss_sum = 1e300 / 3.0,
                  .correct_sum = 123456789012345,
                  .n_summed = 5,
                  .seconds = 2.0 / 3.0,
                  .report_seconds = 0.5,
                  .validation_seconds = 0.125,
                  .validation = {.n_done = 4,
                                 .n_without_gain = 2,
                                 .best_step = 100,
                                 .best = {10, 9, 0.9, 0.3},
                                 .last_step = 200,
                                 .last = {10, 8, 0.8, (double)INFINITY}}},
        .model = make_model(1),
        .best = make_model(2),
    };
    ck_assert_int_eq(gm_pairs_set(&c.options, "data", "a \"b\" \\ \xc3\xa4 \xff"), GEMLET_OK);
    ck_assert_int_eq(gm_pairs_set(&c.options, "seed", "%llu", 18446744073709551615ull), GEMLET_OK);
    ck_assert_int_eq(gm_pairs_set(&c.job, "steps", "1000"), GEMLET_OK);
    ck_assert_int_eq(gm_pairs_set(&c.device, "device", "a CPU"), GEMLET_OK);
    add_reports(&c);
    return c;
}

static void check_same_pairs(const gm_pairs *a, const gm_pairs *b)
{
    ck_assert_uint_eq(a->count, b->count);
    for (size_t i = 0; i < a->count; ++i) {
        ck_assert_str_eq(a->items[i].name, b->items[i].name);
        ck_assert_str_eq(a->items[i].value, b->items[i].value);
    }
}

static void check_same_model(const gemlet_model *a, const gemlet_model *b)
{
    ck_assert_uint_eq(a->n_values, b->n_values);
    ck_assert_uint_eq(a->n_state_values, b->n_state_values);
    ck_assert_mem_eq(a->values, b->values, a->n_values * sizeof *a->values);
    ck_assert_mem_eq(a->state_values, b->state_values, a->n_state_values * sizeof *a->state_values);
    ck_assert_mem_eq(&a->input_scale, &b->input_scale, sizeof a->input_scale);
}

static void check_same(const gm_checkpoint *a, const gm_checkpoint *b)
{
    ck_assert_mem_eq(&a->state, &b->state, sizeof a->state);
    check_same_model(a->model, b->model);
    check_same_model(a->best, b->best);
    check_same_pairs(&a->options, &b->options);
    check_same_pairs(&a->job, &b->job);
    check_same_pairs(&a->device, &b->device);
    ck_assert_uint_eq(a->history.count, b->history.count);
    ck_assert_mem_eq(a->history.reports, b->history.reports,
                     a->history.count * sizeof *a->history.reports);
    ck_assert_uint_eq(a->layers.count, b->layers.count);
    ck_assert_mem_eq(a->layers.steps, b->layers.steps, a->layers.count * sizeof *a->layers.steps);
    ck_assert_mem_eq(a->layers.layers, b->layers.layers,
                     a->layers.count * N_LAYERS * sizeof *a->layers.layers);
}

static void load(gm_checkpoint *c, const char *path)
{
    ck_assert_msg(gm_checkpoint_load(c, path) == GEMLET_OK, "%s", gemlet_last_error());
}

START_TEST(round_trip)
{
    gm_checkpoint saved = make_checkpoint(300);
    gm_checkpoint loaded;
    const char *path = temporary_path("checkpoint.npz");
    ck_assert_int_eq(gm_checkpoint_save(&saved, path), GEMLET_OK);
    load(&loaded, path);
    check_same(&saved, &loaded);
    /* It is a model, too. */
    gemlet_model *model;
    ck_assert_int_eq(gemlet_model_load(&model, path), GEMLET_OK);
    check_same_model(model, saved.model);
    gemlet_model_destroy(model);
    gm_checkpoint_free(&loaded);
    gm_checkpoint_free(&saved);
}
END_TEST

/* A new file each time: some file systems flush one that is truncated and written again. */
static void expect_damaged(const char *bytes, size_t n, size_t place)
{
    gm_checkpoint c;
    remove(temporary_path("damaged.npz"));
    const char *path = temporary_file("damaged.npz", bytes, n);
    const gemlet_status status = gm_checkpoint_load(&c, path);
    ck_assert_msg(status == GEMLET_E_FORMAT || status == GEMLET_E_RANGE, "damage at %zu: %s", place,
                  gemlet_status_name(status));
}

/* A bit of each byte, then 200 bits anywhere, then every length that is too short. */
START_TEST(damage_is_found)
{
    gm_checkpoint c = make_checkpoint(300);
    size_t n;
    gm_rng rng;
    const char *path = temporary_path("checkpoint.npz");
    ck_assert_int_eq(gm_checkpoint_save(&c, path), GEMLET_OK);
    char *bytes = read_whole_file(path, &n);
    for (size_t i = 0; i < n; ++i) {
        bytes[i] ^= (char)(1u << i % 8);
        expect_damaged(bytes, n, i);
        bytes[i] ^= (char)(1u << i % 8);
    }
    gm_rng_init(&rng, 5, GM_RNG_TEST, 0);
    for (unsigned k = 0; k < 200; ++k) {
        const size_t bit = (size_t)(gm_rng_uniform(&rng) * (double)(8 * n));
        bytes[bit / 8] ^= (char)(1u << bit % 8);
        expect_damaged(bytes, n, bit / 8);
        bytes[bit / 8] ^= (char)(1u << bit % 8);
    }
    for (size_t length = 0; length < n; length += 7)
        expect_damaged(bytes, length, length);
    free(bytes);
    gm_checkpoint_free(&c);
}
END_TEST

/* ---- files from anywhere -------------------------------------------------------------------- */

static unsigned n_hostile;

/* Most memory that the process has had so far, in KiB. */
static long peak_memory(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

static void replay_checkpoint(const char *path, int is_ok, int is_bad)
{
    gm_checkpoint c;
    if (!is_ok && !is_bad)
        return;
    const gemlet_status status = gm_checkpoint_load(&c, path);
    ck_assert_msg(is_ok ? status == GEMLET_OK
                        : status == GEMLET_E_FORMAT || status == GEMLET_E_RANGE,
                  "%s: %s: %s", path, gemlet_status_name(status), gemlet_last_error());
    n_hostile += is_bad != 0;
    gm_checkpoint_free(&c);
}

static void replay_model(const char *path, int is_ok, int is_bad)
{
    gemlet_model *model;
    if (is_ok || !is_bad)
        return;
    ck_assert_int_ne(gemlet_model_load(&model, path), GEMLET_OK);
    ++n_hostile;
}

/* Within 64 MiB. The program's own limit of time, a second a file, is far above what it takes. */
START_TEST(hostile_files_are_refused)
{
    const long before = peak_memory();
    replay_corpus("checkpoint", replay_checkpoint);
    replay_corpus("npz", replay_model);
    ck_assert_uint_ge(n_hostile, 30);
    ck_assert_int_lt(peak_memory() - before, 64 * 1024);
}
END_TEST

static const struct {
    const char *file;
    const char *message;
} messages[] = {
    {"bad-no-comment", ": found no checksum at its end"},
    {"bad-array", ": array layer1.weight: damaged: it has not its checksum"},
    {"bad-not-sealed", ": damaged: the file has not its checksum"},
    {"bad-date", ": damaged: the file has not its checksum"},
    {"bad-no-text", ": array checkpoint: missing"},
    {"bad-text-json", ": array checkpoint: found what is not JSON"},
    {"bad-text-long", ": array checkpoint: found 1048576 bytes, expected at most 65536"},
    {"bad-version", ": checkpoint: found version 2, expected 1"},
    {"bad-steps-negative", ": \"steps\": found '-1', expected a whole number"},
    {"bad-loss-nan", ": \"loss_sum\": found 'nan', expected a number"},
    {"bad-steps-zero", ": no run can be there after 0 steps"},
    {"bad-history-order", ": row 1: found step 1, expected a whole number above 1 and at most 700"},
    {"bad-best-short", ": array checkpoint.best: found shape (37,), expected (38,)"},
};

START_TEST(messages_say_what_is_wrong)
{
    char name[128];
    gm_checkpoint c;
    snprintf(name, sizeof name, "../tests/corpus/checkpoint/%s.npz", messages[_i].file);
    ck_assert_int_eq(gm_checkpoint_load(&c, data_path(name)), GEMLET_E_FORMAT);
    const char *found = strstr(gemlet_last_error(), messages[_i].file);
    ck_assert_msg(found != NULL && strstr(found, messages[_i].message) != NULL,
                  "found \"%s\", expected \"%s\"", gemlet_last_error(), messages[_i].message);
}
END_TEST

/* ---- several of them ------------------------------------------------------------------------ */

static unsigned n_notes;

static void count_note(const char *note, void *user)
{
    (void)user;
    ck_assert_ptr_nonnull(strstr(note, "; the checkpoint before it is tried"));
    ++n_notes;
}

static void write_steps(const char *run, uint64_t steps, unsigned keep)
{
    gm_checkpoint c = make_checkpoint(steps);
    ck_assert_msg(gm_checkpoints_write(run, &c, keep) == GEMLET_OK, "%s", gemlet_last_error());
    gm_checkpoint_free(&c);
}

static int is_there(const char *run, uint64_t steps)
{
    char *path;
    ck_assert_int_eq(gm_checkpoint_path(&path, run, steps), GEMLET_OK);
    const int found = gm_file_exists(path);
    free(path);
    return found;
}

static void damage(const char *run, uint64_t steps)
{
    char *path;
    ck_assert_int_eq(gm_checkpoint_path(&path, run, steps), GEMLET_OK);
    FILE *file = fopen(path, "r+b");
    ck_assert_ptr_nonnull(file);
    fseek(file, 700, SEEK_SET);
    fputs("damage", file);
    fclose(file);
    free(path);
}

START_TEST(newest_are_kept_and_found)
{
    const char *run = temporary_directory();
    gm_checkpoint c;
    ck_assert_int_eq(gm_checkpoints_load(&c, run, count_note, NULL), GEMLET_E_IO);
    for (uint64_t steps = 300; steps <= 1500; steps += 300)
        write_steps(run, steps, 3);
    ck_assert(!is_there(run, 600) && is_there(run, 900) && is_there(run, 1200) &&
              is_there(run, 1500));
    gemlet_model *best;
    gm_checkpoint made = make_checkpoint(300);
    ck_assert_int_eq(
        gemlet_model_load(&best, temporary_path(GM_CHECKPOINT_DIRECTORY "/" GM_CHECKPOINT_BEST)),
        GEMLET_OK);
    check_same_model(best, made.best);
    gemlet_model_destroy(best);
    gm_checkpoint_free(&made);
    damage(run, 1500);
    n_notes = 0;
    ck_assert_int_eq(gm_checkpoints_load(&c, run, count_note, NULL), GEMLET_OK);
    ck_assert_uint_eq(c.state.n_done, 1200);
    ck_assert_uint_eq(n_notes, 1);
    gm_checkpoint_free(&c);
    /* What went on from it takes the place of the damaged one. */
    write_steps(run, 1400, 3);
    ck_assert(is_there(run, 900) && is_there(run, 1200) && is_there(run, 1400) &&
              !is_there(run, 1500));
    damage(run, 900);
    damage(run, 1200);
    damage(run, 1400);
    ck_assert_int_eq(gm_checkpoints_load(&c, run, count_note, NULL), GEMLET_E_FORMAT);
    gm_checkpoints_remove(run);
    ck_assert(!gm_directory_exists(temporary_path(GM_CHECKPOINT_DIRECTORY)));
}
END_TEST

START_TEST(first_of_a_new_run_takes_the_place_of_others)
{
    const char *run = temporary_directory();
    gm_checkpoint_writer writer = {.run = run, .keep = 2, .is_first = 1};
    write_steps(run, 100, 5);
    write_steps(run, 900, 5);
    for (uint64_t steps = 300; steps <= 500; steps += 100) {
        gm_checkpoint c = make_checkpoint(steps);
        ck_assert_int_eq(gm_checkpoint_writer_begin(&writer, &c), GEMLET_OK);
        ck_assert_ptr_null(c.model);
    }
    ck_assert_int_eq(gm_checkpoint_writer_wait(&writer), GEMLET_OK);
    ck_assert_uint_eq(writer.steps, 500);
    ck_assert(!is_there(run, 100) && !is_there(run, 300) && !is_there(run, 900));
    ck_assert(is_there(run, 400) && is_there(run, 500));
}
END_TEST

/* The failure is told, and what is there stays. */
START_TEST(what_cannot_be_written_is_told)
{
    const char *run = temporary_file("file", "x", 1);
    gm_checkpoint_writer writer = {.run = run, .keep = 2};
    for (int i = 0; i < 2; ++i) {
        gm_checkpoint c = make_checkpoint(300);
        const gemlet_status status = gm_checkpoint_writer_begin(&writer, &c);
        ck_assert_int_eq(status, i == 0 ? GEMLET_OK : GEMLET_E_IO);
    }
    ck_assert_int_eq(gm_checkpoint_writer_wait(&writer), GEMLET_E_IO);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), run));
    ck_assert_uint_eq(writer.steps, 0);
    ck_assert_int_eq(gm_checkpoint_writer_wait(&writer), GEMLET_OK);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("checkpoint");
    TCase *tests = tcase_create("checkpoint");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, NULL, temporary_remove);
    tcase_add_test(tests, round_trip);
    tcase_add_test(tests, damage_is_found);
    tcase_add_test(tests, hostile_files_are_refused);
    tcase_add_loop_test(tests, messages_say_what_is_wrong, 0,
                        (int)(sizeof messages / sizeof messages[0]));
    tcase_add_test(tests, newest_are_kept_and_found);
    tcase_add_test(tests, first_of_a_new_run_takes_the_place_of_others);
    tcase_add_test(tests, what_cannot_be_written_is_told);
    suite_add_tcase(suite, tests);
    return suite;
}
