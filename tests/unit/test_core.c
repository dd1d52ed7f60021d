/* SPDX-License-Identifier: MIT
 * Tests of host/core: random numbers, size arithmetic, errors, atomic files. */
#include <check.h>
#include <dirent.h>
#include <math.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/error.h"
#include "core/file.h"
#include "core/hash.h"
#include "core/memory.h"
#include "core/rng.h"
#include "core/text_table.h"
#include "support/run_suite.h"
#include "support/temporary.h"

/* How many standard deviations a statistic may be off. Seeds are fixed, so this decides once, not
 * from run to run: a right generator fails with probability 6e-7. */
#define N_SIGMA 5.0

/* ---- random numbers ------------------------------------------------------------------------- */

/* Known answers for philox4x32-10 that its authors publish with their implementation. */
START_TEST(philox_gives_the_known_answers)
{
    static const struct {
        uint32_t counter[4];
        uint32_t key[2];
        uint32_t expected[4];
    } known[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; ++i) {
        uint32_t out[4];
        gm_philox4x32(out, known[i].counter, known[i].key);
        ck_assert_mem_eq(out, known[i].expected, sizeof out);
    }
}
END_TEST

START_TEST(streams_repeat_and_differ)
{
    gm_rng a;
    gm_rng b;
    gm_rng_init(&a, 7, GM_RNG_TEST, 1);
    gm_rng_init(&b, 7, GM_RNG_TEST, 1);
    for (int i = 0; i < 100; ++i)
        ck_assert_uint_eq(gm_rng_u32(&a), gm_rng_u32(&b));
    const struct {
        uint64_t seed;
        gm_rng_purpose purpose;
        uint32_t index;
    } others[] = {{8, GM_RNG_TEST, 1},
                  {7 + (UINT64_C(1) << 32), GM_RNG_TEST, 1},
                  {7, GM_RNG_INIT, 1},
                  {7, GM_RNG_TEST, 2}};
    gm_rng_init(&a, 7, GM_RNG_TEST, 1);
    const uint32_t first = gm_rng_u32(&a);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; ++i) {
        gm_rng_init(&b, others[i].seed, others[i].purpose, others[i].index);
        ck_assert_uint_ne(first, gm_rng_u32(&b));
    }
}
END_TEST

START_TEST(uniform_numbers_fill_the_open_interval)
{
    enum {
        n = 100000
    };
    gm_rng rng;
    gm_rng_init(&rng, 1, GM_RNG_TEST, 0);
    double sum = 0;
    for (int i = 0; i < n; ++i) {
        const double value = gm_rng_uniform(&rng);
        ck_assert_double_gt(value, 0);
        ck_assert_double_lt(value, 1);
        sum += value;
    }
    ck_assert_double_eq_tol(sum / n, 0.5, N_SIGMA * sqrt(1.0 / 12 / n));
}
END_TEST

/* The first four moments, each within its own standard error under N(0,1). */
START_TEST(normal_numbers_have_normal_moments)
{
    enum {
        n = 200000
    };
    gm_rng rng;
    gm_rng_init(&rng, 1, GM_RNG_TEST, 0);
    double sums[5] = {0};
    for (int i = 0; i < n; ++i) {
        const double value = gm_rng_normal(&rng);
        double power = 1;
        for (int k = 1; k <= 4; ++k) {
            power *= value;
            sums[k] += power / n;
        }
    }
    ck_assert_double_eq_tol(sums[1], 0, N_SIGMA * sqrt(1.0 / n));
    ck_assert_double_eq_tol(sums[2], 1, N_SIGMA * sqrt(2.0 / n));
    ck_assert_double_eq_tol(sums[3], 0, N_SIGMA * sqrt(15.0 / n));
    ck_assert_double_eq_tol(sums[4], 3, N_SIGMA * sqrt(96.0 / n));
}
END_TEST

