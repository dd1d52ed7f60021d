/* SPDX-License-Identifier: MIT
 * Training from memory: the same model as from a file with the same values, what tables in memory
 * take and refuse, and answers. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gemlet/gemlet.h"
#include "run/results.h"
#include "support/run_suite.h"
#include "support/temporary.h"
#include "train/average.h"

#define N_ROWS 60u

static gemlet_device *device;

/* A table whose columns have gaps, and whose first one counts the rows. */
typedef struct sample {
    double numbers[N_ROWS][2]; /* NaN: a gap */
    int32_t colours[N_ROWS];   /* -1: a gap */
    int32_t kinds[N_ROWS];
    double days[N_ROWS]; /* seconds */
} sample;

static const char *const colours[] = {"red", "green", "blue"};
static const char *const kinds[] = {"odd", "even"};

static sample make_sample(void)
{
    sample s;
    for (unsigned i = 0; i < N_ROWS; ++i) {
        s.numbers[i][0] = i % 7 == 3 ? (double)NAN : 0.25 * (i % 9) + (i % 2);
        s.numbers[i][1] = 100.0 * ((i * 37) % 11) - 0.125;
        s.colours[i] = i % 10 == 9 ? -1 : (int32_t)(i % 3);
        s.kinds[i] = i % 2 == 0;
        s.days[i] = 86400.0 * (20000 + (i * 13) % 50);
    }
    return s;
}

/* With the kinds as target, or the second numbers. */
static gemlet_table *make_table(const sample *s)
{
    gemlet_table *table;
    const size_t stride = sizeof s->numbers[0];
    ck_assert_int_eq(gemlet_table_create(&table, N_ROWS), GEMLET_OK);
    ck_assert_int_eq(
        gemlet_table_add_numbers(table, "a", GEMLET_NUMBER_F64, &s->numbers[0][0], stride),
        GEMLET_OK);
    ck_assert_int_eq(
        gemlet_table_add_numbers(table, "b", GEMLET_NUMBER_F64, &s->numbers[0][1], stride),
        GEMLET_OK);
    ck_assert_int_eq(gemlet_table_add_texts(table, "colour", colours, 3, s->colours), GEMLET_OK);
    ck_assert_int_eq(gemlet_table_add_dates(table, "day", s->days, sizeof s->days[0]), GEMLET_OK);
    ck_assert_int_eq(gemlet_table_add_texts(table, "kind", kinds, 2, s->kinds), GEMLET_OK);
    return table;
}

typedef struct told {
    unsigned n_reports;
    unsigned n_notes;
    char note[256];
} told;

static void on_progress(const gemlet_progress *progress, void *user)
{
    ck_assert_uint_le(progress->step, progress->n_steps);
    ++((told *)user)->n_reports;
}

static void on_note(const char *note, void *user)
{
    told *t = user;
    ++t->n_notes;
    snprintf(t->note, sizeof t->note, "%s", note);
}

static gemlet_status fit(gemlet_model **model, const gemlet_table *table, gemlet_fit_result *result,
                         told *t, const char *const *words)
{
    gemlet_fit_options options;
    gemlet_fit_options_init(&options);
    options.options = words;
    while (words[options.n_options] != NULL)
        ++options.n_options;
    options.on_progress = on_progress;
    options.on_note = on_note;
    options.user = t;
    return gemlet_fit_table(model, device, table, &options, result);
}

#define FIT(model, table, result, t, ...)                                                          \
    fit(model, table, result, t, (const char *const[]){__VA_ARGS__, NULL})

/* ---- the same as from a file ----------------------------------------------------------------- */

static const char *write_csv(const sample *s)
{
    static char text[8192];
    size_t n = (size_t)snprintf(text, sizeof text, "a,b,colour,day,kind\n");
    for (unsigned i = 0; i < N_ROWS; ++i) {
        char number[32] = "";
        const unsigned day = (i * 13) % 50; /* from 2024-10-04 on */
        if (!isnan(s->numbers[i][0]))
            snprintf(number, sizeof number, "%.17g", s->numbers[i][0]);
        n +=
            (size_t)snprintf(text + n, sizeof text - n, "%s,%.17g,%s,2024-%02u-%02u,%s\n", number,
                             s->numbers[i][1], s->colours[i] >= 0 ? colours[s->colours[i]] : "",
                             day < 28 ? 10 : 11, day < 28 ? day + 4 : day - 27, kinds[s->kinds[i]]);
    }
    return temporary_file("rows.csv", text, n);
}

