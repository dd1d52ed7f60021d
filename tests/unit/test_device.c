/* SPDX-License-Identifier: MIT
 * Which device a selector means, on made-up lists; the list and the opening of devices on this
 * machine; a kernel that does not compile. Tests that open an OpenCL device pass over machines
 * without one unless GEMLET_REQUIRE_OPENCL is 1. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/device.h"
#include "backend/device_select.h"
#include "backend/opencl/kernel_sources.h"
#include "gemlet/device.h"
#include "support/run_suite.h"
#include "support/temporary.h"

#define N_INFOS 7

/* ---- made-up lists ----------------------------------------------------------------------------
 */

static gemlet_device_info make_info(int index, gemlet_device_type type, const char *name,
                                    const char *platform, const char *unusable_reason)
{
    return (gemlet_device_info){.index = index,
                                .type = type,
                                .name = name,
                                .vendor = "",
                                .platform = platform,
                                .version = "",
                                .driver = "",
                                .usable = unusable_reason[0] == '\0',
                                .unusable_reason = unusable_reason};
}

/* Two GPUs with one name, one whose name contains it, a broken one, a CPU device, an accelerator,
 * and the CPU path. */
static void make_list(gemlet_device_info infos[N_INFOS])
{
    infos[0] = make_info(0, GEMLET_DEVICE_OPENCL_CPU, "pthread-x86", "Portable", "");
    infos[1] = make_info(1, GEMLET_DEVICE_GPU, "Old GPU", "Acme", "it has no compiler");
    infos[2] = make_info(2, GEMLET_DEVICE_GPU, "Rocket", "Acme", "");
    infos[3] = make_info(3, GEMLET_DEVICE_GPU, "Rocket Ultra", "Acme", "");
    infos[4] = make_info(4, GEMLET_DEVICE_ACCELERATOR, "Twin", "Other", "");
    infos[5] = make_info(5, GEMLET_DEVICE_ACCELERATOR, "Twin", "Other", "");
    infos[6] = make_info(-1, GEMLET_DEVICE_CPU_PATH, "CPU path", "built in", "");
}

/* The selector means `position`, and the reason contains `reason`. */
static void assert_selects(const gemlet_device_info *infos, size_t n_infos, const char *selector,
                           size_t position, const char *reason)
{
    size_t found = 12345;
    char *why = NULL;
    const gemlet_status status = gm_device_select(&found, &why, infos, n_infos, selector);
    ck_assert_msg(status == GEMLET_OK, "%s: %s", selector, gemlet_last_error());
    ck_assert_msg(found == position, "%s: position %zu, expected %zu", selector, found, position);
    ck_assert_msg(strstr(why, reason) != NULL, "%s: '%s' lacks '%s'", selector, why, reason);
    ck_assert_ptr_null(strchr(why, '\n'));
    free(why);
}

/* The selector is refused, and the message contains both texts. */
static void assert_refuses(const gemlet_device_info *infos, size_t n_infos, const char *selector,
                           const char *text, const char *other_text)
{
    size_t found = 0;
    char *why = NULL;
    const gemlet_status status = gm_device_select(&found, &why, infos, n_infos, selector);
    ck_assert_int_eq(status, GEMLET_E_DEVICE);
    ck_assert_ptr_null(why);
    ck_assert_msg(strstr(gemlet_last_error(), text) != NULL, "'%s' lacks '%s'", gemlet_last_error(),
                  text);
    ck_assert_msg(strstr(gemlet_last_error(), other_text) != NULL, "'%s' lacks '%s'",
                  gemlet_last_error(), other_text);
}

START_TEST(test_select_auto)
{
    gemlet_device_info infos[N_INFOS];
    make_list(infos);
    assert_selects(infos, N_INFOS, "auto", 2, "the best usable GPU");
    assert_selects(infos, N_INFOS, "Auto", 2, "the best usable GPU");
    infos[2].usable = infos[3].usable = 0;
    assert_selects(infos, N_INFOS, "auto", 0, "no usable GPU, the first usable OpenCL CPU device");
    infos[0].usable = 0;
    assert_selects(infos, N_INFOS, "auto", 6, "CPU path: no usable OpenCL GPU or CPU device");
    assert_selects(&infos[6], 1, "auto", 0, "no usable OpenCL GPU or CPU device");
    infos[6].usable = 0;
    assert_selects(infos, N_INFOS, "auto", 4, "no other usable device than accelerators");
}
END_TEST

