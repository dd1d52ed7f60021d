/* SPDX-License-Identifier: MIT
 * A run as the library has it: its stages are told in order, and nothing is printed. */
#include <check.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "run/results.h"
#include "support/run_suite.h"
#include "support/temporary.h"

#define MAX_STAGES 16u

typedef struct told {
    gm_run_stage stages[MAX_STAGES];
    unsigned n_stages;
    unsigned n_devices;
    unsigned n_reports;
    unsigned n_plans;
    char note[256]; /* the last one */
    unsigned n_notes;
} told;

static void on_stage(gm_run_stage stage, const gm_run *run, void *user)
{
    told *t = user;
    ck_assert_ptr_nonnull(run->out);
    ck_assert_uint_lt(t->n_stages, MAX_STAGES);
    t->stages[t->n_stages++] = stage;
}

static void on_note(const char *note, void *user)
{
    told *t = user;
    snprintf(t->note, sizeof t->note, "%s", note);
    ++t->n_notes;
}

static void on_device(const gemlet_device_info *info, int is_chosen, void *user)
{
    told *t = user;
    ck_assert_int_eq(info->type, GEMLET_DEVICE_CPU_PATH);
    ck_assert_int_eq(is_chosen, 1);
    ++t->n_devices;
}

static void on_plan(const char *summary, const char *plan, void *user)
{
    told *t = user;
    ck_assert(summary[0] != '\0' && plan[0] != '\0');
    ++t->n_plans;
}

static void on_progress(const gemlet_progress *progress, void *user)
{
    told *t = user;
    ck_assert_uint_le(progress->step, 20);
    ++t->n_reports;
}

/* 12 rows of two features in `n_classes` classes. */
static void write_data(unsigned n_classes)
{
    char text[512] = "";
    for (unsigned i = 0; i < 12; ++i)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%u,%u,%u\n", i % n_classes,
                 100 * (i % n_classes), 7 * i);
    temporary_file("mnist_train.csv", text, strlen(text));
    temporary_file("mnist_test.csv", text, strlen(text));
}

/* A run of 20 steps on those rows into the directory "out" beside them. */
static gm_run make_run(told *t, const char *data, const char *out)
{
    static const gm_pairs no_options;
    gm_run run = {.options = &no_options,
                  .setup = {.events = {.on_stage = on_stage,
                                       .on_note = on_note,
                                       .on_device = on_device,
                                       .on_plan = on_plan,
                                       .on_progress = on_progress,
                                       .user = t}}};
    gm_run_settings *s = &run.setup.settings;
    *t = (told){0};
    gm_run_settings_init(s, GM_RECIPE_DEFAULT);
    s->data = data;
    s->out = out;
    s->device.selector = "cpu";
    s->hidden = (gm_dim_list){{3}, 1};
    s->train.batch = 4;
    s->is_batch_given = 1;
    s->train.n_steps = 20;
    s->train.log_every = 10;
    return run;
}

static void expect_stages(const told *t, const gm_run_stage *stages, size_t n)
{
    ck_assert_uint_eq(t->n_stages, n);
    for (size_t i = 0; i < n; ++i)
        ck_assert_int_eq(t->stages[i], stages[i]);
}

#define EXPECT_STAGES(told_, ...)                                                                  \
    expect_stages(told_, (const gm_run_stage[]){__VA_ARGS__},                                      \
                  sizeof((const gm_run_stage[]){__VA_ARGS__}) / sizeof(gm_run_stage))

/* Standard output and error go to a file meanwhile. */
static void run_silently(gm_run *run, const char *path)
{
    fflush(stdout);
    const int out = dup(STDOUT_FILENO);
    const int err = dup(STDERR_FILENO);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    dup2(fileno(file), STDOUT_FILENO);
    dup2(fileno(file), STDERR_FILENO);
    const gemlet_status status = gm_run_execute(run);
    fflush(stdout);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    close(out);
    close(err);
    fclose(file);
    struct stat info;
    ck_assert_msg(status == GEMLET_OK, "%s", gemlet_last_error());
    ck_assert_int_eq(stat(path, &info), 0);
    ck_assert_int_eq(info.st_size, 0);
}

START_TEST(stages_are_told_in_order)
{
    told t;
    write_data(3);
    char out[512];
    snprintf(out, sizeof out, "%s", temporary_path("out"));
    gm_run run = make_run(&t, temporary_directory(), out);
    run_silently(&run, temporary_path("printed"));
    EXPECT_STAGES(&t, GM_RUN_READY, GM_RUN_TRAINING_OVER, GM_RUN_TESTED, GM_RUN_PLACING,
                  GM_RUN_PLACED, GM_RUN_SAVED, GM_RUN_PLACING, GM_RUN_PLACED, GM_RUN_DRAWN);
    ck_assert_uint_eq(t.n_devices, 1);
    ck_assert_uint_eq(t.n_plans, 1);
    ck_assert_uint_eq(t.n_reports, 3);
    ck_assert_msg(t.n_notes == 0, "%s", t.note);
    ck_assert_uint_eq(run.tested.rows, 12);
    gm_run_close(&run);
    ck_assert(gm_file_exists(temporary_path("out/" GM_MODEL_NAME)));
    ck_assert(gm_file_exists(temporary_path("out/" GM_STATS_NAME)));
    /* Another run there, which would replace it. */
    run = make_run(&t, temporary_directory(), out);
    ck_assert_int_eq(gm_run_execute(&run), GEMLET_E_IO);
    ck_assert_uint_eq(t.n_stages, 0);
    gm_run_close(&run);
    ck_assert(gm_file_exists(temporary_path("out/" GM_MODEL_NAME)));
    temporary_remove();
}
END_TEST

START_TEST(a_run_that_is_stopped_at_once_leaves_nothing)
{
    static const volatile sig_atomic_t stop = 1;
    told t;
    write_data(3);
    char out[512];
    snprintf(out, sizeof out, "%s", temporary_path("out"));
    gm_run run = make_run(&t, temporary_directory(), out);
    run.stop = &stop;
    run_silently(&run, temporary_path("printed"));
    EXPECT_STAGES(&t, GM_RUN_READY, GM_RUN_TRAINING_OVER, GM_RUN_NOT_BEGUN);
    ck_assert_int_eq(run.trained.stopped, 1);
    gm_run_close(&run);
    ck_assert(!gm_file_exists(out));
    temporary_remove();
}
END_TEST

START_TEST(what_a_user_would_not_expect_is_noted)
{
    told t;
    write_data(1);
    char out[512];
    snprintf(out, sizeof out, "%s", temporary_path("out"));
    gm_run run = make_run(&t, temporary_directory(), out);
    run.setup.settings.train.batch = 64;
    run.setup.settings.is_batch_given = 0;
    run_silently(&run, temporary_path("printed"));
    ck_assert_uint_eq(t.n_notes, 2); /* fewer rows than the default batch has, then: */
    ck_assert_ptr_nonnull(strstr(t.note, "all 12 training rows are of class 0"));
    ck_assert_uint_eq(run.setup.settings.train.batch, 12);
    gm_run_close(&run);
    temporary_remove();
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("run");
    TCase *runs = tcase_create("runs");
    tcase_set_timeout(runs, 60);
    tcase_add_test(runs, stages_are_told_in_order);
    tcase_add_test(runs, a_run_that_is_stopped_at_once_leaves_nothing);
    tcase_add_test(runs, what_a_user_would_not_expect_is_noted);
    suite_add_tcase(suite, runs);
    return suite;
}
