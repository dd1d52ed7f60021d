/* SPDX-License-Identifier: MIT
 * Kept programs: they come back, but only whole, and only for what they were compiled for; nothing
 * that is wrong with a file or a directory is a failure. On any OpenCL device; passed over where
 * there is none. */
#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "backend/opencl/program_cache.h"
#include "core/file.h"
#include "support/run_suite.h"
#include "support/temporary.h"

static cl_platform_id platform;
static cl_device_id device;
static cl_context context; /* NULL: no device */
static char directory[512];
static gm_program_cache cache;

static const gemlet_device_info info = {
    .name = "name", .platform = "platform", .version = "version", .driver = "driver"};

static void set_up(void)
{
    cl_int code;
    cl_platform_id platforms[8];
    cl_uint n_platforms = 0;
    const char *required = getenv("GEMLET_REQUIRE_OPENCL");
    context = NULL;
    if (clGetPlatformIDs(8, platforms, &n_platforms) != CL_SUCCESS)
        n_platforms = 0;
    for (cl_uint i = 0; i < n_platforms && i < 8 && context == NULL; ++i) {
        platform = platforms[i];
        if (clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, &device, NULL) == CL_SUCCESS)
            context = clCreateContext(NULL, 1, &device, NULL, NULL, &code);
    }
    ck_assert(context != NULL || required == NULL || strcmp(required, "1") != 0);
    snprintf(directory, sizeof directory, "%s/programs", temporary_directory());
    ck_assert_int_eq(gm_program_cache_create(&cache, directory, platform, &info), GEMLET_OK);
}

static void tear_down(void)
{
    gm_program_cache_destroy(&cache);
    temporary_remove();
    if (context != NULL)
        clReleaseContext(context);
}

static char text[] = "__kernel void fill(__global float *x) { x[get_global_id(0)] = 2.0f; }\n";
static char *texts[] = {text};
static const gm_program_source source = {"-cl-std=CL1.2", texts, 1};

/* Builds and releases; returns 1 if the program was found. *path, if wanted: its file. */
static int build_once(const gm_program_cache *in, const gm_program_source *of, char *path)
{
    gm_kept_program program;
    cl_int code;
    ck_assert_msg(gm_program_cache_build(&program, in, context, device, of) == GEMLET_OK, "%s",
                  gemlet_last_error());
    const int is_found = program.key == NULL;
    if (path != NULL && !is_found) {
        char *name;
        ck_assert_int_eq(gm_kept_path(&name, directory, &gm_program_kind, program.key), GEMLET_OK);
        snprintf(path, 512, "%s", name);
        free(name);
    }
    cl_kernel kernel = clCreateKernel(program.handle, "fill", &code);
    ck_assert_int_eq(code, CL_SUCCESS);
    clReleaseKernel(kernel);
    gm_program_cache_release(&program, in, 1);
    return is_found;
}

static unsigned count_files(void)
{
    unsigned n = 0;
    DIR *entries = opendir(directory);
    if (entries == NULL)
        return 0;
    for (struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries))
        n += entry->d_name[0] != '.';
    closedir(entries);
    return n;
}

START_TEST(a_program_comes_back)
{
    if (context == NULL)
        return;
    ck_assert(!build_once(&cache, &source, NULL));
    ck_assert_uint_eq(count_files(), 1);
    ck_assert(build_once(&cache, &source, NULL));
    ck_assert_uint_eq(count_files(), 1);

    gm_kept_program program;
    const gm_program_cache none = {0};
    ck_assert_int_eq(gm_program_cache_build(&program, &none, context, device, &source), GEMLET_OK);
    ck_assert(program.handle != NULL && program.key == NULL);
    gm_program_cache_release(&program, &none, 1);
    gm_program_source other = source;
    snprintf(other.options, sizeof other.options, "-DOTHER");
    ck_assert_int_eq(gm_program_cache_build(&program, &cache, context, device, &other), GEMLET_OK);
    gm_program_cache_release(&program, &cache, 0); /* its device failed */
    ck_assert_uint_eq(count_files(), 1);
}
END_TEST

START_TEST(a_program_does_not_compile)
{
    char wrong[] = "this is no kernel";
    char *wrong_texts[] = {wrong};
    const gm_program_source broken = {"", wrong_texts, 1};
    gm_kept_program program;
    if (context == NULL)
        return;
    ck_assert_int_eq(gm_program_cache_build(&program, &cache, context, device, &broken),
                     GEMLET_E_BUILD);
    ck_assert(program.handle == NULL && program.key == NULL);
}
END_TEST

/* Each of what a program depends on makes another file; and a file under the wrong name is not
 * taken. */
START_TEST(programs_are_told_apart)
{
    if (context == NULL)
        return;
    char path[512];
    char other_path[512];
    ck_assert(!build_once(&cache, &source, path));

    char other_text[sizeof text];
    memcpy(other_text, text, sizeof text);
    *strchr(other_text, '2') = '3';
    char *other_texts[] = {other_text};
    gm_program_source others[2] = {source, source};
    snprintf(others[0].options, sizeof others[0].options, "-cl-std=CL1.2 -DOTHER");
    others[1].texts = other_texts;
    for (unsigned i = 0; i < 2; ++i) {
        ck_assert(!build_once(&cache, &others[i], other_path));
        ck_assert_str_ne(path, other_path);
        ck_assert_int_eq(rename(path, other_path), 0);
        ck_assert(!build_once(&cache, &others[i], NULL));
        ck_assert(!build_once(&cache, &source, NULL));
    }
    gemlet_device_info changed[4] = {info, info, info, info};
    changed[0].name = "other";
    changed[1].platform = "other";
    changed[2].version = "other";
    changed[3].driver = "other";
    for (unsigned i = 0; i < 4; ++i) {
        gm_program_cache other;
        ck_assert_int_eq(gm_program_cache_create(&other, directory, platform, &changed[i]),
                         GEMLET_OK);
        ck_assert(!build_once(&other, &source, NULL));
        gm_program_cache_destroy(&other);
    }
}
END_TEST

