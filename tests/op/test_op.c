/* SPDX-License-Identifier: MIT
 * Compares the operations of a device with the double-precision reference.
 *
 *   test_op [--device SELECTOR] [--kernels auto|cpu|gpu] [--gemm auto|clblast|own] [--small]
 *           [--op PREFIX] [--shape MxN | MxKxN] [--variant NAME] [--layout aligned|tight|gapped]
 *           [--seed N] [--tile 128|64|32] [--splits N] [--launch-fmas N]
 *
 * --op dense means dense_fwd, dense_bwd_w and dense_bwd_x. Without --op, --shape, --variant and
 * --layout every operation runs at all its shapes with all its variants; the layout changes from
 * case to case. Each failure prints the line that repeats just that case. The exit code is the
 * verdict: 0, 1, or 77 if there is no such device and GEMLET_REQUIRE_OPENCL is not 1.
 * --tile and --splits have all products of the GPU kernels made in one way (gm_local_tuning).
 * --launch-fmas has products made in parts of so many multiply-adds (gm_tuning).
 * GEMLET_TEST_SEED gives another seed. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/cpu/cpu_backend.h"
#include "support/op_case.h"
#include "support/op_device.h"

#define EXIT_SKIPPED 77

/* Enough to see a pattern in; a broken kernel fails thousands of times. */
#define MAX_FAILURES_PRINTED 20u

typedef struct arguments {
    gemlet_device_options device;
    const char *kernels;
    const char *gemm;
    const char *op;
    const char *variant;
    int layout; /* -1: changing */
    int has_shape;
    gemlet_dim dims[OP_MAX_DIMS];
    int small;
    uint64_t seed;
    gm_tuning tuning;
} arguments;

typedef struct tally {
    size_t n_cases;
    size_t n_failed;
    double worst;
    const char *worst_tensor;
} tally;

static int usage_error(const char *what, const char *value)
{
    fprintf(stderr, "test_op: %s '%s'\n", what, value);
    return 0;
}

static int find_name(const char *const *names, int n, const char *name)
{
    for (int i = 0; i < n; ++i) {
        if (strcmp(names[i], name) == 0)
            return i;
    }
    return -1;
}

static int parse_number(const char *text, uint64_t *value)
{
    char *end;
    errno = 0;
    *value = strtoull(text, &end, 10);
    return end != text && *end == '\0' && errno == 0;
}

static int parse_shape(const char *text, gemlet_dim dims[OP_MAX_DIMS])
{
    unsigned values[OP_MAX_DIMS] = {0};
    char rest;
    const int n = sscanf(text, "%ux%ux%u%c", &values[0], &values[1], &values[2], &rest);
    for (int i = 0; i < OP_MAX_DIMS; ++i)
        dims[i] = values[i];
    return (n == 2 || n == 3) && values[0] > 0 && values[1] > 0 && (n == 2 || values[2] > 0);
}

static int parse_option(arguments *a, const char *name, const char *value)
{
    static const char *const kernels[] = {"auto", "cpu", "gpu"};
    static const char *const gemms[] = {"auto", "clblast", "own"};
    static const char *const layouts[] = {"aligned", "tight", "gapped"};
    static const char *const tiles[] = {"128", "64", "32"};
    uint64_t number = 0;
    int choice = 0;
    if (strcmp(name, "--device") == 0) {
        a->device.selector = value;
    } else if (strcmp(name, "--op") == 0) {
        a->op = value;
    } else if (strcmp(name, "--variant") == 0) {
        a->variant = value;
    } else if (strcmp(name, "--seed") == 0) {
        choice = parse_number(value, &a->seed) ? 0 : -1;
    } else if (strcmp(name, "--shape") == 0) {
        a->has_shape = 1;
        choice = parse_shape(value, a->dims) ? 0 : -1;
    } else if (strcmp(name, "--tile") == 0) {
        choice = find_name(tiles, 3, value);
        if (choice >= 0)
            a->tuning.local.tile = 128u >> choice;
    } else if (strcmp(name, "--splits") == 0) {
        choice = parse_number(value, &number) && number > 0 && number < 1000 ? 0 : -1;
        a->tuning.local.n_splits = (unsigned)number;
    } else if (strcmp(name, "--launch-fmas") == 0) {
        choice = parse_number(value, &a->tuning.launch_fmas) ? 0 : -1;
    } else if (strcmp(name, "--layout") == 0) {
        a->layout = choice = find_name(layouts, 3, value);
    } else if (strcmp(name, "--kernels") == 0) {
        choice = find_name(kernels, 3, value);
        a->device.kernels = (gemlet_kernels)choice;
        a->kernels = value;
    } else if (strcmp(name, "--gemm") == 0) {
        choice = find_name(gemms, 3, value);
        a->device.gemm = (gemlet_gemm)choice;
        a->gemm = value;
    } else {
        return usage_error("unknown option", name);
    }
    return choice >= 0 ? 1 : usage_error("bad value", value);
}

static int is_chosen(const arguments *a, const op_descriptor *op)
{
    return a->op == NULL || strncmp(op->op->name, a->op, strlen(a->op)) == 0;
}

