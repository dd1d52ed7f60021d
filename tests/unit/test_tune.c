/* SPDX-License-Identifier: MIT
 * What tuning keeps: it comes back as it was, but only whole and only for its device, network and
 * batch; and the list of what tuning tries. Without a device. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "backend/product_choice.h"
#include "core/file.h"
#include "support/run_suite.h"
#include "support/temporary.h"
#include "tune/candidates.h"
#include "tune/tuned.h"

static const gemlet_device_info info = {
    .name = "name", .platform = "platform", .version = "version", .driver = "driver"};

static const gm_tuning examples[] = {
    {0},
    {.is_unfused = 1, .gemm = GEMLET_GEMM_OWN},
    {.is_unfused = 1, .gemm = GEMLET_GEMM_CLBLAST, .clblast_set = GM_CLBLAST_N_SETS},
    {.fused = {.panel_vectors = 5, .min_split_fmas = 123456789012u, .keeps_zeros = 1}},
    {.is_unfused = 1, .gemm = GEMLET_GEMM_OWN, .is_timed = 1},
    {.is_unfused = 1,
     .gemm = GEMLET_GEMM_OWN,
     .is_timed = 1,
     .products = {2,
                  {{GM_PRODUCT_FWD, 64, 784, 4294967295u, 0, {128, 32}},
                   {GM_PRODUCT_BWD_X, 64, 150, 10, 1, {0, 0}}}}},
};
#define N_EXAMPLES (sizeof examples / sizeof examples[0])

static char *make_key(const char *spec_text, gemlet_dim batch, const gemlet_device_info *of)
{
    gemlet_spec spec;
    char *key;
    ck_assert_int_eq(gemlet_spec_parse(&spec, spec_text), GEMLET_OK);
    ck_assert_int_eq(gm_tuned_key(&key, of, "kernels", &spec, batch), GEMLET_OK);
    return key;
}

START_TEST(a_tuning_comes_back)
{
    char *key = make_key("7-5-relu-3", 8, &info);
    gm_tuning found;
    ck_assert_int_eq(gm_tuned_find(&found, temporary_directory(), key), GM_KEPT_NONE);
    ck_assert(gm_tuned_is_equal(&found, &examples[0]));
    for (size_t i = 0; i < N_EXAMPLES; ++i) {
        ck_assert_int_eq(gm_tuned_store(temporary_directory(), key, &examples[i]), GEMLET_OK);
        ck_assert_int_eq(gm_tuned_find(&found, temporary_directory(), key), GM_KEPT_FOUND);
        for (size_t j = 0; j < N_EXAMPLES; ++j)
            ck_assert_int_eq(gm_tuned_is_equal(&found, &examples[j]), i == j);
    }
    free(key);
    temporary_remove();
}
END_TEST

START_TEST(a_tuning_is_for_one_device_network_and_batch)
{
    gemlet_device_info another = info;
    another.driver = "another";
    char *keys[] = {make_key("7-5-relu-3", 8, &info), make_key("7-5-relu-3", 9, &info),
                    make_key("7-6-relu-3", 8, &info), make_key("7-5-relu-3", 8, &another)};
    gm_tuning found;
    char *from;
    char *to;
    ck_assert_int_eq(gm_tuned_store(temporary_directory(), keys[0], &examples[1]), GEMLET_OK);
    for (size_t i = 1; i < 4; ++i) {
        ck_assert_int_eq(gm_tuned_find(&found, temporary_directory(), keys[i]), GM_KEPT_NONE);
        /* the right file under the wrong name */
        ck_assert_int_eq(gm_kept_path(&from, temporary_directory(), &gm_tuned_kind, keys[0]),
                         GEMLET_OK);
        ck_assert_int_eq(gm_kept_path(&to, temporary_directory(), &gm_tuned_kind, keys[i]),
                         GEMLET_OK);
        ck_assert_int_eq(rename(from, to), 0);
        ck_assert_int_eq(gm_tuned_find(&found, temporary_directory(), keys[i]), GM_KEPT_DAMAGED);
        ck_assert(gm_tuned_is_equal(&found, &examples[0]));
        ck_assert_int_eq(rename(to, from), 0);
        free(from);
        free(to);
    }
    for (size_t i = 0; i < 4; ++i)
        free(keys[i]);
    temporary_remove();
}
END_TEST

