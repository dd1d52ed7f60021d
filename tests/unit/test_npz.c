/* SPDX-License-Identifier: MIT
 * npz archives and model files: round trips, fixed bytes, and files that must be refused. */
#include <check.h>
#include <dirent.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/rng.h"
#include "gemlet/model.h"
#include "npz/npz.h"
#include "support/run_suite.h"
#include "support/temporary.h"

#define MAX_FILE 65536

static const char *corpus_path(const char *name)
{
    static char path[2048];
    const char *corpus = getenv("GEMLET_TEST_CORPUS");
    ck_assert_msg(corpus != NULL, "GEMLET_TEST_CORPUS is not set: run by ctest, or set it to "
                                  "tests/corpus");
    snprintf(path, sizeof path, "%s/npz/%s", corpus, name);
    return path;
}

/* bytes (MAX_FILE) out. Returns their number. */
static size_t read_file(const char *path, unsigned char *bytes)
{
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "%s: cannot open", path);
    const size_t n = fread(bytes, 1, MAX_FILE, file);
    fclose(file);
    ck_assert_uint_lt(n, MAX_FILE);
    return n;
}

static gemlet_model *make_model(const char *text, uint64_t seed)
{
    gemlet_spec spec;
    ck_assert_int_eq(gemlet_spec_parse(&spec, text), GEMLET_OK);
    gemlet_init_options options;
    gemlet_init_options_init(&options);
    options.seed = seed;
    gemlet_model *model;
    ck_assert_int_eq(gemlet_model_create(&model, &spec, &options), GEMLET_OK);
    /* Values of its own in every tensor: a mix-up of two would not show between equal ones. */
    gm_rng rng;
    gm_rng_init(&rng, seed, GM_RNG_TEST, 0);
    for (unsigned l = 0; l < spec.n_layers; ++l) {
        for (int t = GEMLET_TENSOR_WEIGHT; t <= GEMLET_TENSOR_RUNNING_VAR; ++t) {
            float *values = gemlet_model_tensor(model, l, (gemlet_tensor)t);
            for (size_t i = 0; i < gemlet_model_tensor_size(model, l, (gemlet_tensor)t); ++i) {
                const double draw = gm_rng_normal(&rng);
                values[i] = (float)(t == GEMLET_TENSOR_RUNNING_VAR ? fabs(draw) : draw);
            }
        }
    }
    ck_assert_int_eq(gemlet_model_set_input_scale(model, 1.0f / 255.0f), GEMLET_OK);
    return model;
}

static int models_equal(gemlet_model *a, gemlet_model *b)
{
    char text_a[GEMLET_SPEC_TEXT_SIZE];
    char text_b[GEMLET_SPEC_TEXT_SIZE];
    ck_assert_int_eq(gemlet_spec_format(gemlet_model_spec(a), text_a, sizeof text_a), GEMLET_OK);
    ck_assert_int_eq(gemlet_spec_format(gemlet_model_spec(b), text_b, sizeof text_b), GEMLET_OK);
    const float scale_a = gemlet_model_input_scale(a);
    const float scale_b = gemlet_model_input_scale(b);
    if (strcmp(text_a, text_b) != 0 || memcmp(&scale_a, &scale_b, sizeof scale_a) != 0)
        return 0;
    for (unsigned l = 0; l < gemlet_model_spec(a)->n_layers; ++l) {
        for (int t = GEMLET_TENSOR_WEIGHT; t <= GEMLET_TENSOR_RUNNING_VAR; ++t) {
            const size_t n = gemlet_model_tensor_size(a, l, (gemlet_tensor)t);
            if (n > 0 && memcmp(gemlet_model_tensor(a, l, (gemlet_tensor)t),
                                gemlet_model_tensor(b, l, (gemlet_tensor)t), 4 * n) != 0)
                return 0;
        }
    }
    return 1;
}

/* ---- archives ------------------------------------------------------------------------------ */

/* Bit patterns that a conversion on the way would change. */
static const uint32_t special_bits[] = {0x00000000, 0x80000000, 0x00000001, 0x7f7fffff,
                                        0x7f800000, 0xff800000, 0x7fc12345, 0x3f800001};