/* Trains as `gemlet train` does, and returns the path of the model. */
static const char *run(const char *csv, unsigned task)
{
    static const gm_pairs no_options;
    gm_run r = {.options = &no_options};
    gm_run_settings *s = &r.setup.settings;
    gm_run_settings_init(s, GM_RECIPE_TABLE);
    s->data = s->test = csv;
    s->table.choice.target = task == GM_TASK_REGRESSION ? "b" : "kind";
    s->table.task = task;
    s->out = temporary_path("run");
    s->overwrite = 1;
    s->device.selector = "cpu";
    s->hidden = (gm_dim_list){{8}, 1};
    s->epochs = 4;
    s->train.seed = s->init.seed = 7;
    ck_assert_int_eq(gm_average_parse(&s->train, s->average), GEMLET_OK);
    ck_assert_msg(gm_run_execute(&r) == GEMLET_OK, "%s", gemlet_last_error());
    gm_run_close(&r);
    return temporary_path("run/" GM_MODEL_NAME);
}

static void expect_same(const gemlet_model *model, const char *path)
{
    size_t n;
    size_t n_expected;
    ck_assert_int_eq(gemlet_model_save(model, temporary_path("fitted.npz")), GEMLET_OK);
    char *bytes = read_whole_file(temporary_path("fitted.npz"), &n);
    char *expected = read_whole_file(path, &n_expected);
    ck_assert_uint_eq(n, n_expected);
    ck_assert_mem_eq(bytes, expected, n);
    free(bytes);
    free(expected);
}

START_TEST(a_table_in_memory_gives_the_model_of_the_same_file)
{
    const sample s = make_sample();
    gemlet_table *table = make_table(&s);
    const char *csv = write_csv(&s);
    gemlet_model *model;
    gemlet_fit_result result;
    told t = {.n_reports = 0};
    ck_assert_msg(FIT(&model, table, &result, &t, "target=kind", "task=classification", "hidden=8",
                      "epochs=4", "seed=7") == GEMLET_OK,
                  "%s", gemlet_last_error());
    ck_assert_uint_eq(result.steps, result.n_steps);
    ck_assert_uint_eq(result.validation_rows, 12);
    ck_assert(result.validation_accuracy >= 0 && result.validation_loss > 0);
    ck_assert(result.epochs == 4.0);
    ck_assert_uint_ge(t.n_reports, 4);
    expect_same(model, run(csv, GM_TASK_CLASSIFICATION));
    gemlet_model_destroy(model);
    ck_assert_msg(FIT(&model, table, &result, &t, "target=b", "task=regression", "hidden=8",
                      "epochs=4", "seed=7") == GEMLET_OK,
                  "%s", gemlet_last_error());
    expect_same(model, run(csv, GM_TASK_REGRESSION));
    gemlet_model_destroy(model);
    gemlet_table_destroy(table);
    temporary_remove();
}
END_TEST

/* ---- what a model knows and answers ---------------------------------------------------------- */

START_TEST(a_model_says_what_it_was_trained_on)
{
    const sample s = make_sample();
    gemlet_table *table = make_table(&s);
    gemlet_model *model;
    gemlet_fit_result result;
    gemlet_column kind;
    told t = {.n_reports = 0};
    ck_assert_int_eq(
        FIT(&model, table, &result, &t, "target=kind", "drop=a", "hidden=4", "steps=5"), GEMLET_OK);
    ck_assert_uint_eq(gemlet_model_columns(model), 3);
    ck_assert_str_eq(gemlet_model_column(model, 0, &kind), "b");
    ck_assert_int_eq(kind, GEMLET_COLUMN_NUMBERS);
    ck_assert_str_eq(gemlet_model_column(model, 1, &kind), "colour");
    ck_assert_int_eq(kind, GEMLET_COLUMN_TEXTS);
    ck_assert_str_eq(gemlet_model_column(model, 2, &kind), "day");
    ck_assert_int_eq(kind, GEMLET_COLUMN_DATES);
    ck_assert_ptr_null(gemlet_model_column(model, 3, &kind));
    ck_assert_str_eq(gemlet_model_target(model), "kind");
    ck_assert_str_eq(gemlet_model_class(model, 0, &kind), "even");
    ck_assert_int_eq(kind, GEMLET_COLUMN_TEXTS);
    ck_assert_ptr_null(gemlet_model_class(model, 2, NULL));
    gemlet_model_destroy(model);
    gemlet_table_destroy(table);
}
END_TEST

