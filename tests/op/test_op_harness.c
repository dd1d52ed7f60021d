/* SPDX-License-Identifier: MIT
 * Tests that the operation tests catch what they are for: an operation is made to err in one way at
 * a time, and the case must fail with the reason that fits. */
#include <check.h>
#include <math.h>
#include <string.h>

#include "backend/cpu/cpu_backend.h"
#include "support/compare.h"
#include "support/op_case.h"
#include "support/run_suite.h"
#include "verify/numeric.h"

/* Place of y among the operands of dense_fwd's descriptor. */
#define TENSOR_Y 3

typedef enum fault_kind {
    FAULT_NONE,
    FAULT_WITHIN_BOUND, /* an element off by half its bound: no fault at all */
    FAULT_BEYOND_BOUND, /* by twice its bound */
    FAULT_NAN,
    FAULT_UNWRITTEN,
    FAULT_BEFORE,
    FAULT_BEHIND,
    FAULT_GAP,
    FAULT_INPUT,
    FAULT_OTHER_BITS, /* within its bound, but another value on the second call */
    FAULT_STATUS,
    FAULT_MOST_ZERO,
    FAULT_ALL_EQUAL
} fault_kind;

static fault_kind fault;
static const op_case *running_case;
static unsigned n_calls;
static gemlet_status (*true_dense_fwd)(gm_backend *, const gm_dense_fwd_args *);
static gm_backend_ops faulty_ops;

static float peek(gm_backend *backend, const gm_matrix *m, size_t position)
{
    float value;
    ck_assert_int_eq(gm_backend_download(backend, m->buffer, position, 1, &value), GEMLET_OK);
    return value;
}

static void poke(gm_backend *backend, const gm_matrix *m, size_t position, float value)
{
    ck_assert_int_eq(gm_backend_upload(backend, m->buffer, position, 1, &value), GEMLET_OK);
}

static void fill_output(gm_backend *backend, const gm_matrix *y, float value)
{
    for (size_t i = 0; i < y->rows; ++i) {
        for (size_t n = 0; n < y->cols; ++n)
            poke(backend, y, y->offset + i * y->ld + n, value);
    }
}

/* Does the operation and then the damage. The damaged element is row 1, column 2. */
static gemlet_status faulty_dense_fwd(gm_backend *backend, const gm_dense_fwd_args *args)
{
    const gm_matrix *y = &args->y;
    const size_t position = y->offset + y->ld + 2;
    const op_tensor *expected = &running_case->tensors[TENSOR_Y];
    const double ref = expected->ref[y->cols + 2];
    const double bound = expected->bound[y->cols + 2];
    const float before = peek(backend, y, position);
    ck_assert_int_eq(true_dense_fwd(backend, args), GEMLET_OK);
    ++n_calls;
    switch (fault) {
    case FAULT_NONE:
        break;
    case FAULT_WITHIN_BOUND:
        poke(backend, y, position, (float)(ref + 0.5 * bound));
        break;
    case FAULT_BEYOND_BOUND:
        poke(backend, y, position, (float)(ref + 2 * bound));
        break;
    case FAULT_NAN:
        poke(backend, y, position, NAN);
        break;
    case FAULT_UNWRITTEN:
        poke(backend, y, position, before);
        break;
    case FAULT_BEFORE:
        poke(backend, y, y->offset - 1, 0);
        break;
    case FAULT_BEHIND:
        poke(backend, y, y->offset + (y->rows - 1) * y->ld + y->cols, 0);
        break;
    case FAULT_GAP:
        poke(backend, y, y->offset + y->cols, 0);
        break;
    case FAULT_INPUT:
        poke(backend, &args->x, args->x.offset, 12345);
        break;
    case FAULT_OTHER_BITS:
        poke(backend, y, position, (float)(ref + (n_calls % 2 == 0 ? 0.5 : -0.5) * bound));
        break;
    case FAULT_STATUS:
        return gm_error(GEMLET_E_DEVICE, "the device is on fire");
    case FAULT_MOST_ZERO:
        fill_output(backend, y, 0);
        poke(backend, y, position, 1);
        break;
    case FAULT_ALL_EQUAL:
        fill_output(backend, y, 3);
        break;
    }
    return GEMLET_OK;
}