static void write_archive(const char *path, const float *values)
{
    gm_npz_writer *writer;
    ck_assert_int_eq(gm_npz_writer_create(&writer), GEMLET_OK);
    const size_t flat[] = {8};
    const size_t cube[] = {2, 1, 4};
    const size_t none[] = {0, 3};
    ck_assert_int_eq(gm_npz_add_f32(writer, "scalar", values + 7, NULL, 0), GEMLET_OK);
    ck_assert_int_eq(gm_npz_add_f32(writer, "flat", values, flat, 1), GEMLET_OK);
    ck_assert_int_eq(gm_npz_add_f32(writer, "cube", values, cube, 3), GEMLET_OK);
    ck_assert_int_eq(gm_npz_add_f32(writer, "none", values, none, 2), GEMLET_OK);
    ck_assert_int_eq(gm_npz_add_i32(writer, "number", INT32_MIN + 1), GEMLET_OK);
    ck_assert_int_eq(gm_npz_add_string(writer, "text", "784-10"), GEMLET_OK);
    ck_assert_int_eq(gm_npz_writer_write(writer, path), GEMLET_OK);
    gm_npz_writer_destroy(writer);
}

START_TEST(test_archive_round_trip)
{
    float values[8];
    memcpy(values, special_bits, sizeof values);
    const char *path = temporary_path("arrays.npz");
    write_archive(path, values);
    gm_npz_reader *reader;
    ck_assert_int_eq(gm_npz_reader_open(&reader, path), GEMLET_OK);
    float found[8] = {0};
    const size_t flat[] = {8};
    const size_t cube[] = {2, 1, 4};
    const size_t none[] = {0, 3};
    ck_assert_int_eq(gm_npz_read_f32(reader, "flat", found, flat, 1), GEMLET_OK);
    ck_assert_mem_eq(found, special_bits, sizeof found);
    memset(found, 0, sizeof found);
    ck_assert_int_eq(gm_npz_read_f32(reader, "cube", found, cube, 3), GEMLET_OK);
    ck_assert_mem_eq(found, special_bits, sizeof found);
    ck_assert_int_eq(gm_npz_read_f32(reader, "scalar", found, NULL, 0), GEMLET_OK);
    ck_assert_mem_eq(found, &special_bits[7], 4);
    ck_assert_int_eq(gm_npz_read_f32(reader, "none", found, none, 2), GEMLET_OK);
    int32_t number;
    ck_assert_int_eq(gm_npz_read_i32(reader, "number", &number), GEMLET_OK);
    ck_assert_int_eq(number, INT32_MIN + 1);
    char text[7];
    ck_assert_int_eq(gm_npz_read_string(reader, "text", text, sizeof text), GEMLET_OK);
    ck_assert_str_eq(text, "784-10");
    ck_assert_int_eq(gm_npz_read_string(reader, "text", text, sizeof text - 1), GEMLET_E_FORMAT);
    gm_npz_reader_close(reader);
    temporary_remove();
}
END_TEST

START_TEST(test_archive_refuses_text_numpy_would_change)
{
    gm_npz_writer *writer;
    ck_assert_int_eq(gm_npz_writer_create(&writer), GEMLET_OK);
    ck_assert_int_eq(gm_npz_add_string(writer, "text", ""), GEMLET_E_ARGUMENT);
    ck_assert_int_eq(gm_npz_add_string(writer, "text", "\xc3\xa4"), GEMLET_E_ARGUMENT);
    gm_npz_writer_destroy(writer);
}
END_TEST