START_TEST(answers_are_probabilities_or_values_of_the_target)
{
    const sample s = make_sample();
    gemlet_table *table = make_table(&s);
    gemlet_model *model;
    gemlet_fit_result result;
    double probabilities[N_ROWS][2];
    double values[N_ROWS];
    double error = 0;
    unsigned n_right = 0;
    told t = {.n_reports = 0};
    ck_assert_int_eq(FIT(&model, table, &result, &t, "target=kind", "hidden=32", "epochs=300",
                         "validation=none"),
                     GEMLET_OK);
    ck_assert_int_eq(gemlet_answer_table(model, device, table, NULL, NULL, probabilities[0]),
                     GEMLET_OK);
    for (unsigned i = 0; i < N_ROWS; ++i) {
        ck_assert(fabs(probabilities[i][0] + probabilities[i][1] - 1) < 1e-6);
        n_right += (probabilities[i][0] > 0.5) == (s.kinds[i] == 1) ? 1u : 0u; /* even is first */
    }
    ck_assert_uint_ge(n_right, 54);
    gemlet_model_destroy(model);
    ck_assert_int_eq(FIT(&model, table, &result, &t, "target=b", "task=regression", "hidden=32",
                         "epochs=300", "validation=none"),
                     GEMLET_OK);
    ck_assert_uint_eq(result.validation_rows, 0);
    ck_assert_int_eq(gemlet_answer_table(model, device, table, NULL, NULL, values), GEMLET_OK);
    for (unsigned i = 0; i < N_ROWS; ++i)
        error += fabs(values[i] - s.numbers[i][1]) / N_ROWS;
    ck_assert_msg(error < 150, "found a mean error of %g; that of the mean is 270", error);
    gemlet_model_destroy(model);
    gemlet_table_destroy(table);
}
END_TEST

START_TEST(answers_need_the_columns_of_the_model)
{
    const sample s = make_sample();
    const float floats[N_ROWS] = {0};
    static const char *const others[] = {"red", "violet"};
    gemlet_table *table = make_table(&s);
    gemlet_table *other;
    gemlet_model *model;
    gemlet_fit_result result;
    double answers[N_ROWS];
    told t = {.n_reports = 0};
    ck_assert_int_eq(FIT(&model, table, &result, &t, "target=b", "task=regression", "drop=day,kind",
                         "hidden=4", "steps=5"),
                     GEMLET_OK);
    ck_assert_int_eq(gemlet_table_create(&other, N_ROWS), GEMLET_OK);
    ck_assert_int_eq(gemlet_table_add_numbers(other, "a", GEMLET_NUMBER_F32, floats, sizeof(float)),
                     GEMLET_OK);
    ck_assert_int_eq(gemlet_answer_table(model, device, other, NULL, NULL, answers),
                     GEMLET_E_ARGUMENT);
    ck_assert_str_eq(gemlet_last_error(), "table in memory: found no column 'colour', expected all "
                                          "2 that the model was trained on");
    ck_assert_int_eq(gemlet_table_add_texts(other, "colour", others, 2, s.kinds), GEMLET_OK);
    t.n_notes = 0;
    ck_assert_int_eq(gemlet_answer_table(model, device, other, on_note, &t, answers), GEMLET_OK);
    ck_assert_uint_eq(t.n_notes, 1);
    ck_assert_ptr_nonnull(strstr(t.note, "30 texts that were not seen in training"));
    gemlet_model_destroy(model);
    gemlet_table_destroy(other);
    gemlet_table_destroy(table);
}
END_TEST

/* ---- columns --------------------------------------------------------------------------------- */