/* Every byte changed, every length. */
START_TEST(a_damaged_tuning_is_not_taken)
{
    char *key = make_key("7-5-relu-3", 8, &info);
    char *path;
    size_t length;
    char changed[4096];
    gm_tuning found;
    ck_assert_int_eq(gm_tuned_store(temporary_directory(), key, &examples[3]), GEMLET_OK);
    ck_assert_int_eq(gm_kept_path(&path, temporary_directory(), &gm_tuned_kind, key), GEMLET_OK);
    char *whole = read_whole_file(path, &length);
    ck_assert_uint_le(length, sizeof changed);
    for (size_t i = 0; i < length; ++i) {
        memcpy(changed, whole, length);
        changed[i] ^= 1;
        temporary_file(strrchr(path, '/') + 1, changed, length);
        ck_assert_int_eq(gm_tuned_find(&found, temporary_directory(), key), GM_KEPT_DAMAGED);
        temporary_file(strrchr(path, '/') + 1, whole, i);
        ck_assert_int_eq(gm_tuned_find(&found, temporary_directory(), key), GM_KEPT_DAMAGED);
        ck_assert(gm_tuned_is_equal(&found, &examples[0]));
    }
    temporary_file(strrchr(path, '/') + 1, whole, length);
    ck_assert_int_eq(gm_tuned_find(&found, temporary_directory(), key), GM_KEPT_FOUND);
    free(whole);
    free(path);
    free(key);
    temporary_remove();
}
END_TEST

/* A pipe is never waited for; the next tuning takes its place. */
START_TEST(a_pipe_is_no_tuning)
{
    char *key = make_key("7-5-relu-3", 8, &info);
    char *path;
    gm_tuning found;
    ck_assert_int_eq(gm_kept_path(&path, temporary_directory(), &gm_tuned_kind, key), GEMLET_OK);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    ck_assert_int_eq(gm_tuned_find(&found, temporary_directory(), key), GM_KEPT_DAMAGED);
    ck_assert_int_eq(gm_tuned_store(temporary_directory(), key, &examples[1]), GEMLET_OK);
    ck_assert_int_eq(gm_tuned_find(&found, temporary_directory(), key), GM_KEPT_FOUND);
    free(path);
    free(key);
    temporary_remove();
}
END_TEST

/* Whole, but with choices that there are not. */
START_TEST(an_impossible_tuning_is_not_taken)
{
    static const char *const texts[] = {
        "",
        "unfused 2 panel_vectors 0 min_split_fmas 0 keeps_zeros 0"
        " gemm auto clblast_set 0 timed 0 products none\n",
        "unfused 0 panel_vectors 6 min_split_fmas 0 keeps_zeros 0"
        " gemm auto clblast_set 0 timed 0 products none\n",
        "unfused 0 panel_vectors 0 min_split_fmas 0 keeps_zeros -1"
        " gemm auto clblast_set 0 timed 0 products none\n",
        "unfused 0 panel_vectors 0 min_split_fmas 0 keeps_zeros 0"
        " gemm mine clblast_set 0 timed 0 products none\n",
        "unfused 0 panel_vectors 0 min_split_fmas 0 keeps_zeros 0"
        " gemm auto clblast_set 9 timed 0 products none\n",
        "unfused 0 panel_vectors 0 min_split_fmas 0 keeps_zeros 0"
        " gemm auto clblast_set 0 timed 2 products none\n",
        "unfused 0 panel_vectors 0 min_split_fmas 0 keeps_zeros 0"
        " gemm auto clblast_set 0 timed 0\n",
        "unfused 0 panel_vectors 0 min_split_fmas 0 keeps_zeros 0"
        " gemm auto clblast_set 0 timed 0 products none\nmore\n",
    };
    char *key = make_key("7-5-relu-3", 8, &info);
    gm_tuning found;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; ++i) {
        ck_assert_int_eq(
            gm_kept_store(temporary_directory(), &gm_tuned_kind, key, texts[i], strlen(texts[i])),
            GEMLET_OK);
        ck_assert_int_eq(gm_tuned_find(&found, temporary_directory(), key), GM_KEPT_DAMAGED);
        ck_assert(gm_tuned_is_equal(&found, &examples[0]));
    }
    free(key);
    temporary_remove();
}
END_TEST

