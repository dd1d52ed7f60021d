/* SPDX-License-Identifier: MIT
 * Parts of reading tables that a whole table does not show: numbers against strtod, dates, sorting,
 * schemas that somebody else wrote, columns found by name. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/rng.h"
#include "data/number.h"
#include "model/model.h"
#include "support/run_suite.h"
#include "support/temporary.h"
#include "table/answers.h"
#include "table/compact.h"
#include "table/date.h"
#include "table/load.h"
#include "table/sort.h"

/* ---- numbers -------------------------------------------------------------------------------- */

START_TEST(short_numbers_are_what_strtod_says)
{
    gm_number_locale locale;
    gm_rng rng;
    unsigned n_numbers = 0;
    gm_rng_init(&rng, 1, GM_RNG_TEST, 0);
    ck_assert_int_eq(gm_number_enter(&locale), GEMLET_OK);
    for (int i = 0; i < 50000; ++i) {
        char text[32];
        size_t length = 0;
        const unsigned n_digits = gm_rng_below(&rng, 18);
        const unsigned point = gm_rng_below(&rng, 20);
        if (gm_rng_below(&rng, 3) == 0)
            text[length++] = "+-"[gm_rng_below(&rng, 2)];
        for (unsigned d = 0; d < n_digits; ++d) {
            if (d == point)
                text[length++] = '.';
            text[length++] = (char)('0' + gm_rng_below(&rng, 10));
        }
        text[length] = '\0';
        double value = 0;
        const gm_number_kind kind = gm_number_parse(&value, text, length);
        ck_assert_int_eq(kind, n_digits > 0 ? GM_NUMBER_FINITE : GM_NUMBER_NONE);
        const double expected = strtod(text, NULL);
        if (n_digits > 0)
            ck_assert_msg(memcmp(&value, &expected, sizeof value) == 0, "%s: %a, strtod %a", text,
                          value, expected);
        n_numbers += n_digits > 0 ? 1u : 0u;
    }
    gm_number_leave(&locale);
    ck_assert_uint_gt(n_numbers, 25000);
}
END_TEST

static int compare_doubles(const void *a, const void *b)
{
    const double left = *(const double *)a;
    const double right = *(const double *)b;
    return (left > right) - (left < right);
}

START_TEST(sorts)
{
    enum {
        N = 5000
    };
    static double values[N];
    static double expected[N];
    gm_rng rng;
    gm_rng_init(&rng, 2, GM_RNG_TEST, 0);
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < N; ++i) {
            const double wide = gm_rng_normal(&rng) * pow(10, (double)gm_rng_below(&rng, 40) - 20);
            values[i] =
                round == 0 ? wide : (double)gm_rng_below(&rng, 300) - (round == 2 ? 150 : 0);
        }
        memcpy(expected, values, sizeof values);
        qsort(expected, N, sizeof *expected, compare_doubles);
        ck_assert_int_eq(gm_sort_numbers(values, N), GEMLET_OK);
        ck_assert_int_eq(memcmp(values, expected, sizeof values), 0);
    }
    ck_assert_int_eq(gm_sort_numbers(values, 0), GEMLET_OK);
}
END_TEST

/* ---- dates ---------------------------------------------------------------------------------- */

static const struct {
    const char *text;
    double seconds; /* by date -u -d ... +%s */
    gm_date_order order;
} dates[] = {
    {"1970-01-01", 0, GM_DATE_YEAR_FIRST},
    {"2026-01-31", 1769817600, GM_DATE_YEAR_FIRST},
    {"2026/1/31", 1769817600, GM_DATE_YEAR_FIRST},
    {"2000-02-29T12:30:15Z", 951827415, GM_DATE_YEAR_FIRST},
    {"2000-02-29 12:30:15.5", 951827415.5, GM_DATE_YEAR_FIRST},
    {"2000-02-29 12:30:15+01:30", 951822015, GM_DATE_YEAR_FIRST},
    {"1969-12-31 23:59", -60, GM_DATE_YEAR_FIRST},
    {"1900-03-01", -2203891200, GM_DATE_YEAR_FIRST},
    {"0001-01-01", -62135596800, GM_DATE_YEAR_FIRST},
    {"9999-12-31", 253402214400, GM_DATE_YEAR_FIRST},
    {"31.01.2026", 1769817600, GM_DATE_DAY_FIRST},
    {"31/01/2026", 1769817600, GM_DATE_DAY_FIRST},
    {"01/31/2026", 1769817600, GM_DATE_MONTH_FIRST},
    {"02/01/2026", 1767312000, GM_DATE_EITHER}, /* the second of January */
};

START_TEST(reads_dates)
{
    double seconds;
    gm_date_order order = GM_DATE_EITHER;
    const char *text = dates[_i].text;
    ck_assert_int_eq(gm_date_parse(&seconds, &order, text, strlen(text)), 1);
    ck_assert_double_eq(seconds, dates[_i].seconds);
    ck_assert_int_eq(order, dates[_i].order);
}
END_TEST

