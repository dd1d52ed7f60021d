/* SPDX-License-Identifier: MIT
 * The main() of a libcheck program: each defines test_suite() and links this. */
#ifndef GM_TESTS_SUPPORT_RUN_SUITE_H
#define GM_TESTS_SUPPORT_RUN_SUITE_H

#include <check.h>

/* The suite of this program. Tests that build kernels set their own time-out (tcase_set_timeout).
 */
Suite *test_suite(void);

#endif
