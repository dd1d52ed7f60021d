/* SPDX-License-Identifier: MIT
 * Runs the suite of one test program; the exit code is the verdict. */
#include "support/run_suite.h"

#include <stdlib.h>

int main(void)
{
    SRunner *runner = srunner_create(test_suite());
    srunner_run_all(runner, CK_NORMAL);
    const int n_failed = srunner_ntests_failed(runner);
    const int n_run = srunner_ntests_run(runner);
    srunner_free(runner);
    return n_failed == 0 && n_run > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
