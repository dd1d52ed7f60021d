/* SPDX-License-Identifier: MIT
 * What goes into a page as text stays text; numbers as people write them. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "html/chart.h"
#include "html/html.h"
#include "html/words.h"
#include "support/run_suite.h"

static void expect_html(const char *text, const char *expected)
{
    char *written = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&written, &size);
    ck_assert_ptr_nonnull(stream);
    gm_html(stream, "<a title=\"%s\">%s</a>", text, text);
    fclose(stream);
    char whole[512];
    snprintf(whole, sizeof whole, "<a title=\"%s\">%s</a>", expected, expected);
    ck_assert_str_eq(written, whole);
    free(written);
}

START_TEST(test_text)
{
    expect_html("", "");
    expect_html("plain 100%", "plain 100%");
    expect_html("</a><script>alert('x')</script>",
                "&lt;/a&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;");
    expect_html("\" onload=\"&amp;", "&quot; onload=&quot;&amp;amp;");
    expect_html("\303\244\342\202\254", "\303\244\342\202\254");
    expect_html("a\303", "a?");                 /* half a character */
    expect_html("\300\274b\377", "??b?");       /* a '<' in too many bytes */
    expect_html("a\033[2J\nb", "a [2J b");      /* commands to a terminal */
    expect_html("\342\200\256evil", "   evil"); /* turns the direction of writing */
}
END_TEST

START_TEST(test_numbers)
{
    char *written = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&written, &size);
    ck_assert_ptr_nonnull(stream);
    gm_html(stream, "%d %u %zu %.1f %.*f %g %+.2g 5%% %s", -3, 7u, (size_t)9, 0.25, 3, 2.0, 1e-9,
            0.5, "<");
    fclose(stream);
    ck_assert_str_eq(written, "-3 7 9 0.2 2.000 1e-09 +0.5 5% &lt;");
    free(written);
}
END_TEST

START_TEST(test_words)
{
    char word[GM_WORD_SIZE];
    ck_assert_str_eq(gm_count_word(word, 0), "0");
    ck_assert_str_eq(gm_count_word(word, 999), "999");
    ck_assert_str_eq(gm_count_word(word, 1000), "1,000");
    ck_assert_str_eq(gm_count_word(word, -1234567), "-1,234,567");
    ck_assert_str_eq(gm_count_word(word, (double)NAN), "?");
    ck_assert_str_eq(gm_seconds_word(word, 0.35), "350 ms");
    ck_assert_str_eq(gm_seconds_word(word, 0.9999), "1.0 s");
    ck_assert_str_eq(gm_seconds_word(word, 59.96), "1 min 0 s");
    ck_assert_str_eq(gm_seconds_word(word, 125), "2 min 5 s");
    ck_assert_str_eq(gm_seconds_word(word, 3599.7), "1 h 0 min");
    ck_assert_str_eq(gm_seconds_word(word, 4320), "1 h 12 min");
    ck_assert_str_eq(gm_seconds_word(word, -1), "?");
    ck_assert_str_eq(gm_share_word(word, 0.98722, 10000), "98.72 %");
    ck_assert_str_eq(gm_share_word(word, 0.5, 100), "50 %");
    ck_assert_str_eq(gm_real_word(word, 0.0400612), "0.04006");
    ck_assert_str_eq(gm_real_word(word, 123456.7), "123,457");
}
END_TEST

static void expect_axis(gm_axis_kind kind, double low, double high, gm_axis expected)
{
    gm_axis axis = {.kind = kind};
    gm_axis_fit(&axis, low, high);
    ck_assert_int_eq(axis.kind, expected.kind);
    ck_assert_double_eq_tol(axis.low, expected.low, 1e-12);
    ck_assert_double_eq_tol(axis.high, expected.high, 1e-12);
}

START_TEST(test_axes)
{
    const gm_axis_kind numbers = GM_AXIS_NUMBERS;
    const gm_axis_kind logarithmic = GM_AXIS_LOGARITHMIC;
    expect_axis(numbers, 1, 11, (gm_axis){NULL, numbers, 0, 11.4});
    expect_axis(numbers, 100, 110, (gm_axis){NULL, numbers, 99.6, 110.4});
    expect_axis(numbers, 2, 2, (gm_axis){NULL, numbers, 1.784, 2.216});
    expect_axis(GM_AXIS_SHARES, 0.5, 1, (gm_axis){NULL, GM_AXIS_SHARES, 0.48, 1});
    expect_axis(GM_AXIS_SHARES, 0, 0, (gm_axis){NULL, GM_AXIS_SHARES, 0, 0.54});
    expect_axis(logarithmic, 0.01, 1, (gm_axis){NULL, logarithmic, 0.01 / 1.15, 1.15});
    expect_axis(logarithmic, 0.5, 1, (gm_axis){NULL, numbers, 0.48, 1.02});
    expect_axis(logarithmic, 0, 100, (gm_axis){NULL, numbers, 0, 104});
}
END_TEST

/* Whatever the values, the picture has few ticks and ends. */
START_TEST(test_ticks)
{
    static const double ends[] = {1e-300, 1e-12, 0.5, 1, 3, 1e5, 1e12, 1e300};
    const size_t n = sizeof ends / sizeof ends[0];
    for (size_t i = 0; i < 3 * n * n; ++i) {
        gm_chart chart = {.title = "t", .y.kind = (gm_axis_kind)(i / n / n)};
        gm_axis_fit(&chart.x, 0, 10);
        gm_axis_fit(&chart.y, ends[i % n], ends[i / n % n] + ends[i % n]);
        char *written = NULL;
        size_t size = 0;
        FILE *stream = open_memstream(&written, &size);
        ck_assert_ptr_nonnull(stream);
        gm_chart_begin(stream, &chart);
        gm_chart_end(stream);
        fclose(stream);
        ck_assert_uint_lt(size, 4096);
        free(written);
    }
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("html");
    TCase *writing = tcase_create("writing");
    tcase_add_test(writing, test_text);
    tcase_add_test(writing, test_numbers);
    tcase_add_test(writing, test_words);
    tcase_add_test(writing, test_axes);
    tcase_add_test(writing, test_ticks);
    suite_add_tcase(suite, writing);
    return suite;
}