static void make_faulty(gm_backend *backend)
{
    faulty_ops = *backend->ops;
    true_dense_fwd = faulty_ops.dense_fwd;
    faulty_ops.dense_fwd = faulty_dense_fwd;
    backend->ops = &faulty_ops;
}

/* Runs one case of dense_fwd; the fault is in the device or in the reference. */
static op_result run_with_fault(fault_kind kind, op_layout layout, int in_reference)
{
    gm_backend *device;
    gm_backend *reference;
    ck_assert_int_eq(gm_cpu32_backend_create(&device), GEMLET_OK);
    ck_assert_int_eq(gm_cpu64_backend_create(&reference), GEMLET_OK);
    make_faulty(in_reference ? reference : device);
    fault = kind;
    n_calls = 0;
    op_case c = {.op = op_find("dense_fwd"), .dims = {17, 33, 7}, .layout = layout, .seed = 1};
    ck_assert_ptr_nonnull(c.op);
    for (size_t i = 0; i < c.op->n_variants; ++i) {
        if (strcmp(c.op->variants[i].name, "random-bias-tanh") == 0)
            c.variant = &c.op->variants[i];
    }
    ck_assert_ptr_nonnull(c.variant);
    running_case = &c;
    const op_result result = op_run(&c, device, reference);
    ck_assert_uint_gt(n_calls, 0);
    gm_backend_destroy(device);
    gm_backend_destroy(reference);
    return result;
}

static void expect_failure(op_result result, const char *reason)
{
    ck_assert_int_eq(result.verdict, OP_FAILED);
    ck_assert_msg(strstr(result.reason, reason) != NULL, "reason is '%s', expected '%s'",
                  result.reason, reason);
}

START_TEST(a_right_operation_passes)
{
    for (int layout = 0; layout < OP_N_LAYOUTS; ++layout) {
        const op_result result = run_with_fault(FAULT_NONE, (op_layout)layout, 0);
        ck_assert_msg(result.verdict == OP_PASSED, "%s", result.reason);
        ck_assert_double_gt(result.worst, 0);
        ck_assert_double_le(result.worst, 1);
    }
    const op_result result = run_with_fault(FAULT_WITHIN_BOUND, OP_LAYOUT_TIGHT, 0);
    ck_assert_msg(result.verdict == OP_PASSED, "%s", result.reason);
}
END_TEST

START_TEST(a_wrong_element_is_caught)
{
    const op_result result = run_with_fault(FAULT_BEYOND_BOUND, OP_LAYOUT_GAPPED, 0);
    expect_failure(result, "y: 1 of 119 wrong, first at row 1, column 2");
    ck_assert_double_gt(result.worst, 1.5);
    expect_failure(run_with_fault(FAULT_NAN, OP_LAYOUT_ALIGNED, 0), "y: 1 of 119 wrong");
}
END_TEST

START_TEST(an_unwritten_element_is_caught)
{
    for (int layout = 0; layout < OP_N_LAYOUTS; ++layout)
        expect_failure(run_with_fault(FAULT_UNWRITTEN, (op_layout)layout, 0), "y: 1 of 119 wrong");
}
END_TEST

START_TEST(a_write_outside_the_view_is_caught)
{
    const char *reason = "y: write outside the view";
    for (int layout = 0; layout < OP_N_LAYOUTS; ++layout) {
        expect_failure(run_with_fault(FAULT_BEFORE, (op_layout)layout, 0), reason);
        expect_failure(run_with_fault(FAULT_BEHIND, (op_layout)layout, 0), reason);
    }
    expect_failure(run_with_fault(FAULT_GAP, OP_LAYOUT_GAPPED, 0), reason);
    expect_failure(run_with_fault(FAULT_GAP, OP_LAYOUT_ALIGNED, 0), reason);
}
END_TEST