/* The zip format keeps local time: the date must not follow the clock or the time zone. */
START_TEST(test_same_content_same_bytes)
{
    static const char *const zones[] = {"UTC0", "NZST-12NZDT", "HST10", "XXX-14", "YYY+12"};
    static unsigned char first[MAX_FILE];
    static unsigned char other[MAX_FILE];
    gemlet_model *model = make_model("5-4bn-relu-3", 1);
    const char *path = temporary_path("model.npz");
    size_t n_first = 0;
    for (size_t i = 0; i < sizeof zones / sizeof zones[0]; ++i) {
        ck_assert_int_eq(setenv("TZ", zones[i], 1), 0);
        tzset();
        ck_assert_int_eq(gemlet_model_save(model, path), GEMLET_OK);
        const size_t n = read_file(path, i == 0 ? first : other);
        if (i == 0)
            n_first = n;
        ck_assert_uint_eq(n, n_first);
        ck_assert_mem_eq(i == 0 ? first : other, first, n);
    }
    /* Local file header: time at offset 10, date at 12; 0x0021 is 1980-01-01. */
    static const unsigned char expected[] = {0x00, 0x00, 0x21, 0x00};
    ck_assert_mem_eq(first + 10, expected, sizeof expected);
    gemlet_model_destroy(model);
    temporary_remove();
}
END_TEST

/* ---- models -------------------------------------------------------------------------------- */

static const char *const specs[] = {"784-150bn-relu-150bn-relu-10", "1-1", "3-2bn",
                                    "7-5-tanh-4bn-sigmoid-3", "2-300bn-relu-1-relu-2"};

START_TEST(test_model_round_trip)
{
    gemlet_model *model = make_model(specs[_i], 7);
    const char *path = temporary_path("model.npz");
    ck_assert_int_eq(gemlet_model_save(model, path), GEMLET_OK);
    gemlet_model *loaded;
    ck_assert_msg(gemlet_model_load(&loaded, path) == GEMLET_OK, "%s", gemlet_last_error());
    ck_assert(models_equal(model, loaded));
    gemlet_model_destroy(loaded);
    gemlet_model_destroy(model);
    temporary_remove();
}
END_TEST

START_TEST(test_save_names_path_it_cannot_write)
{
    gemlet_model *model = make_model("2-3", 1);
    char path[4096];
    snprintf(path, sizeof path, "%s/no-such-directory/model.npz", temporary_directory());
    ck_assert_int_eq(gemlet_model_save(model, path), GEMLET_E_IO);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), path));
    gemlet_model_destroy(model);
    temporary_remove();
}
END_TEST

START_TEST(test_load_no_such_file)
{
    gemlet_model *model;
    ck_assert_int_eq(gemlet_model_load(&model, temporary_path("none.npz")), GEMLET_E_IO);
    ck_assert_ptr_null(model);
    ck_assert_int_eq(gemlet_model_load(&model, temporary_directory()), GEMLET_E_IO);
    ck_assert_ptr_nonnull(
        strstr(gemlet_last_error(), "found a directory, expected a regular file"));
    temporary_remove();
}
END_TEST

/* ---- hostile files ------------------------------------------------------------------------- */