/* Quantile of chi-squared N_SIGMA above the middle (Wilson & Hilferty 1931). */
static double largest_chi_squared(double degrees)
{
    const double spread = 2 / (9 * degrees);
    return degrees * pow(1 - spread + N_SIGMA * sqrt(spread), 3);
}

START_TEST(below_is_unbiased)
{
    enum {
        n = 70000,
        bound = 7
    };
    gm_rng rng;
    gm_rng_init(&rng, 1, GM_RNG_TEST, 0);
    double counts[bound] = {0};
    for (int i = 0; i < n; ++i) {
        const uint32_t value = gm_rng_below(&rng, bound);
        ck_assert_uint_lt(value, bound);
        counts[value] += 1;
    }
    const double expected = (double)n / bound;
    double chi_squared = 0;
    for (int i = 0; i < bound; ++i)
        chi_squared += (counts[i] - expected) * (counts[i] - expected) / expected;
    ck_assert_double_lt(chi_squared, largest_chi_squared(bound - 1));
    ck_assert_uint_eq(gm_rng_below(&rng, 1), 0);
    /* Above 2^31 nearly every second draw is thrown away; without that the low half would come
     * twice as often. */
    int n_low = 0;
    for (int i = 0; i < n; ++i)
        n_low += gm_rng_below(&rng, UINT32_C(0xc0000000)) < UINT32_C(0x60000000);
    ck_assert_double_eq_tol((double)n_low / n, 0.5, N_SIGMA * sqrt(0.25 / n));
}
END_TEST

START_TEST(a_permutation_has_every_number_once)
{
    enum {
        n = 1000
    };
    uint32_t order[n];
    int seen[n] = {0};
    gm_rng rng;
    gm_rng_init(&rng, 3, GM_RNG_SHUFFLE, 0);
    gm_rng_permutation(&rng, order, n);
    int n_fixed = 0;
    for (uint32_t i = 0; i < n; ++i) {
        ck_assert_uint_lt(order[i], n);
        ck_assert_int_eq(seen[order[i]]++, 0);
        n_fixed += order[i] == i;
    }
    ck_assert_int_lt(n_fixed, n / 2);
    gm_rng_permutation(&rng, order, 1);
    ck_assert_uint_eq(order[0], 0);
}
END_TEST

START_TEST(all_permutations_are_equally_likely)
{
    enum {
        n = 4,
        n_permutations = 24,
        n_draws = 24000
    };
    double counts[n * n * n * n] = {0};
    gm_rng rng;
    gm_rng_init(&rng, 1, GM_RNG_SHUFFLE, 0);
    for (int i = 0; i < n_draws; ++i) {
        uint32_t order[n];
        gm_rng_permutation(&rng, order, n);
        counts[((order[0] * n + order[1]) * n + order[2]) * n + order[3]] += 1;
    }
    const double expected = (double)n_draws / n_permutations;
    double chi_squared = 0;
    int n_seen = 0;
    for (int i = 0; i < n * n * n * n; ++i) {
        if (counts[i] == 0)
            continue;
        ++n_seen;
        chi_squared += (counts[i] - expected) * (counts[i] - expected) / expected;
    }
    ck_assert_int_eq(n_seen, n_permutations);
    ck_assert_double_lt(chi_squared, largest_chi_squared(n_permutations - 1));
}
END_TEST

/* ---- memory and errors ---------------------------------------------------------------------- */