/* The program is compiled although the file is there, and whole again afterwards. */
static void expect_rebuilt(const char *path, const void *bytes, size_t n_bytes, const char *what)
{
    ck_assert_int_eq(gm_file_write(path, bytes, n_bytes), GEMLET_OK);
    ck_assert_msg(!build_once(&cache, &source, NULL), "taken although %s", what);
    ck_assert_msg(build_once(&cache, &source, NULL), "not replaced when %s", what);
}

START_TEST(damaged_files_are_replaced)
{
    if (context == NULL)
        return;
    char path[512];
    ck_assert(!build_once(&cache, &source, path));
    size_t n_bytes;
    char *whole = read_whole_file(path, &n_bytes);
    /* In the key, in the binary, in the line of the hash. */
    const size_t positions[] = {
        0, 20, n_bytes / 2, n_bytes - 23, n_bytes - 22, n_bytes - 10, n_bytes - 1};
    for (size_t i = 0; i < sizeof positions / sizeof positions[0]; ++i) {
        whole[positions[i]] ^= 1;
        expect_rebuilt(path, whole, n_bytes, "a byte is changed");
        whole[positions[i]] ^= 1;
    }
    expect_rebuilt(path, whole, n_bytes + 1, "a byte follows");
    expect_rebuilt(path, whole, n_bytes - 1, "a byte is missing");
    expect_rebuilt(path, whole, n_bytes / 2, "half is missing");
    expect_rebuilt(path, whole, 10, "nearly all is missing");
    expect_rebuilt(path, whole, 0, "it is empty");
    /* Nothing is wrong with the file, but the driver does not know its own binary. */
    char *binary = whole;
    while (memcmp(binary, "\nsources ", 9) != 0)
        ++binary;
    binary = strchr(binary + 1, '\n') + 1;
    *binary = '\0';
    ck_assert_int_eq(
        gm_kept_store(directory, &gm_program_kind, whole, "no binary of any driver", 24),
        GEMLET_OK);
    ck_assert_msg(!build_once(&cache, &source, NULL), "taken although the driver refuses it");
    ck_assert(build_once(&cache, &source, NULL));
    free(whole);
}
END_TEST

START_TEST(places_where_nothing_can_be_kept)
{
    if (context == NULL)
        return;
    char below_a_file[600];
    gm_program_cache other;
    snprintf(below_a_file, sizeof below_a_file, "%s/programs", temporary_file("file", "", 0));
    ck_assert_int_eq(gm_program_cache_create(&other, below_a_file, platform, &info), GEMLET_OK);
    ck_assert(!build_once(&other, &source, NULL));
    ck_assert(!build_once(&other, &source, NULL));
    gm_program_cache_destroy(&other);

    char path[512];
    ck_assert(!build_once(&cache, &source, path));
    ck_assert_int_eq(remove(path), 0);
    ck_assert_int_eq(gm_directory_create(path), GEMLET_OK); /* a directory in its place */
    ck_assert(!build_once(&cache, &source, NULL));
    ck_assert(!build_once(&cache, &source, NULL));
}
END_TEST

START_TEST(old_programs_make_room)
{
    if (context == NULL)
        return;
    char path[600];
    ck_assert_int_eq(gm_directory_create(directory), GEMLET_OK);
    for (unsigned i = 0; i < 70; ++i) {
        const struct timespec times[2] = {{.tv_sec = 1000 + i}, {.tv_sec = 1000 + i}};
        snprintf(path, sizeof path, "%s/program-%u.bin", directory, i);
        ck_assert_int_eq(gm_file_write(path, "x", 1), GEMLET_OK);
        ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
    }
    snprintf(path, sizeof path, "%s/other", directory);
    ck_assert_int_eq(gm_file_write(path, "x", 1), GEMLET_OK);
    ck_assert(!build_once(&cache, &source, NULL));
    ck_assert_uint_eq(count_files(), 65);
    ck_assert(gm_file_exists(path));
    snprintf(path, sizeof path, "%s/program-6.bin", directory);
    ck_assert(!gm_file_exists(path));
    snprintf(path, sizeof path, "%s/program-7.bin", directory);
    ck_assert(gm_file_exists(path));
    ck_assert(build_once(&cache, &source, NULL));
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("program_cache");
    TCase *tests = tcase_create("all");
    tcase_set_timeout(tests, 100);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_program_comes_back);
    tcase_add_test(tests, a_program_does_not_compile);
    tcase_add_test(tests, programs_are_told_apart);
    tcase_add_test(tests, damaged_files_are_replaced);
    tcase_add_test(tests, places_where_nothing_can_be_kept);
    tcase_add_test(tests, old_programs_make_room);
    suite_add_tcase(suite, tests);
    return suite;
}