/* What the message must say after the path. */
static const struct {
    const char *file;
    const char *message;
} messages[] = {
    {"bad-empty.npz", ": not an npz file (zip archive): "},
    {"bad-not-zip.npz", ": not an npz file (zip archive): "},
    {"bad-truncated.npz", ": not an npz file (zip archive): "},
    {"bad-missing-version.npz", ": array format_version: missing"},
    {"bad-missing-spec.npz", ": array spec: missing"},
    {"bad-missing-scale.npz", ": array input_scale: missing"},
    {"bad-missing-gamma.npz", ": array layer1.gamma: missing"},
    {"bad-version-7.npz", ": array format_version: found 7, expected 1"},
    {"bad-version-type.npz", ": array format_version: found type <i8, expected <i4"},
    {"bad-version-shape.npz", ": array format_version: found shape (1,), expected ()"},
    {"bad-spec-syntax.npz", ": array spec: network \"3-4bn-glue-2\": "},
    {"bad-spec-type.npz", ": array spec: found type <f4, expected <U (text)"},
    {"bad-spec-unicode.npz", ": array spec: character 2 is U+2013, expected printable ASCII"},
    {"bad-spec-long.npz", ": array spec: text of 4001 characters, expected at most 2047"},
    {"bad-spec-huge.npz", ": array spec: network: "},
    {"bad-spec-wide.npz", ": array layer1.weight: found shape (3,4), expected (100000,100000)"},
    {"bad-scale-zero.npz", ": array input_scale: found 0, expected a finite number above 0"},
    {"bad-scale-nan.npz", ": array input_scale: found nan, expected a finite number above 0"},
    {"bad-schema-text.npz", ": schema: expected an object of JSON"},
    {"bad-schema-version.npz", ": schema: file: version: expected 1"},
    {"bad-schema-edges.npz", ": schema: column 1: edges: expected ascending numbers"},
    {"bad-schema-number.npz", ": schema: column 1: max: expected a number in the range of a float"},
    {"bad-schema-name.npz", ": schema: columns: name: expected no text twice"},
    {"bad-schema-inputs.npz", ": schema: found 2 inputs and 2 outputs, expected 3 and 2"},
    {"bad-schema-type.npz", ": array schema: found type <f4, expected |u1"},
    {"bad-schema-dims.npz", ": array schema: found shape (2,2), expected (4,)"},
    {"bad-shape.npz", ": array layer1.weight: found shape (3,5), expected (3,4)"},
    {"bad-shape-dims.npz", ": array layer2.bias: found shape (1,2), expected (2,)"},
    {"bad-type-f8.npz", ": array layer1.weight: found type <f8, expected <f4"},
    {"bad-type-big-endian.npz", ": array layer1.weight: found type >f4, expected <f4"},
    {"bad-fortran-order.npz", ": array layer1.weight: stored in Fortran order, expected C order"},
    {"bad-nan.npz", ": array layer1.weight: value [2,1] is nan, expected a finite number"},
    {"bad-infinite.npz", ": array layer2.bias: value [1] is inf, expected a finite number"},
    {"bad-negative-variance.npz",
     ": array layer1.running_var: value [0] is -1, expected a finite number, not negative"},
    {"bad-magic.npz", ": array layer1.weight: not an npy file"},
    {"bad-npy-version-4.npz", ": array layer1.weight: npy version 4.0, expected 1.0, 2.0 or 3.0"},
    {"bad-npy-short.npz", ": array layer1.weight: ends after 4 bytes, expected 8"},
    {"bad-header-length.npz", ": npy header of 65535 bytes, expected at most 10000"},
    {"bad-header-length-4.npz", ": npy header of 4294967295 bytes, expected at most 10000"},
    {"bad-header-open.npz", ": npy header ends, expected a comma or ) in the shape"},
    {"bad-header-number.npz", "expected a comma after the only extent"},
    {"bad-header-dims.npz", ": more than 4 dimensions"},
    {"bad-header-extent.npz", ": an extent of its shape overflows"},
    {"bad-header-product.npz", ": the product of its shape overflows"},
    {"bad-header-tail.npz", "expected only spaces after }"},
    {"bad-data-short.npz", ": has 44 bytes of data, expected 4 x 12"},
    {"bad-data-long.npz", ": has 52 bytes of data, expected 4 x 12"},
    {"bad-claims-long.npz", ": ends after 114 bytes, expected 118"},
    {"bad-claims-bomb.npz", ": claims 4294967280 bytes out of 113 compressed ones"},
    {"bad-overlap.npz", ": zip entries claim more than the 6401 bytes of the file"},
    {"bad-checksum.npz", ": array layer1.weight: corrupt: "},
    {"bad-method.npz", ": zip compression method 12, expected 0 (stored) or 8 (deflated)"},
    {"bad-encrypted.npz", ": array layer1.weight: cannot open its zip entry: "},
};

START_TEST(test_messages)
{
    gemlet_model *model;
    ck_assert_int_eq(gemlet_model_load(&model, corpus_path(messages[_i].file)), GEMLET_E_FORMAT);
    const char *name = strstr(gemlet_last_error(), messages[_i].file);
    ck_assert_msg(name != NULL && strstr(name, messages[_i].message) != NULL,
                  "found \"%s\", expected \"%s%s\"", gemlet_last_error(), messages[_i].file,
                  messages[_i].message);
}
END_TEST