START_TEST(size_arithmetic_does_not_wrap)
{
    size_t result = 17;
    ck_assert_int_eq(gm_checked_mul(&result, SIZE_MAX, 1, "x"), GEMLET_OK);
    ck_assert_uint_eq(result, SIZE_MAX);
    ck_assert_int_eq(gm_checked_mul(&result, 0, SIZE_MAX, "x"), GEMLET_OK);
    ck_assert_uint_eq(result, 0);
    result = 17;
    ck_assert_int_eq(gm_checked_mul(&result, SIZE_MAX / 2 + 1, 2, "table"), GEMLET_E_RANGE);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "table: "));
    ck_assert_int_eq(gm_checked_add(&result, SIZE_MAX, 1, "x"), GEMLET_E_RANGE);
    ck_assert_uint_eq(result, 17);
    ck_assert_int_eq(gm_checked_add(&result, SIZE_MAX - 1, 1, "x"), GEMLET_OK);
    ck_assert_uint_eq(result, SIZE_MAX);
    ck_assert_uint_eq(gm_round_up(0, 16), 0);
    ck_assert_uint_eq(gm_round_up(16, 16), 16);
    ck_assert_uint_eq(gm_round_up(17, 16), 32);
}
END_TEST

START_TEST(allocation_is_zeroed_and_checked)
{
    uint32_t *numbers;
    ck_assert_int_eq(GM_ALLOC(numbers, 100, "numbers"), GEMLET_OK);
    for (int i = 0; i < 100; ++i)
        ck_assert_uint_eq(numbers[i], 0);
    free(numbers);
    ck_assert_int_eq(GM_ALLOC(numbers, SIZE_MAX / 2, "numbers"), GEMLET_E_RANGE);
    ck_assert_ptr_null(numbers);
    ck_assert_int_eq(GM_ALLOC(numbers, 0, "numbers"), GEMLET_OK);
    ck_assert_ptr_nonnull(numbers);
    free(numbers);
}
END_TEST

START_TEST(an_error_is_one_line_with_its_detail)
{
    ck_assert_int_eq(gm_error(GEMLET_E_FORMAT, "first\nsecond %d", 3), GEMLET_E_FORMAT);
    ck_assert_str_eq(gemlet_last_error(), "first second 3");
    ck_assert_str_eq(gemlet_last_error_detail(), "");
    gm_error(GEMLET_E_FORMAT, "tab\tescape\033[2Jdelete\177 caf\303\251");
    ck_assert_str_eq(gemlet_last_error(), "tab escape [2Jdelete  caf\303\251");
    gm_error(GEMLET_E_FORMAT, "first\nsecond %d", 3);
    gm_error_set_detail("line 1\nline 2");
    ck_assert_str_eq(gemlet_last_error_detail(), "line 1\nline 2");
    gm_error(GEMLET_E_IO, "outer: %s", gemlet_last_error());
    ck_assert_str_eq(gemlet_last_error(), "outer: first second 3");
    ck_assert_str_eq(gemlet_last_error_detail(), "");
    ck_assert_str_eq(gemlet_status_name(GEMLET_E_IO), "GEMLET_E_IO");
}
END_TEST

/* ---- files ---------------------------------------------------------------------------------- */

static int count_entries(void)
{
    DIR *entries = opendir(temporary_directory());
    ck_assert_ptr_nonnull(entries);
    int n = 0;
    for (const struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries))
        n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(entries);
    return n;
}

static void expect_content(const char *path, const char *expected)
{
    char content[64] = {0};
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    const size_t n = fread(content, 1, sizeof content - 1, file);
    fclose(file);
    ck_assert_uint_eq(n, strlen(expected));
    ck_assert_str_eq(content, expected);
}

START_TEST(a_file_is_replaced_as_a_whole)
{
    const char *path = temporary_file("result", "old", 3);
    gm_atomic_file file;
    ck_assert_int_eq(gm_atomic_file_open(&file, path), GEMLET_OK);
    ck_assert_int_ge(fputs("new content", file.stream), 0);
    expect_content(path, "old");
    ck_assert_int_eq(gm_atomic_file_commit(&file), GEMLET_OK);
    expect_content(path, "new content");
    gm_atomic_file_abort(&file); /* harmless */
    ck_assert_int_eq(count_entries(), 1);
    temporary_remove();
}
END_TEST