static int parse_arguments(arguments *a, int argc, char **argv)
{
    const char *seed = getenv("GEMLET_TEST_SEED");
    *a = (arguments){.kernels = "auto", .gemm = "auto", .layout = -1, .seed = 1};
    gemlet_device_options_init(&a->device);
    a->device.selector = "cpu";
    if (seed != NULL && !parse_number(seed, &a->seed))
        return usage_error("bad GEMLET_TEST_SEED", seed);
    for (int i = 1; i < argc; ++i) {
        if (strcmp(argv[i], "--small") == 0) {
            a->small = 1;
            continue;
        }
        if (i + 1 == argc)
            return usage_error("unknown option, or no value for", argv[i]);
        if (!parse_option(a, argv[i], argv[i + 1]))
            return 0;
        ++i;
    }
    for (size_t i = 0; i < GM_N_OPS; ++i) {
        if (is_chosen(a, op_list[i]))
            return 1;
    }
    return usage_error("no operation", a->op);
}

static void print_failure(const arguments *a, const op_case *c, const op_result *result)
{
    printf("FAIL %s\n     test_op --device '%s' --kernels %s --gemm %s --op %s --shape %ux%u",
           result->reason, a->device.selector, a->kernels, a->gemm, c->op->op->name,
           (unsigned)c->dims[0], (unsigned)c->dims[1]);
    if (c->op->n_dims == 3)
        printf("x%u", (unsigned)c->dims[2]);
    if (a->tuning.local.tile != 0)
        printf(" --tile %u", a->tuning.local.tile);
    if (a->tuning.local.n_splits != 0)
        printf(" --splits %u", a->tuning.local.n_splits);
    if (a->tuning.launch_fmas != 0)
        printf(" --launch-fmas %" PRIu64, a->tuning.launch_fmas);
    printf(" --variant %s --layout %s --seed %llu\n", c->variant->name, op_layout_name(c->layout),
           (unsigned long long)c->seed);
}

static void run_case(const arguments *a, op_case *c, gm_backend *device, gm_backend *reference,
                     tally *t)
{
    const op_result result = op_run(c, device, reference);
    if (result.verdict == OP_ABSENT)
        return;
    ++t->n_cases;
    if (result.worst > t->worst) {
        t->worst = result.worst;
        t->worst_tensor = result.worst_tensor;
    }
    if (result.verdict == OP_FAILED && ++t->n_failed <= MAX_FAILURES_PRINTED)
        print_failure(a, c, &result);
}

static void run_variants(const arguments *a, const op_descriptor *op, const gemlet_dim *dims,
                         size_t position, gm_backend *device, gm_backend *reference, tally *t)
{
    for (size_t v = 0; v < op->n_variants; ++v) {
        if (a->variant != NULL && strcmp(a->variant, op->variants[v].name) != 0)
            continue;
        const size_t layout = a->layout >= 0 ? (size_t)a->layout : (position + v) % OP_N_LAYOUTS;
        op_case c = {
            .op = op, .variant = &op->variants[v], .layout = (op_layout)layout, .seed = a->seed};
        memcpy(c.dims, dims, sizeof c.dims);
        run_case(a, &c, device, reference, t);
    }
}

/* Returns 1 if all cases of the operation passed and there was at least one. */
static int run_op(const arguments *a, const op_descriptor *op, gm_backend *device,
                  gm_backend *reference)
{
    tally t = {.worst_tensor = "-"};
    gemlet_dim dims[OP_MAX_DIMS];
    if (a->has_shape) {
        run_variants(a, op, a->dims, 0, device, reference, &t);
    } else {
        for (size_t i = 0; op_shape(op, i, a->small, dims); ++i)
            run_variants(a, op, dims, i, device, reference, &t);
    }
    printf("%-17s %5zu cases, %zu failed; largest error %.3f of its bound (%s)\n", op->op->name,
           t.n_cases, t.n_failed, t.worst, t.worst_tensor);
    fflush(stdout);
    return t.n_failed == 0 && t.n_cases > 0;
}

static int run_all(const arguments *a, gm_backend *device)
{
    gm_backend *reference;
    if (gm_cpu64_backend_create(&reference) != GEMLET_OK) {
        fprintf(stderr, "test_op: %s\n", gemlet_last_error());
        return EXIT_FAILURE;
    }
    printf("%s, GEMM: %s, seed %llu\n", device->info.name, device->gemm_name,
           (unsigned long long)a->seed);
    int passed = 1;
    for (size_t i = 0; i < GM_N_OPS; ++i) {
        if (is_chosen(a, op_list[i]))
            passed &= run_op(a, op_list[i], device, reference);
    }
    gm_backend_destroy(reference);
    return passed ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    arguments a;
    if (!parse_arguments(&a, argc, argv))
        return EXIT_FAILURE;
    op_device device;
    const gemlet_status status = op_device_open(&device, &a.device);
    if (status != GEMLET_OK) {
        fprintf(stderr, "test_op: %s\n%s", gemlet_last_error(), gemlet_last_error_detail());
        const char *required = getenv("GEMLET_REQUIRE_OPENCL");
        const int is_required = required != NULL && strcmp(required, "1") == 0;
        return status == GEMLET_E_DEVICE && !is_required ? EXIT_SKIPPED : EXIT_FAILURE;
    }
    const int is_tuned =
        a.tuning.local.tile != 0 || a.tuning.local.n_splits != 0 || a.tuning.launch_fmas != 0;
    int verdict = EXIT_FAILURE;
    if (!is_tuned || gm_backend_tune(device.backend, &a.tuning) == GEMLET_OK)
        verdict = run_all(&a, device.backend);
    else
        fprintf(stderr, "test_op: %s\n", gemlet_last_error());
    op_device_close(&device);
    return verdict;
}