START_TEST(what_cannot_be_a_column_is_refused)
{
    const double numbers[] = {1.0, (double)INFINITY, 2.0};
    const unsigned char bytes[] = {7, 8, 9};
    const char *const texts[] = {"07", "a\xff"};
    const int32_t bad_code[] = {0, 2, -1};
    const int32_t bad_text[] = {0, 1, -1};
    const size_t stride = sizeof numbers[0];
    gemlet_table *table;
    ck_assert_int_eq(gemlet_table_create(&table, 0), GEMLET_E_RANGE);
    ck_assert_ptr_null(table);
    ck_assert_int_eq(gemlet_table_create(&table, 3), GEMLET_OK);
    ck_assert_int_eq(gemlet_table_add_numbers(table, "", GEMLET_NUMBER_U8, bytes, 1),
                     GEMLET_E_ARGUMENT);
    ck_assert_int_eq(gemlet_table_add_numbers(table, "x", GEMLET_NUMBER_F64, numbers, stride),
                     GEMLET_E_FORMAT);
    ck_assert_str_eq(gemlet_last_error(), "table in memory: line 2, column 1 ('x'): found 'inf', "
                                          "expected a finite number");
    ck_assert_int_eq(gemlet_table_add_numbers(table, "x", GEMLET_NUMBER_U8, bytes, 1), GEMLET_OK);
    ck_assert_int_eq(gemlet_table_add_numbers(table, "x", GEMLET_NUMBER_U8, bytes, 1),
                     GEMLET_E_ARGUMENT);
    ck_assert_str_eq(gemlet_last_error(), "table in memory: found a second column 'x', expected "
                                          "names of one column each");
    ck_assert_int_eq(gemlet_table_add_texts(table, "t", texts, 2, bad_code), GEMLET_E_RANGE);
    ck_assert_str_eq(gemlet_last_error(),
                     "table in memory: column 't': found code 2 in row 2, expected -1 to 1");
    ck_assert_int_eq(gemlet_table_add_texts(table, "t", texts, 2, bad_text), GEMLET_E_FORMAT);
    ck_assert_uint_eq(gemlet_table_rows(table), 3);
    gemlet_table_destroy(table);
}
END_TEST

/* What a name or the order of values hints at in a file is what the caller wants here; and a text
 * is no gap because it says "NA". */
START_TEST(columns_are_what_the_caller_says)
{
    double counted[N_ROWS];
    int32_t codes[N_ROWS];
    const char *const texts[] = {"NA", "07", "7"};
    gemlet_table *table;
    gemlet_model *model;
    gemlet_fit_result result;
    gemlet_column kind;
    told t = {.n_reports = 0};
    for (unsigned i = 0; i < N_ROWS; ++i) {
        counted[i] = i;
        codes[i] = (int32_t)(i % 3);
    }
    ck_assert_int_eq(gemlet_table_create(&table, N_ROWS), GEMLET_OK);
    ck_assert_int_eq(
        gemlet_table_add_numbers(table, "id", GEMLET_NUMBER_F64, counted, sizeof counted[0]),
        GEMLET_OK);
    ck_assert_int_eq(gemlet_table_add_texts(table, "y", texts, 3, codes), GEMLET_OK);
    ck_assert_msg(FIT(&model, table, &result, &t, "target=y", "hidden=4", "steps=3") == GEMLET_OK,
                  "%s", gemlet_last_error());
    ck_assert_uint_eq(gemlet_model_columns(model), 1);
    ck_assert_str_eq(gemlet_model_class(model, 0, &kind), "07");
    ck_assert_str_eq(gemlet_model_class(model, 1, &kind), "7");
    ck_assert_str_eq(gemlet_model_class(model, 2, &kind), "NA");
    gemlet_model_destroy(model);
    gemlet_table_destroy(table);
}
END_TEST

/* ---- options, stopping, items ---------------------------------------------------------------- */

START_TEST(options_are_those_of_the_command_line)
{
    const sample s = make_sample();
    gemlet_table *table = make_table(&s);
    gemlet_model *model;
    gemlet_fit_result result;
    told t = {.n_reports = 0};
    ck_assert_int_eq(FIT(&model, table, &result, &t, "target=kind", "learning-rate=1"),
                     GEMLET_E_ARGUMENT);
    ck_assert_str_eq(gemlet_last_error(), "unknown option --learning-rate (did you mean --lr?)");
    ck_assert_ptr_null(model);
    ck_assert_int_eq(FIT(&model, table, &result, &t, "target=kind", "batch=0"), GEMLET_E_ARGUMENT);
    ck_assert_int_eq(FIT(&model, table, &result, &t, "target=kind", "device=cpu"),
                     GEMLET_E_ARGUMENT);
    ck_assert_str_eq(gemlet_last_error(),
                     "--device means nothing to a training from memory: leave it out");
    ck_assert_int_eq(FIT(&model, table, &result, &t, "target=kind", "nesterov"), GEMLET_E_ARGUMENT);
    ck_assert_int_eq(FIT(&model, table, &result, &t, "lr=0.1"), GEMLET_E_ARGUMENT);
    ck_assert_str_eq(gemlet_last_error(),
                     "table in memory: expected --target NAME, the column to predict");
    gemlet_table_destroy(table);
}
END_TEST