START_TEST(an_aborted_file_leaves_the_old_one)
{
    const char *path = temporary_file("result", "old", 3);
    gm_atomic_file file;
    ck_assert_int_eq(gm_atomic_file_open(&file, path), GEMLET_OK);
    ck_assert_int_ge(fputs("half of the new con", file.stream), 0);
    gm_atomic_file_abort(&file);
    expect_content(path, "old");
    ck_assert_int_eq(count_entries(), 1);
    temporary_remove();
}
END_TEST

START_TEST(a_socket_is_refused)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", temporary_path("socket"));
    ck_assert_int_eq(bind(listener, (const struct sockaddr *)&address, sizeof address), 0);
    gm_atomic_file file;
    ck_assert_int_eq(gm_atomic_file_open(&file, address.sun_path), GEMLET_E_IO);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "found a socket"));
    ck_assert_ptr_null(file.stream);
    close(listener);
    temporary_remove();
}
END_TEST

START_TEST(links_are_followed_to_their_end_and_not_in_circles)
{
    const char *path = temporary_file("result", "old", 3);
    gm_atomic_file file;
    ck_assert_int_eq(symlink("result", temporary_path("one")), 0);
    ck_assert_int_eq(symlink(temporary_path("one"), temporary_path("two")), 0);
    ck_assert_int_eq(gm_file_write(temporary_path("two"), "new", 3), GEMLET_OK);
    expect_content(path, "new");
    ck_assert_int_eq(count_entries(), 3);
    ck_assert_int_eq(symlink("circle", temporary_path("circle")), 0);
    ck_assert_int_eq(gm_atomic_file_open(&file, temporary_path("circle")), GEMLET_E_IO);
    temporary_remove();
}
END_TEST

/* A limit on the size of files fails writes as a full disk does. */
START_TEST(a_failed_write_leaves_the_old_file)
{
    enum {
        size = 1 << 20
    };
    const char *path = temporary_file("result", "old", 3);
    char *bytes = calloc(size, 1);
    ck_assert_ptr_nonnull(bytes);
    struct rlimit before;
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit limited = {.rlim_cur = size / 2, .rlim_max = before.rlim_max};
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limited), 0);
    const gemlet_status status = gm_file_write(path, bytes, size);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, handler);
    free(bytes);
    ck_assert_int_eq(status, GEMLET_E_IO);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), path));
    expect_content(path, "old");
    ck_assert_int_eq(count_entries(), 1);
    temporary_remove();
}
END_TEST

START_TEST(a_name_that_cannot_be_written_is_reported)
{
    char directory[1024];
    snprintf(directory, sizeof directory, "%s", temporary_path("taken"));
    ck_assert_int_eq(gm_directory_create(directory), GEMLET_OK);
    ck_assert_int_eq(gm_file_write(directory, "x", 1), GEMLET_E_IO);
    ck_assert_int_eq(count_entries(), 1);
    ck_assert_int_eq(gm_file_write(temporary_path("no/such/directory"), "x", 1), GEMLET_E_IO);
    temporary_remove();
}
END_TEST

START_TEST(directories_are_made_with_their_parents)
{
    char path[1024];
    snprintf(path, sizeof path, "%s", temporary_path("a/b/c"));
    ck_assert_int_eq(gm_directory_create(path), GEMLET_OK);
    ck_assert(gm_directory_exists(path));
    ck_assert_int_eq(gm_directory_create(path), GEMLET_OK);
    const char *file = temporary_file("file", "x", 1);
    ck_assert(gm_file_exists(file));
    ck_assert(!gm_directory_exists(file));
    ck_assert_int_eq(gm_directory_create(file), GEMLET_E_IO);
    char *joined;
    ck_assert_int_eq(gm_path_join(&joined, "a/", "b"), GEMLET_OK);
    ck_assert_str_eq(joined, "a/b");
    free(joined);
    temporary_remove();
}
END_TEST

/* ---- hash ----------------------------------------------------------------------------------- */

