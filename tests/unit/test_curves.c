/* SPDX-License-Identifier: MIT
 * The training losses of runs that gemlet compare draws: reading, smoothing, means, the picture. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/curves_graph.h"
#include "compare/metrics_csv.h"
#include "compared_runs.h"
#include "core/file.h"
#include "support/run_suite.h"
#include "support/temporary.h"

/* ---- curves --------------------------------------------------------------------------------- */

static gemlet_status parse_curves(gm_loss_curve curves[GM_N_METRICS], const char *text)
{
    char copy[512];
    snprintf(copy, sizeof copy, "%s", text);
    return gm_metrics_csv_parse(curves, copy, strlen(copy), "metrics.csv");
}

/* Of a file with nothing but training losses. */
static gm_loss_curve curve_of(const char *text)
{
    gm_loss_curve curves[GM_N_METRICS];
    ck_assert_msg(parse_curves(curves, text) == GEMLET_OK, "%s", gemlet_last_error());
    for (size_t m = 0; m < GM_N_METRICS; ++m)
        ck_assert(m == GM_METRIC_TRAIN_LOSS || curves[m].points == NULL);
    return curves[GM_METRIC_TRAIN_LOSS];
}

START_TEST(test_curves_of_all_metrics)
{
    gm_loss_curve curves[GM_N_METRICS];
    ck_assert_msg(
        parse_curves(curves, "step,learning_rate,train_loss,train_accuracy,validation_loss,"
                             "validation_accuracy,seconds\n1,0.1,9,0.25,,,0\n2,0.2,8,,0.5,0.75,0\n"
                             "3,0.3,7,0.5,,,0\n4,0.4,6,,inf,,0\n5,,5\n") == GEMLET_OK,
        "%s", gemlet_last_error());
    static const size_t n_points[GM_N_METRICS] = {5, 2, 2, 1, 4};
    for (size_t m = 0; m < GM_N_METRICS; ++m)
        ck_assert_uint_eq(curves[m].n, n_points[m]);
    ck_assert(curves[GM_METRIC_TRAIN_LOSS].points[4].loss == 5.0);
    const gm_loss_point *validation = curves[GM_METRIC_VALIDATION_LOSS].points;
    ck_assert(validation[0].step == 2.0 && validation[0].loss == 0.5);
    ck_assert(validation[1].step == 4.0 && isnan(validation[1].loss));
    ck_assert(curves[GM_METRIC_TRAIN_ACCURACY].points[1].loss == 0.5);
    ck_assert(curves[GM_METRIC_VALIDATION_ACCURACY].points[0].loss == 0.75);
    ck_assert(curves[GM_METRIC_LEARNING_RATE].points[3].loss == 0.4);
    gm_metrics_curves_free(curves);
}
END_TEST

START_TEST(test_curve)
{
    gm_loss_curve curve =
        curve_of("epoch,train_loss,later,step\n0,2.5,x,1\n0.1,nan,y,100\n1,3,,200");
    ck_assert_uint_eq(curve.n, 3);
    ck_assert(curve.points[0].step == 1.0 && curve.points[0].loss == 2.5);
    ck_assert(curve.points[1].step == 100.0 && isnan(curve.points[1].loss));
    ck_assert(curve.points[2].step == 200.0 && curve.points[2].high == 3.0);
    gm_loss_curve_free(&curve);
    curve = curve_of("step,train_loss\n");
    ck_assert_uint_eq(curve.n, 0);
    gm_loss_curve mean;
    ck_assert_int_eq(gm_loss_curve_smooth(&curve, 5), GEMLET_OK);
    ck_assert_int_eq(gm_loss_curve_mean(&mean, &curve, 1), GEMLET_OK);
    ck_assert_uint_eq(mean.n, 0);
    gm_loss_curve_free(&mean);
    gm_loss_curve_free(&curve);
}
END_TEST

static const struct {
    const char *text;
    const char *message;
} bad_curves[] = {
    {"", "line 1: found no header"},
    {"step,loss\n1,2\n", "line 1: found no header"},
    {"step,step,train_loss\n1,1,2\n", "line 1: found no header"},
    {"step,train_loss\n1,2\n\n", "line 3: step: found ''"},
    {"step,train_loss\n1,2\n2,x y\n", "line 3: train_loss: found 'x y', expected a number"},
    {"step,train_loss\n1,2\n2\n", "line 3: train_loss: found ''"},
    {"step,train_loss\n1,2\n1,2\n", "line 3: step: found '1', expected a number above"},
    {"step,train_loss\n0,2\n", "line 2: step: found '0'"},
    {"step,train_loss\ninf,2\n", "line 2: step: found 'inf'"},
    {"step,train_loss,validation_loss\n1,2,\n2,2,x\n", "line 3: validation_loss: found 'x'"},
    {"step,train_loss,validation_loss,validation_loss\n", "line 1: found validation_loss twice"},
    {"step,train_loss,learning_rate\n1,2,fast\n", "line 2: learning_rate: found 'fast'"},
    {"step,train_loss\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n", "line 2: step: found ''"},
};

START_TEST(test_bad_curves)
{
    gm_loss_curve curves[GM_N_METRICS];
    ck_assert_int_eq(parse_curves(curves, bad_curves[_i].text), GEMLET_E_FORMAT);
    const char *message = gemlet_last_error();
    ck_assert_msg(strncmp(message, "metrics.csv: ", 13) == 0 &&
                      strstr(message, bad_curves[_i].message) != NULL,
                  "found: %s\nexpected: %s", message, bad_curves[_i].message);
    for (size_t m = 0; m < GM_N_METRICS; ++m)
        ck_assert_ptr_null(curves[m].points);
}
END_TEST