/* Memory of its own first, then compute units x clock, then the order of the list. */
START_TEST(test_select_best_gpu)
{
    gemlet_device_info infos[N_INFOS];
    make_list(infos);
    infos[1].usable = 1;
    infos[1].compute_units = infos[2].compute_units = infos[3].compute_units = 8;
    infos[1].clock_mhz = infos[2].clock_mhz = infos[3].clock_mhz = 1000;
    assert_selects(infos, N_INFOS, "auto", 1, "Old GPU");
    infos[3].clock_mhz = 1001;
    assert_selects(infos, N_INFOS, "auto", 3, "Rocket Ultra");
    infos[1].compute_units = 9;
    assert_selects(infos, N_INFOS, "gpu", 1, "the best usable one");
    infos[1].shares_host_memory = infos[3].shares_host_memory = 1;
    assert_selects(infos, N_INFOS, "gpu", 2, "Rocket");
    infos[2].usable = 0;
    assert_selects(infos, N_INFOS, "auto", 1, "Old GPU");
    infos[1].clock_mhz = 0; /* unknown */
    assert_selects(infos, N_INFOS, "auto", 3, "Rocket Ultra");
}
END_TEST

START_TEST(test_select_type)
{
    gemlet_device_info infos[N_INFOS];
    make_list(infos);
    assert_selects(infos, N_INFOS, "gpu", 2, "Rocket");
    assert_selects(infos, N_INFOS, "opencl-cpu", 0, "pthread-x86");
    assert_selects(infos, N_INFOS, "accelerator", 4, "device 4, Twin");
    assert_selects(infos, N_INFOS, "cpu", 6, "CPU path");
    assert_selects(infos, N_INFOS, "reference", GM_DEVICE_SELECT_REFERENCE, "double-precision");
    assert_refuses(&infos[6], 1, "gpu", "no device is of this type", "'CPU path' (cpu)");
    assert_refuses(&infos[1], 1, "gpu", "'Old GPU' on Acme", "it has no compiler");
}
END_TEST

START_TEST(test_select_index)
{
    gemlet_device_info infos[N_INFOS];
    make_list(infos);
    assert_selects(infos, N_INFOS, "3", 3, "Rocket Ultra");
    assert_selects(infos, N_INFOS, "005", 5, "Twin");
    assert_refuses(infos, N_INFOS, "1", "'Old GPU' on Acme", "it has no compiler");
    assert_refuses(infos, N_INFOS, "6", "no device has this index", "0 'pthread-x86' (opencl-cpu)");
    assert_refuses(infos, N_INFOS, "18446744073709551616", "no device has this index", "Twin");
    assert_refuses(infos, N_INFOS, "18446744073709551619", "no device has this index", "Twin");
}
END_TEST

START_TEST(test_select_name)
{
    gemlet_device_info infos[N_INFOS];
    make_list(infos);
    assert_selects(infos, N_INFOS, "rocket", 2, "the name asked for");
    assert_selects(infos, N_INFOS, "ULTRA", 3, "matches the text");
    assert_selects(infos, N_INFOS, "portable", 0, "matches the text");
    assert_refuses(infos, N_INFOS, "rock", "2 devices match", "2 'Rocket' (gpu), 3 'Rocket Ultra'");
    assert_refuses(infos, N_INFOS, "Twin", "2 devices match", "4 'Twin' (accelerator), 5 'Twin'");
    assert_refuses(infos, N_INFOS, "old", "'Old GPU' on Acme", "it has no compiler");
    assert_refuses(infos, N_INFOS, "warp", "no name or platform contains this text",
                   "1 'Old GPU' (gpu, unusable: it has no compiler)");
    assert_refuses(infos, N_INFOS, "Rocket UltraX", "no name or platform", "CPU path");
    assert_refuses(infos, N_INFOS, "", "the selector is empty", "Twin");
    assert_refuses(infos, N_INFOS, "-1", "no name or platform", "Twin");
    /* A device that cannot be used does not make a text ambiguous. */
    infos[3].usable = 0;
    assert_selects(infos, N_INFOS, "rock", 2, "matches the text");
    assert_selects(infos, N_INFOS, "acme", 2, "matches the text");
}
END_TEST

START_TEST(test_long_list_is_cut)
{
    char name[200];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    gemlet_device_info infos[40];
    for (int i = 0; i < 40; ++i)
        infos[i] = make_info(i, GEMLET_DEVICE_GPU, name, "Acme", "");
    assert_refuses(infos, 40, name, "40 devices match", "an index tells them apart");
    assert_refuses(infos, 40, "x", "no name or platform", "0 'nnn");
}
END_TEST

/* ---- this machine -----------------------------------------------------------------------------
 */