/* Every file of the corpus, also such as were added without a line above. */
START_TEST(test_corpus)
{
    DIR *entries = opendir(corpus_path(""));
    ck_assert_ptr_nonnull(entries);
    int n_ok = 0;
    int n_bad = 0;
    for (struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        const int is_ok = strncmp(entry->d_name, "ok-", 3) == 0;
        const int is_bad = strncmp(entry->d_name, "bad-", 4) == 0;
        if (!is_ok && !is_bad)
            continue;
        gemlet_model *model;
        const gemlet_status status = gemlet_model_load(&model, corpus_path(entry->d_name));
        ck_assert_msg(status == (is_ok ? GEMLET_OK : GEMLET_E_FORMAT), "%s: %s: %s", entry->d_name,
                      gemlet_status_name(status), gemlet_last_error());
        ck_assert_int_eq(model != NULL, is_ok);
        gemlet_model_destroy(model);
        n_ok += is_ok;
        n_bad += is_bad;
    }
    closedir(entries);
    ck_assert_int_gt(n_ok, 0);
    ck_assert_int_gt(n_bad, 0);
}
END_TEST

/* A new file each time: some file systems flush one that is truncated and written again. */
static const char *write_damaged(const unsigned char *bytes, size_t n)
{
    remove(temporary_path("damaged.npz"));
    return temporary_file("damaged.npz", bytes, n);
}

/* A file damaged anywhere is refused, or it was damaged where nothing of the model stands. */
static void expect_refused_or_equal(const unsigned char *bytes, size_t n, gemlet_model *original,
                                    size_t place)
{
    gemlet_model *model;
    const gemlet_status status = gemlet_model_load(&model, write_damaged(bytes, n));
    if (status == GEMLET_OK)
        ck_assert_msg(models_equal(model, original), "damage at %zu: loads as another model",
                      place);
    else
        ck_assert_msg(status == GEMLET_E_FORMAT, "damage at %zu: %s: %s", place,
                      gemlet_status_name(status), gemlet_last_error());
    gemlet_model_destroy(model);
}

START_TEST(test_damage)
{
    static const char *const files[] = {"ok-deflated.npz", "ok-stored.npz"};
    static unsigned char bytes[MAX_FILE];
    gemlet_model *original;
    ck_assert_int_eq(gemlet_model_load(&original, corpus_path(files[_i])), GEMLET_OK);
    const size_t n = read_file(corpus_path(files[_i]), bytes);
    for (size_t length = 0; length < n; ++length) {
        gemlet_model *model;
        const char *path = write_damaged(bytes, length);
        ck_assert_int_eq(gemlet_model_load(&model, path), GEMLET_E_FORMAT);
        ck_assert_ptr_null(model);
    }
    for (size_t place = 0; place < n; ++place) {
        static const unsigned char masks[] = {0x01, 0x80, 0xff};
        for (size_t i = 0; i < sizeof masks; ++i) {
            bytes[place] ^= masks[i];
            expect_refused_or_equal(bytes, n, original, place);
            bytes[place] ^= masks[i];
        }
    }
    gemlet_model_destroy(original);
    temporary_remove();
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("npz");
    TCase *archives = tcase_create("archives");
    tcase_add_test(archives, test_archive_round_trip);
    tcase_add_test(archives, test_archive_refuses_text_numpy_would_change);
    tcase_add_test(archives, test_same_content_same_bytes);
    suite_add_tcase(suite, archives);
    TCase *models = tcase_create("models");
    tcase_add_loop_test(models, test_model_round_trip, 0, sizeof specs / sizeof specs[0]);
    tcase_add_test(models, test_save_names_path_it_cannot_write);
    tcase_add_test(models, test_load_no_such_file);
    suite_add_tcase(suite, models);
    TCase *hostile = tcase_create("hostile files");
    tcase_set_timeout(hostile, 60); /* 13,000 small files */
    tcase_add_loop_test(hostile, test_messages, 0, sizeof messages / sizeof messages[0]);
    tcase_add_test(hostile, test_corpus);
    tcase_add_loop_test(hostile, test_damage, 0, 2);
    suite_add_tcase(suite, hostile);
    return suite;
}