START_TEST(test_smoothing)
{
    /* Reports on 1, 99, 100, 100 and 100 steps. */
    static const char text[] = "step,train_loss\n1,10\n100,4\n200,3\n300,nan\n400,1\n500,2\n";
    gm_loss_curve curve = curve_of(text);
    ck_assert_int_eq(gm_loss_curve_smooth(&curve, 1), GEMLET_OK);
    ck_assert(curve.points[0].loss == 10.0 && curve.points[5].loss == 2.0);
    ck_assert_int_eq(gm_loss_curve_smooth(&curve, 3), GEMLET_OK);
    /* The first two stand for themselves; the middle ones for three, one of them missing. */
    static const double expected[] = {10, 4, (4 * 99 + 3 * 100) / 199.0, 2, 1.5, 1.5};
    for (size_t i = 0; i < 6; ++i) {
        ck_assert_double_eq_tol(curve.points[i].loss, expected[i], 1e-14);
        ck_assert(curve.points[i].low == curve.points[i].loss);
    }
    gm_loss_curve_free(&curve);
    curve = curve_of(text);
    ck_assert_int_eq(gm_loss_curve_smooth(&curve, 1000), GEMLET_OK);
    ck_assert(curve.points[0].loss == 10.0);
    ck_assert_double_eq_tol(curve.points[4].loss, (3 * 100 + 100 + 200) / 300.0, 1e-14);
    gm_loss_curve_free(&curve);
}
END_TEST

START_TEST(test_mean_of_curves)
{
    gm_loss_curve curves[3] = {
        curve_of("step,train_loss\n1,4\n100,2\n200,nan\n300,1\n"),
        curve_of("step,train_loss\n1,2\n50,7\n100,1\n200,nan\n"),
        curve_of("step,train_loss\n1,6\n100,3\n"),
    };
    gm_loss_curve mean;
    ck_assert_int_eq(gm_loss_curve_mean(&mean, curves, 3), GEMLET_OK);
    ck_assert_uint_eq(mean.n, 4);
    ck_assert(mean.points[0].loss == 4.0 && mean.points[0].low == 2.0 &&
              mean.points[0].high == 6.0);
    ck_assert(mean.points[1].loss == 2.0 && mean.points[1].low == 1.0 &&
              mean.points[1].high == 3.0);
    ck_assert(isnan(mean.points[2].loss));
    ck_assert(mean.points[3].loss == 1.0 && mean.points[3].high == 1.0);
    gm_loss_curve_free(&mean);
    for (size_t i = 0; i < 3; ++i)
        gm_loss_curve_free(&curves[i]);
}
END_TEST

/* ---- the picture ---------------------------------------------------------------------------- */

/* Draws two groups, one of them with n_points points, into the temporary directory. Returns the
 * note, NULL if there is none; free() it. */
static char *draw(size_t n_points, const char *name)
{
    compared_runs r = {0};
    gm_run_stats stats = compared_stats(1);
    compared_add(&r, &stats, name);
    stats.options.train.batch = 3;
    compared_add(&r, &stats, "b-1");
    stats.seed = 2;
    compared_add(&r, &stats, "b-2");
    compared_gather(&r);
    gm_loss_point points[100];
    ck_assert_uint_le(n_points, 100);
    for (size_t i = 0; i < 100; ++i) {
        const double loss = 2.3 / (1.0 + (double)i);
        points[i] = (gm_loss_point){(double)(100 * i + 1), loss, 0.5 * loss, 2 * loss};
    }
    const gm_loss_curve curves[2] = {{points, n_points}, {points, n_points / 2}};
    const gm_loss_curve validation[2] = {{points, 0}, {points + 1, n_points / 3}};
    const gm_curves_graph graph = {
        .groups = &r.groups,
        .curves = curves,
        .validation = validation,
        .n_smoothed = 5,
        .directory = temporary_directory(),
    };
    char *note;
    ck_assert_msg(gm_curves_graph_draw(&note, &graph) == GEMLET_OK, "%s", gemlet_last_error());
    compared_release(&r);
    return note;
}

static int exists(const char *name)
{
    return gm_file_exists(temporary_path(name));
}

START_TEST(test_picture)
{
    static const size_t counts[] = {100, 2, 3};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; ++i) {
        char *note = draw(counts[i], "it's `touch x` \"$(touch x)\" @a ^{b} %s");
        ck_assert_msg(note == NULL, "%s", note);
        ck_assert(exists("compare.png") && exists("compare.svg"));
        ck_assert(exists("compare.csv") && exists("compare.gp"));
        ck_assert(!exists("x"));
    }
    temporary_remove();
}
END_TEST

START_TEST(test_picture_without_points)
{
    free(draw(100, "a"));
    char *note = draw(0, "a");
    ck_assert_ptr_nonnull(note);
    ck_assert_ptr_null(strchr(note, '\n'));
    free(note);
    ck_assert(!exists("compare.png") && !exists("compare.svg"));
    ck_assert(exists("compare.csv") && exists("compare.gp"));
    temporary_remove();
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("curves");
    TCase *curves = tcase_create("curves");
    tcase_add_test(curves, test_curve);
    tcase_add_test(curves, test_curves_of_all_metrics);
    tcase_add_loop_test(curves, test_bad_curves, 0, sizeof bad_curves / sizeof bad_curves[0]);
    tcase_add_test(curves, test_smoothing);
    tcase_add_test(curves, test_mean_of_curves);
    suite_add_tcase(suite, curves);
    TCase *picture = tcase_create("picture");
    tcase_set_timeout(picture, 60); /* gnuplot builds its font cache when it runs first */
    tcase_add_test(picture, test_picture);
    tcase_add_test(picture, test_picture_without_points);
    suite_add_tcase(suite, picture);
    return suite;
}