/* Texts of choices that this program does not write, beside what it would write. */
START_TEST(choices_have_one_text)
{
    static const char *const texts[] = {"",
                                        "None",
                                        "none, ",
                                        "dense_fwd 1x2x3 64/4,",
                                        "dense_fwd 1x2x3",
                                        "dense_fwd 1x2 64/4",
                                        "dense_fwd  1x2x3 64/4",
                                        "dense_fwd -1x2x3 64/4",
                                        "dense_fwd 01x2x3 64/4",
                                        "dense_fwd 1x2x3 64/+4",
                                        "dense 1x2x3 64/4",
                                        "dense_fwd 1x2x3 clblast",
                                        "dense_fwd 1x2x3 64/4 dense_bwd_w 1x2x3 64/4",
                                        "dense_fwd 1x2x4294967296 64/4",
                                        "a_name_that_is_far_too_long_for_any_operation 1x2x3 64/4"};
    static const char right[] = "dense_fwd 1x2x3 64/4, dense_bwd_w 1x2x3 CLBlast, "
                                "dense_bwd_x 5x6x4294967295 32/1";
    char text[GM_PRODUCT_CHOICES_TEXT_SIZE];
    gm_product_choices choices;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; ++i) {
        ck_assert_int_eq(gm_product_choices_parse(&choices, texts[i]), GEMLET_E_FORMAT);
        ck_assert_uint_eq(choices.n, 0);
    }
    ck_assert_int_eq(gm_product_choices_parse(&choices, right), GEMLET_OK);
    gm_product_choices_format(text, &choices);
    ck_assert_str_eq(text, right);
    const gm_product_choice *c = gm_product_choices_find(&choices, GM_PRODUCT_BWD_W, 1, 2, 3);
    ck_assert(c != NULL && c->is_clblast);
    ck_assert_ptr_null(gm_product_choices_find(&choices, GM_PRODUCT_BWD_W, 1, 3, 2));

    /* The longest text fits. */
    choices.n = GM_MAX_PRODUCT_CHOICES;
    for (unsigned i = 0; i < choices.n; ++i)
        choices.list[i] = (gm_product_choice){
            GM_PRODUCT_BWD_X, UINT32_MAX, UINT32_MAX, UINT32_MAX, 0, {UINT32_MAX, UINT32_MAX}};
    gm_product_choices_format(text, &choices);
    ck_assert_uint_eq(strlen(text), choices.n * 68 - 2);
}
END_TEST

/* One change of the best each, none twice; without fused steps only other GEMMs. */
START_TEST(candidates_change_one_thing)
{
    const gm_tuning best = {.fused = {.panel_vectors = 3}};
    gm_tuning all[64];
    unsigned n = 0;
    const gm_candidates_device gpu = {.can_fuse = 1, .has_tiles = 1};
    const gm_candidates_device cpu = {.can_fuse = 0};
    while (gm_candidates_get(&all[n], n, &best, &gpu)) {
        const gm_tuning *c = &all[n];
        if (!c->is_unfused) {
            const int n_changes = (c->fused.panel_vectors != 3) + (c->fused.min_split_fmas != 0) +
                                  (c->fused.keeps_zeros != 0) + (c->gemm != GEMLET_GEMM_AUTO);
            ck_assert_int_le(n_changes, 1);
        }
        for (unsigned i = 0; i < n; ++i)
            ck_assert(!gm_tuned_is_equal(&all[i], c));
        ++n;
    }
    ck_assert_uint_ge(n, 10);

    gm_tuning candidate;
    const gm_tuning none = {0};
    for (unsigned i = 0; gm_candidates_get(&candidate, i, &none, &cpu); ++i)
        ck_assert(candidate.is_unfused || gm_tuned_is_equal(&candidate, &none));
}
END_TEST

START_TEST(a_tuning_has_words)
{
    static const char *const words[N_EXAMPLES] = {
        "as without tuning",
        "operation by operation, own GEMM",
        "operation by operation, CLBlast with parameters 3",
        "fused, panels of 80 columns, split from 1.2e+05 million multiply-adds, zeros not skipped",
        "operation by operation, own GEMM, 0 products as the clock says",
        "operation by operation, own GEMM, 2 products as the clock says"};
    char text[GM_TUNED_TEXT_SIZE];
    for (size_t i = 0; i < N_EXAMPLES; ++i) {
        gm_tuned_describe(text, &examples[i]);
        ck_assert_str_eq(text, words[i]);
    }
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("tune");
    TCase *tests = tcase_create("all");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_tuning_comes_back);
    tcase_add_test(tests, a_tuning_is_for_one_device_network_and_batch);
    tcase_add_test(tests, a_damaged_tuning_is_not_taken);
    tcase_add_test(tests, a_pipe_is_no_tuning);
    tcase_add_test(tests, an_impossible_tuning_is_not_taken);
    tcase_add_test(tests, choices_have_one_text);
    tcase_add_test(tests, candidates_change_one_thing);
    tcase_add_test(tests, a_tuning_has_words);
    suite_add_tcase(suite, tests);
    return suite;
}