static const char *const no_dates[] = {
    "",           "2026",       "2026-13-01",        "2026-02-29", "2026-00-10",
    "26-01-31",   "31-31-2026", "2026-01-31x",       "2026-01",    "2026-01-31 25:00",
    "2026-1-1-1", "32/01/2026", "2026-01-31T12:30+", "1.5",        "10.000",
};

START_TEST(refuses_what_is_no_date)
{
    double seconds;
    gm_date_order order = GM_DATE_EITHER;
    const char *text = no_dates[_i];
    ck_assert_int_eq(gm_date_parse(&seconds, &order, text, strlen(text)), 0);
    ck_assert_int_eq(order, GM_DATE_EITHER);
}
END_TEST

/* Every day of some centuries, there and back. */
START_TEST(shows_dates)
{
    for (long day = -200000; day < 200000; day += 17) {
        char text[64];
        double seconds;
        gm_date_order order = GM_DATE_YEAR_FIRST;
        gm_date_show(text, sizeof text, (double)day * 86400);
        ck_assert_int_eq(gm_date_parse(&seconds, &order, text, strlen(text)), 1);
        ck_assert_double_eq(seconds, (double)day * 86400);
    }
}
END_TEST

/* ---- schemas -------------------------------------------------------------------------------- */

#define NUMBER                                                                                     \
    "{\"name\":\"a\",\"kind\":\"number\",\"min\":0,\"quartiles\":[1,2,3],\"max\":4,\"mean\":2,"    \
    "\"deviation\":1,\"gaps\":true,\"edges\":[0,2,4]}"
#define TEXT                                                                                       \
    "{\"name\":\"b\",\"kind\":\"text\",\"exact\":false,\"missing\":true,\"levels\":[\"x\",\"y\"]," \
    "\"merged\":0}"
#define TARGET                                                                                     \
    "{\"name\":\"t\",\"kind\":\"text\",\"exact\":false,\"task\":\"classification\",\"classes\":["  \
    "\"no\",\"yes\"]}"
#define SCHEMA(columns, target)                                                                    \
    "{\"version\":1,\"scaling\":\"robust\",\"rows\":9,\"columns\":[" columns                       \
    "],\"target\":" target "}"

START_TEST(reads_a_schema)
{
    gm_schema *schema;
    ck_assert_int_eq(gm_schema_from_json(&schema, SCHEMA(NUMBER "," TEXT, TARGET), "m"), GEMLET_OK);
    ck_assert_uint_eq(schema->n_inputs, 4 + 4); /* value, 2 bins, gap; x, y, missing, others */
    ck_assert_uint_eq(schema->n_classes, 2);
    ck_assert_str_eq(schema->classes[1], "yes");
    gm_schema_destroy(schema);
}
END_TEST

static const struct {
    const char *text;
    const char *message;
} bad_schemas[] = {
    {"", "m: schema: expected an object of JSON"},
    {"[1]", "m: schema: expected an object of JSON"},
    {"{\"version\":2}", "m: schema: file: version: expected 1"},
    {"{\"version\":1,\"scaling\":\"mad\"}", "m: schema: file: scaling"},
    {SCHEMA("", TARGET), "m: schema: columns: their number"},
    {SCHEMA("7", TARGET), "m: schema: column 1: name: expected a text"},
    {SCHEMA(NUMBER "," NUMBER, TARGET), "m: schema: columns: name: expected no text twice"},
    {SCHEMA("{\"name\":\"t\",\"kind\":\"text\",\"exact\":false,\"missing\":true,\"levels\":[],"
            "\"merged\":0}",
            TARGET),
     "m: schema: columns: name: expected no text twice"},
    {SCHEMA("{\"name\":\"a\",\"kind\":\"blob\"}", TARGET), "m: schema: column 1: kind"},
    {SCHEMA("{\"name\":\"a\",\"kind\":\"number\",\"min\":1e39}", TARGET),
     "m: schema: column 1: min: expected a number in the range of a float"},
    {SCHEMA("{\"name\":\"a\",\"kind\":\"number\",\"min\":0,\"quartiles\":[3,2,1],\"max\":4,"
            "\"mean\":2,\"deviation\":1,\"gaps\":true,\"edges\":[]}",
            TARGET),
     "m: schema: column 1: quartiles"},
    {SCHEMA("{\"name\":\"a\",\"kind\":\"number\",\"min\":0,\"quartiles\":[1,2,3],\"max\":4,"
            "\"mean\":2,\"deviation\":0,\"gaps\":true,\"edges\":[]}",
            TARGET),
     "m: schema: column 1: deviation"},
    {SCHEMA("{\"name\":\"a\",\"kind\":\"number\",\"min\":0,\"quartiles\":[1,2,3],\"max\":4,"
            "\"mean\":2,\"deviation\":1,\"gaps\":true,\"edges\":[0,2,2]}",
            TARGET),
     "m: schema: column 1: edges: expected ascending numbers"},
    {SCHEMA("{\"name\":\"a\",\"kind\":\"date\",\"order\":\"year-month-day\",\"min\":0,"
            "\"quartiles\":[1,2,3],\"max\":1e18,\"mean\":2,\"deviation\":1,\"gaps\":true,"
            "\"edges\":[]}",
            TARGET),
     "m: schema: column 1: min and max"},
    {SCHEMA("{\"name\":\"b\",\"kind\":\"text\",\"exact\":false,\"missing\":true,\"levels\":[\"x\","
            "\"x\"],\"merged\":0}",
            TARGET),
     "m: schema: column 1: levels: expected ascending texts, none of them twice"},
    {SCHEMA(NUMBER, "{\"name\":\"t\",\"kind\":\"text\",\"exact\":false,\"task\":\"classification\","
                    "\"classes\":[\"no\"]}"),
     "m: schema: target: classes: expected at least 2"},
    {SCHEMA(NUMBER, "{\"name\":\"t\",\"kind\":\"number\",\"exact\":false,\"task\":\"regression\","
                    "\"mean\":1,\"deviation\":0}"),
     "m: schema: target: deviation: expected a number above 0"},
};