START_TEST(a_stop_before_the_first_step_leaves_no_model)
{
    const sample s = make_sample();
    gemlet_table *table = make_table(&s);
    static const char *const words[] = {"target=kind", "steps=100000"};
    const volatile sig_atomic_t stop = 1;
    gemlet_fit_options options;
    gemlet_fit_result result;
    gemlet_model *model;
    gemlet_fit_options_init(&options);
    options.options = words;
    options.n_options = 2;
    options.stop = &stop;
    ck_assert_int_eq(gemlet_fit_table(&model, device, table, &options, &result), GEMLET_OK);
    ck_assert_ptr_null(model);
    ck_assert_int_eq(result.stopped, 1);
    ck_assert_uint_eq(result.steps, 0);
    ck_assert_uint_eq(result.n_steps, 100000);
    gemlet_table_destroy(table);
}
END_TEST

START_TEST(items_are_trained_and_answered)
{
    unsigned char pixels[N_ROWS][4];
    uint32_t labels[N_ROWS];
    double answers[N_ROWS][3];
    unsigned n_right = 0;
    static const char *const words[] = {"steps=200", "hidden=16", "validation=0.2",
                                        "class-weight=balanced"};
    gemlet_dataset *items;
    gemlet_fit_options options;
    gemlet_fit_result result;
    gemlet_model *model;
    for (unsigned i = 0; i < N_ROWS; ++i) {
        labels[i] = i % 3;
        for (unsigned j = 0; j < 4; ++j)
            pixels[i][j] = (unsigned char)(j == labels[i] ? 200 + i % 50 : i % 40);
    }
    ck_assert_int_eq(gemlet_dataset_create(&items, N_ROWS, 4, GEMLET_ELEMENT_U8, pixels, labels),
                     GEMLET_OK);
    const uint32_t checksum = gemlet_dataset_crc32(items);
    gemlet_fit_options_init(&options);
    options.options = words;
    options.n_options = 4;
    ck_assert_msg(gemlet_fit_items(&model, device, items, &options, &result) == GEMLET_OK, "%s",
                  gemlet_last_error());
    ck_assert_uint_eq(gemlet_dataset_crc32(items), checksum);
    ck_assert_uint_eq(result.validation_rows, 12);
    ck_assert(gemlet_model_input_scale(model) == 1.0f / 255.0f);
    ck_assert_int_eq(gemlet_answer_items(model, device, items, answers[0]), GEMLET_OK);
    for (unsigned i = 0; i < N_ROWS; ++i)
        n_right += answers[i][labels[i]] > 0.5 ? 1u : 0u;
    ck_assert_uint_eq(n_right, N_ROWS);
    ck_assert_uint_eq(gemlet_model_columns(model), 0);
    ck_assert_ptr_null(gemlet_model_target(model));
    ck_assert_int_eq(gemlet_answer_table(model, device, NULL, NULL, NULL, answers[0]),
                     GEMLET_E_ARGUMENT);
    gemlet_model_destroy(model);
    gemlet_dataset_destroy(items);
}
END_TEST

START_TEST(a_device_is_chosen_unless_one_is_named)
{
    gemlet_device *chosen;
    ck_assert_msg(gemlet_device_open_usual(&chosen, NULL) == GEMLET_OK, "%s", gemlet_last_error());
    ck_assert_str_ne(gemlet_device_choice(chosen), "");
    gemlet_device_close(chosen);
    ck_assert_int_eq(gemlet_device_open_usual(&chosen, "no such device"), GEMLET_E_DEVICE);
    ck_assert_ptr_null(chosen);
}
END_TEST

static void set_up(void)
{
    ck_assert_int_eq(gemlet_device_open_usual(&device, "cpu"), GEMLET_OK);
}

static void tear_down(void)
{
    gemlet_device_close(device);
}

Suite *test_suite(void)
{
    Suite *suite = suite_create("fit");
    TCase *tcase = tcase_create("fit");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, a_table_in_memory_gives_the_model_of_the_same_file);
    tcase_add_test(tcase, a_model_says_what_it_was_trained_on);
    tcase_add_test(tcase, answers_are_probabilities_or_values_of_the_target);
    tcase_add_test(tcase, answers_need_the_columns_of_the_model);
    tcase_add_test(tcase, what_cannot_be_a_column_is_refused);
    tcase_add_test(tcase, columns_are_what_the_caller_says);
    tcase_add_test(tcase, options_are_those_of_the_command_line);
    tcase_add_test(tcase, a_stop_before_the_first_step_leaves_no_model);
    tcase_add_test(tcase, items_are_trained_and_answered);
    tcase_add_test(tcase, a_device_is_chosen_unless_one_is_named);
    suite_add_tcase(suite, tcase);
    return suite;
}