/* Position of a usable OpenCL device, or -1. */
static int find_opencl_device(void)
{
    gemlet_device_list *list = NULL;
    int found = -1;
    ck_assert_int_eq(gemlet_device_list_create(&list), GEMLET_OK);
    for (size_t i = 0; i < gemlet_device_list_count(list) && found < 0; ++i) {
        const gemlet_device_info *info = gemlet_device_list_get(list, i);
        if (info->usable && info->index >= 0)
            found = info->index;
    }
    gemlet_device_list_destroy(list);
    const char *required = getenv("GEMLET_REQUIRE_OPENCL");
    ck_assert_msg(found >= 0 || required == NULL || strcmp(required, "1") != 0,
                  "no usable OpenCL device, and GEMLET_REQUIRE_OPENCL is 1");
    return found;
}

START_TEST(test_list)
{
    gemlet_device_list *list = NULL;
    ck_assert_int_eq(gemlet_device_list_create(&list), GEMLET_OK);
    const size_t n = gemlet_device_list_count(list);
    ck_assert_uint_ge(n, 1);
    for (size_t i = 0; i < n; ++i) {
        const gemlet_device_info *info = gemlet_device_list_get(list, i);
        ck_assert_int_eq(info->index, i + 1 < n ? (int)i : -1);
        ck_assert_str_ne(info->name, "");
        ck_assert_int_eq(info->usable, info->unusable_reason[0] == '\0');
    }
    const gemlet_device_info *last = gemlet_device_list_get(list, n - 1);
    ck_assert_int_eq(last->type, GEMLET_DEVICE_CPU_PATH);
    ck_assert_int_eq(last->usable, 1);
    ck_assert_ptr_null(gemlet_device_list_get(list, n));
    ck_assert_ptr_null(strchr(gemlet_device_list_note(list), '\n'));
    gemlet_device_list_destroy(list);
    gemlet_device_list_destroy(NULL);
}
END_TEST

START_TEST(test_open_bad_selector)
{
    gemlet_device_options options;
    gemlet_device_options_init(&options);
    gemlet_device *device = (gemlet_device *)&options;
    options.selector = "no such device anywhere";
    ck_assert_int_eq(gemlet_device_open(&device, &options), GEMLET_E_DEVICE);
    ck_assert_ptr_null(device);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "no such device anywhere"));
    options.selector = "99";
    ck_assert_int_eq(gemlet_device_open(&device, &options), GEMLET_E_DEVICE);
    options.selector = NULL;
    ck_assert_int_eq(gemlet_device_open(&device, &options), GEMLET_E_DEVICE);
    gemlet_device_close(NULL);
}
END_TEST

static void assert_opens(const char *selector, gemlet_kernels kernels, gemlet_gemm gemm,
                         const char *gemm_name)
{
    gemlet_device_options options;
    gemlet_device_options_init(&options);
    gemlet_device *device = NULL;
    options.selector = selector;
    options.kernels = kernels;
    options.gemm = gemm;
    const gemlet_status status = gemlet_device_open(&device, &options);
    ck_assert_msg(status == GEMLET_OK, "%s: %s", gemlet_last_error(), gemlet_last_error_detail());
    ck_assert_ptr_nonnull(strstr(gemlet_device_gemm_name(device), gemm_name));
    ck_assert_str_ne(gemlet_device_get_info(device)->name, "");
    ck_assert_str_ne(gemlet_device_choice(device), "");
    gemlet_device_close(device);
}

START_TEST(test_open)
{
    assert_opens("cpu", GEMLET_KERNELS_AUTO, GEMLET_GEMM_AUTO, "CBLAS");
    assert_opens("reference", GEMLET_KERNELS_AUTO, GEMLET_GEMM_AUTO, "");
    const int index = find_opencl_device();
    if (index < 0)
        return;
    char selector[16];
    snprintf(selector, sizeof selector, "%d", index);
    assert_opens(selector, GEMLET_KERNELS_CPU, GEMLET_GEMM_OWN, "own tile kernels");
    assert_opens(selector, GEMLET_KERNELS_GPU, GEMLET_GEMM_OWN, "own local-memory kernels");
    assert_opens(selector, GEMLET_KERNELS_AUTO, GEMLET_GEMM_CLBLAST, "CLBlast");
    assert_opens("auto", GEMLET_KERNELS_AUTO, GEMLET_GEMM_AUTO, "");
}
END_TEST

