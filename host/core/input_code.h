/* SPDX-License-Identifier: MIT
 * How an input of a network follows from the values of a row of a table: its code, one column of a
 * matrix of four rows. The formulas stand at encode_batch in backend/backend.h. */
#ifndef GM_CORE_INPUT_CODE_H
#define GM_CORE_INPUT_CODE_H

/* input_transform.cl has the same list. */
typedef enum gm_input_code_kind {
    GM_CODE_VALUE,
    GM_CODE_CLIPPED,
    GM_CODE_RAMP,
    GM_CODE_STEP,
    GM_CODE_GAP,
    GM_CODE_LEVEL
} gm_input_code_kind;

/* Rows of the matrix. */
typedef enum gm_input_code_part {
    GM_CODE_COLUMN, /* which value of the row */
    GM_CODE_KIND,
    GM_CODE_A,
    GM_CODE_B,
    GM_CODE_N_PARTS
} gm_input_code_part;

#endif