START_TEST(refuses_a_schema)
{
    gm_schema *schema;
    ck_assert_int_lt(gm_schema_from_json(&schema, bad_schemas[_i].text, "m"), GEMLET_OK);
    ck_assert_ptr_null(schema);
    ck_assert_msg(strstr(gemlet_last_error(), bad_schemas[_i].message) != NULL, "%s, expected %s",
                  gemlet_last_error(), bad_schemas[_i].message);
}
END_TEST

static gemlet_model *make_model(const char *spec_text)
{
    gemlet_model *model;
    gemlet_spec spec;
    gemlet_init_options options;
    gemlet_init_options_init(&options);
    ck_assert_int_eq(gemlet_spec_parse(&spec, spec_text), GEMLET_OK);
    ck_assert_int_eq(gemlet_model_create(&model, &spec, &options), GEMLET_OK);
    return model;
}

START_TEST(models_keep_their_schema)
{
    gemlet_model *model = make_model("8-3-relu-2");
    gemlet_model *read;
    gm_schema *schema;
    char *text;
    char *text_read;
    char path[4096];
    snprintf(path, sizeof path, "%s", temporary_path("model.npz"));
    ck_assert_int_eq(gm_schema_from_json(&schema, SCHEMA(NUMBER "," TEXT, TARGET), "m"), GEMLET_OK);
    ck_assert_int_eq(gm_model_take_schema(model, schema, "m"), GEMLET_OK);
    ck_assert_int_eq(gemlet_model_save(model, path), GEMLET_OK);
    ck_assert_int_eq(gemlet_model_load(&read, path), GEMLET_OK);
    ck_assert_ptr_nonnull(gm_model_schema(read));
    ck_assert_int_eq(gm_schema_to_json(&text, gm_model_schema(model)), GEMLET_OK);
    ck_assert_int_eq(gm_schema_to_json(&text_read, gm_model_schema(read)), GEMLET_OK);
    ck_assert_str_eq(text, text_read);
    free(text);
    free(text_read);
    gemlet_model_destroy(read);
    gemlet_model_destroy(model);
}
END_TEST

START_TEST(a_schema_must_fit_its_model)
{
    gemlet_model *model = make_model("9-3-relu-2");
    gm_schema *schema;
    ck_assert_int_eq(gm_schema_from_json(&schema, SCHEMA(NUMBER "," TEXT, TARGET), "m"), GEMLET_OK);
    ck_assert_int_eq(gm_model_take_schema(model, schema, "m"), GEMLET_E_SHAPE);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "found 8 inputs and 2 outputs, expected 9"));
    ck_assert_ptr_null(gm_model_schema(model));
    gemlet_model_destroy(model);
}
END_TEST

static const char numbers[] =
    SCHEMA(NUMBER, "{\"name\":\"t\",\"kind\":\"number\",\"exact\":false,\"task\":\"regression\","
                   "\"mean\":1,\"deviation\":2}");