/* The list of GEMMs is CLBlast, own kernels, and nothing behind them. */
START_TEST(test_next_gemm)
{
    const int index = find_opencl_device();
    if (index < 0)
        return;
    char selector[16];
    snprintf(selector, sizeof selector, "%d", index);
    gemlet_device_options options;
    gemlet_device_options_init(&options);
    gemlet_device *device = NULL;
    options.selector = selector;
    options.gemm = GEMLET_GEMM_CLBLAST;
    ck_assert_int_eq(gemlet_device_open(&device, &options), GEMLET_OK);
    gm_backend *backend = gm_device_backend(device);
    ck_assert_ptr_nonnull(backend->kernels_id);
    ck_assert_ptr_nonnull(strstr(gemlet_device_gemm_name(device), "CLBlast"));
    ck_assert_int_eq(gm_backend_next_gemm(backend), GEMLET_OK);
    ck_assert_ptr_nonnull(strstr(gemlet_device_gemm_name(device), "own "));
    ck_assert_int_eq(gm_backend_next_gemm(backend), GEMLET_E_DEVICE);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "no other GEMM"));
    ck_assert_ptr_nonnull(strstr(gemlet_device_gemm_name(device), "own "));
    gemlet_device_close(device);

    options.selector = "cpu";
    ck_assert_int_eq(gemlet_device_open(&device, &options), GEMLET_OK);
    ck_assert_int_eq(gm_backend_next_gemm(gm_device_backend(device)), GEMLET_E_DEVICE);
    gemlet_device_close(device);
}
END_TEST

static void write_kernel_file(const gm_kernel_source *source, const char *broken_text)
{
    const char *text = strcmp(source->name, "update.cl") == 0 ? broken_text : "";
    temporary_file(source->name, text, strlen(text));
}

/* Writes every file that programs are made of, empty, and a broken one among them. */
static void write_kernel_files(const char *broken_text)
{
    for (size_t i = 0; i < gm_n_kernel_sources; ++i)
        write_kernel_file(&gm_kernel_sources[i], broken_text);
    for (size_t i = 0; i < gm_n_fused_sources; ++i)
        write_kernel_file(&gm_fused_sources[i], broken_text);
}

START_TEST(test_build_failure)
{
    const int index = find_opencl_device();
    if (index < 0)
        return;
    char selector[16];
    snprintf(selector, sizeof selector, "%d", index);
    gemlet_device_options options;
    gemlet_device_options_init(&options);
    gemlet_device *device = NULL;
    options.selector = selector;
    ck_assert_int_eq(setenv("GEMLET_KERNEL_DIR", temporary_directory(), 1), 0);

    ck_assert_int_eq(gemlet_device_open(&device, &options), GEMLET_E_IO);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "common.cl"));

    write_kernel_files("__kernel void sgd_step(void)\n{\n    undeclared_thing = 1;\n}\n");
    ck_assert_int_eq(gemlet_device_open(&device, &options), GEMLET_OK);
    gm_backend *backend = gm_device_backend(device);
    gm_buffer *values;
    ck_assert_int_eq(gm_backend_alloc(backend, &values, GM_REAL, 8 + GM_RECORD_SIZE, "values"),
                     GEMLET_OK);
    const gm_sgd_step_args step = {.parameters = {values, 0, 4},
                                   .gradients = {values, 4, 4},
                                   .record = {values, 8, GM_RECORD_SIZE}};
    ck_assert_int_eq(gm_sgd_step(backend, &step), GEMLET_E_BUILD);
    ck_assert_ptr_null(strchr(gemlet_last_error(), '\n'));
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "undeclared_thing"));
    ck_assert_ptr_nonnull(strstr(gemlet_last_error_detail(), "undeclared_thing"));
    ck_assert_ptr_nonnull(strstr(gemlet_last_error_detail(), "update.cl:3"));
    ck_assert_int_eq(gm_sgd_step(backend, &step), GEMLET_E_BUILD);
    gm_backend_free(backend, values);
    gemlet_device_close(device);

    ck_assert_int_eq(unsetenv("GEMLET_KERNEL_DIR"), 0);
    temporary_remove();
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("device");
    TCase *selection = tcase_create("selection");
    tcase_add_test(selection, test_select_auto);
    tcase_add_test(selection, test_select_best_gpu);
    tcase_add_test(selection, test_select_type);
    tcase_add_test(selection, test_select_index);
    tcase_add_test(selection, test_select_name);
    tcase_add_test(selection, test_long_list_is_cut);
    suite_add_tcase(suite, selection);
    TCase *machine = tcase_create("machine");
    tcase_set_timeout(machine, 120); /* opening builds kernels */
    tcase_add_test(machine, test_list);
    tcase_add_test(machine, test_open_bad_selector);
    tcase_add_test(machine, test_open);
    tcase_add_test(machine, test_next_gemm);
    tcase_add_test(machine, test_build_failure);
    suite_add_tcase(suite, machine);
    return suite;
}