START_TEST(a_changed_input_is_caught)
{
    expect_failure(run_with_fault(FAULT_INPUT, OP_LAYOUT_TIGHT, 0), "x: input changed");
}
END_TEST

START_TEST(other_bits_on_a_second_run_are_caught)
{
    expect_failure(run_with_fault(FAULT_OTHER_BITS, OP_LAYOUT_TIGHT, 0), "y: a second run");
}
END_TEST

START_TEST(a_failing_call_is_caught)
{
    expect_failure(run_with_fault(FAULT_STATUS, OP_LAYOUT_TIGHT, 0), "the device is on fire");
}
END_TEST

START_TEST(a_reference_that_shows_nothing_is_caught)
{
    expect_failure(run_with_fault(FAULT_ALL_EQUAL, OP_LAYOUT_TIGHT, 1),
                   "y: mistrusted: all elements of the reference are equal");
    expect_failure(run_with_fault(FAULT_MOST_ZERO, OP_LAYOUT_TIGHT, 1),
                   "y: mistrusted: most elements of the reference are zero");
}
END_TEST

START_TEST(the_comparator_accepts_up_to_the_bound)
{
    const double ref[] = {1, 2, 3};
    const double bound[] = {0.5, 0.5, 0};
    const double exact[] = {1.5, 1.5, 3};
    ck_assert_uint_eq(compare(exact, ref, bound, 3, 0).n_wrong, 0);
    const double off[] = {1, 2.75, 3.0000001};
    const comparison outcome = compare(off, ref, bound, 3, 0);
    ck_assert_uint_eq(outcome.n_wrong, 2);
    ck_assert_uint_eq(outcome.first_wrong, 1);
    ck_assert_double_eq(outcome.worst, 1.5);
}
END_TEST

START_TEST(the_comparator_accepts_nan_only_where_allowed)
{
    const double numbers[] = {1};
    const double nans[] = {(double)NAN};
    const double bound[] = {1e300};
    const double infinite[] = {(double)INFINITY};
    ck_assert_uint_eq(compare(nans, numbers, bound, 1, 0).n_wrong, 1);
    ck_assert_uint_eq(compare(nans, numbers, bound, 1, 1).n_wrong, 1);
    ck_assert_uint_eq(compare(numbers, nans, bound, 1, 1).n_wrong, 1);
    ck_assert_uint_eq(compare(nans, nans, bound, 1, 0).n_wrong, 1);
    ck_assert_uint_eq(compare(nans, nans, bound, 1, 1).n_wrong, 0);
    ck_assert_uint_eq(compare(infinite, infinite, bound, 1, 1).n_wrong, 1);
}
END_TEST

START_TEST(units_are_those_of_float)
{
    ck_assert_double_eq(gm_ulp(1), 0x1p-23);
    ck_assert_double_eq(gm_ulp(-1.999), 0x1p-23);
    ck_assert_double_eq(gm_ulp(2), 0x1p-22);
    ck_assert_double_eq(gm_ulp(0), 0x1p-149);
    ck_assert_double_eq(gm_gamma(0x1p23), 1);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("op harness");
    TCase *tests = tcase_create("faults");
    tcase_add_test(tests, a_right_operation_passes);
    tcase_add_test(tests, a_wrong_element_is_caught);
    tcase_add_test(tests, an_unwritten_element_is_caught);
    tcase_add_test(tests, a_write_outside_the_view_is_caught);
    tcase_add_test(tests, a_changed_input_is_caught);
    tcase_add_test(tests, other_bits_on_a_second_run_are_caught);
    tcase_add_test(tests, a_failing_call_is_caught);
    tcase_add_test(tests, a_reference_that_shows_nothing_is_caught);
    tcase_add_test(tests, the_comparator_accepts_up_to_the_bound);
    tcase_add_test(tests, the_comparator_accepts_nan_only_where_allowed);
    tcase_add_test(tests, units_are_those_of_float);
    suite_add_tcase(suite, tests);
    return suite;
}
