/* SPDX-License-Identifier: MIT
 * The test of a trained model. */
#ifndef GM_RUN_TEST_H
#define GM_RUN_TEST_H

#include "run/run.h"
#include "verify/qualify_gemm.h"

/* rows: of the data sets that the run is tested on, as in gm_gate. */
void gm_run_count_test_rows(gemlet_dim rows[GM_QUALIFY_MAX_TESTS], const gm_run *run);

/* Tries the products of the test, which fused steps do without. */
gemlet_status gm_run_qualify_test(gm_run *run);

/* Evaluates the model on the test rows, and on validation rows that the training has not seen. */
gemlet_status gm_run_test(gm_run *run);

/* Measures the importance of the columns of a table on its test rows. A guest: a note says why where
 * it cannot be known. */
void gm_run_measure_importance(gm_run *run);

#endif