/* Known answers for 64-bit FNV-1a that its authors publish. */
START_TEST(the_hash_gives_the_known_answers)
{
    ck_assert_uint_eq(gm_hash(GM_HASH_BEGIN, "", 0), GM_HASH_BEGIN);
    ck_assert_uint_eq(gm_hash(GM_HASH_BEGIN, "a", 1), UINT64_C(0xaf63dc4c8601ec8c));
    const uint64_t half = gm_hash(GM_HASH_BEGIN, "foo", 3);
    ck_assert_uint_eq(gm_hash(half, "bar", 3), UINT64_C(0x85944171f73967e8));
}
END_TEST

/* Prints a table of 3 columns, 5, 4 and 6 characters wide, for a terminal of `width`. */
static void expect_table(size_t width, const char *expected)
{
    static const char *const cells[] = {"layer", "loss", "place", "one", "0.25", "(1, 2)"};
    gm_text_table table = {.n_columns = 3, .n_names = 1, .n_keys = 1};
    for (size_t i = 0; i < sizeof cells / sizeof *cells; ++i)
        ck_assert_int_eq(gm_text_table_add(&table, "%s", cells[i]), GEMLET_OK);
    char *printed = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&printed, &size);
    ck_assert_int_eq(gm_text_table_print_within(&table, width, stream), GEMLET_OK);
    ck_assert_int_eq(fclose(stream), 0);
    ck_assert_str_eq(printed, expected);
    free(printed);
    gm_text_table_free(&table);
}

START_TEST(a_table_is_broken_between_columns)
{
    const char *const whole = "layer  loss  place\n"
                              "one    0.25  (1, 2)\n";
    const char *const two_parts = "layer  loss\n"
                                  "one    0.25\n"
                                  "\n"
                                  "layer  place\n"
                                  "one    (1, 2)\n";
    expect_table(0, whole);
    expect_table(19, whole);
    expect_table(18, two_parts);
    expect_table(13, two_parts);
    expect_table(1, two_parts); /* beside the key there is always one */
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("core");
    TCase *random = tcase_create("rng");
    tcase_set_timeout(random, 60); /* millions of draws, under sanitizers too */
    tcase_add_test(random, philox_gives_the_known_answers);
    tcase_add_test(random, streams_repeat_and_differ);
    tcase_add_test(random, uniform_numbers_fill_the_open_interval);
    tcase_add_test(random, normal_numbers_have_normal_moments);
    tcase_add_test(random, below_is_unbiased);
    tcase_add_test(random, a_permutation_has_every_number_once);
    tcase_add_test(random, all_permutations_are_equally_likely);
    suite_add_tcase(suite, random);
    TCase *memory = tcase_create("memory and errors");
    tcase_add_test(memory, size_arithmetic_does_not_wrap);
    tcase_add_test(memory, allocation_is_zeroed_and_checked);
    tcase_add_test(memory, an_error_is_one_line_with_its_detail);
    suite_add_tcase(suite, memory);
    TCase *hash = tcase_create("hash");
    tcase_add_test(hash, the_hash_gives_the_known_answers);
    suite_add_tcase(suite, hash);
    TCase *files = tcase_create("files");
    tcase_add_test(files, a_file_is_replaced_as_a_whole);
    tcase_add_test(files, an_aborted_file_leaves_the_old_one);
    tcase_add_test(files, a_socket_is_refused);
    tcase_add_test(files, links_are_followed_to_their_end_and_not_in_circles);
    tcase_add_test(files, a_failed_write_leaves_the_old_file);
    tcase_add_test(files, a_name_that_cannot_be_written_is_reported);
    tcase_add_test(files, directories_are_made_with_their_parents);
    suite_add_tcase(suite, files);
    TCase *tables = tcase_create("tables");
    tcase_add_test(tables, a_table_is_broken_between_columns);
    suite_add_tcase(suite, tables);
    return suite;
}