START_TEST(the_unit_of_a_target)
{
    static const char untargeted[] =
        "{\"version\":1,\"scaling\":\"robust\",\"rows\":9,\"columns\":[" NUMBER "]}";
    gm_schema *schema;
    ck_assert_int_eq(gm_schema_from_json(&schema, numbers, "m"), GEMLET_OK);
    ck_assert_int_eq(gm_schema_check_target(schema, "m"), GEMLET_OK);
    ck_assert_double_eq(gm_schema_target_unit(schema), 2);
    ck_assert_double_eq(gm_answer_value(schema, 1.5f), 4);
    gm_schema_destroy(schema);
    ck_assert_int_eq(gm_schema_from_json(&schema, SCHEMA(NUMBER, TARGET), "m"), GEMLET_OK);
    ck_assert_double_eq(gm_schema_target_unit(schema), 1);
    gm_schema_destroy(schema);
    ck_assert_double_eq(gm_schema_target_unit(NULL), 1);
    ck_assert_int_eq(gm_schema_from_json(&schema, untargeted, "m"), GEMLET_OK);
    ck_assert_int_eq(gm_schema_check_target(schema, "m"), GEMLET_E_ARGUMENT);
    gm_schema_destroy(schema);
}
END_TEST

/* One output may be a class of its own or a number. */
START_TEST(a_schema_is_of_the_task_of_its_model)
{
    gemlet_model *regression = make_model("4-1-linear");
    gemlet_model *classifier = make_model("4-1");
    gm_schema *schema;
    ck_assert_int_eq(gm_schema_from_json(&schema, numbers, "m"), GEMLET_OK);
    ck_assert_uint_eq(schema->n_inputs, 4);
    ck_assert_int_eq(gm_model_take_schema(regression, gm_schema_share(schema), "m"), GEMLET_OK);
    ck_assert_int_eq(gm_model_take_schema(classifier, schema, "m"), GEMLET_E_SHAPE);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "1 outputs of a regression, expected 4 and"));
    gemlet_model_destroy(classifier);
    gemlet_model_destroy(regression);
}
END_TEST

/* ---- columns of another table --------------------------------------------------------------- */

static gm_table *read_for(const gm_schema *schema, const char *text)
{
    gm_table *table;
    const gm_table_settings settings = {.header = GM_HEADER_YES};
    const char *path = temporary_file("other.csv", text, strlen(text));
    ck_assert_msg(gm_table_load_for(&table, path, schema, 0, &settings) == GEMLET_OK, "%s",
                  gemlet_last_error());
    return table;
}

START_TEST(takes_columns_by_name)
{
    gm_schema *schema;
    gm_compact compact;
    const gemlet_dim rows[] = {0, 1, 2};
    ck_assert_int_eq(gm_schema_from_json(&schema, SCHEMA(NUMBER "," TEXT, TARGET), "m"), GEMLET_OK);
    gm_table *table = read_for(schema, "more,b,a\n1,y,2\n2,,\n3,new,3\n");
    ck_assert_int_eq(gm_compact_make(&compact, schema, table, rows, 3, "other.csv"), GEMLET_OK);
    /* z = (a - 2) / (3 - 1); codes x, y, missing, others */
    ck_assert_double_eq((double)compact.values[0], 0.0);
    ck_assert_double_eq((double)compact.values[1], 1.0);
    ck_assert(isnan(compact.values[2]));
    ck_assert_double_eq((double)compact.values[3], 2.0);
    ck_assert_double_eq((double)compact.values[4], 0.5);
    ck_assert_double_eq((double)compact.values[5], 3.0);
    ck_assert_uint_eq(compact.n_unknown[1], 1);
    ck_assert_uint_eq(compact.n_new_gaps[0], 0);
    gm_compact_free(&compact);
    gm_table_destroy(table);

    table = read_for(schema, "more,b\n1,y\n");
    ck_assert_int_eq(gm_compact_make(&compact, schema, table, rows, 1, "other.csv"),
                     GEMLET_E_ARGUMENT);
    ck_assert_str_eq(gemlet_last_error(), "other.csv: found no column 'a', expected all 2 that the "
                                          "model was trained on");
    gm_table_destroy(table);
    gm_schema_destroy(schema);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("table");
    TCase *tcase = tcase_create("parts");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, short_numbers_are_what_strtod_says);
    tcase_add_test(tcase, sorts);
    tcase_add_loop_test(tcase, reads_dates, 0, sizeof dates / sizeof dates[0]);
    tcase_add_loop_test(tcase, refuses_what_is_no_date, 0, sizeof no_dates / sizeof no_dates[0]);
    tcase_add_test(tcase, shows_dates);
    tcase_add_test(tcase, reads_a_schema);
    tcase_add_loop_test(tcase, refuses_a_schema, 0, sizeof bad_schemas / sizeof bad_schemas[0]);
    tcase_add_test(tcase, models_keep_their_schema);
    tcase_add_test(tcase, a_schema_must_fit_its_model);
    tcase_add_test(tcase, the_unit_of_a_target);
    tcase_add_test(tcase, a_schema_is_of_the_task_of_its_model);
    tcase_add_test(tcase, takes_columns_by_name);
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, NULL, temporary_remove);
    return suite;
}
