/* SPDX-License-Identifier: MIT
 * A call of an operation with what went in and came out, and the error bounds of the results.
 *
 * The inputs of an operation count as exact. A float result is right if it is within its bound of
 * the result of the double-precision reference from the same inputs. */
#ifndef GM_VERIFY_BOUNDS_H
#define GM_VERIFY_BOUNDS_H

#include "backend/ops.h"

/* An operand in one call. Arrays hold rows x cols values without gaps, NULL where an operand has no
 * use for them. */
typedef struct gm_check_operand {
    const gm_operand *info;
    gm_matrix view; /* a vector is one row; buffer NULL: left out */
    size_t n;       /* rows x cols */
    double *before; /* inputs and updated: before the call */
    double *doubt;  /* the same: by how much `before` may be off on the device; NULL: not at all */
    double *got;    /* outputs and updated, as the following: on the device */
    double *ref;    /* on the double-precision reference */
    double *cpu;    /* on the float CPU path */
    double *bound;
    /* Of an output, the first values that the device does not show: `got` is the reference's there,
     * and NULL in the end if that is all. */
    size_t n_hidden;
} gm_check_operand;

typedef struct gm_check_call {
    const gm_op *op;
    const void *args;
    gm_check_operand operands[GM_OP_MAX_OPERANDS]; /* as in op->operands */
} gm_check_call;

/* The operand that is `member` of the arguments of `op`. */
#define GM_OPERAND(call, op, member) gm_check_find((call), offsetof(gm_##op##_args, member))
gm_check_operand *gm_check_find(gm_check_call *call, size_t position);

/* Describes a call without its arrays. */
void gm_check_describe(gm_check_call *call, const gm_op *op, const void *args);

/* Fills `bound` of all outputs from `before`, `doubt` and `ref`, by gm_bounds_<op>(), which stands
 * in bounds_<family>.c. A reference that only one float matches is rounded to it. GEMLET_E_MEMORY
 * without room for intermediate values. */
gemlet_status gm_bounds_set(gm_check_call *call);

#define GM_BOUNDS(op) gemlet_status gm_bounds_##op(gm_check_call *call);
GM_OPS(GM_BOUNDS)
#undef GM_BOUNDS

#endif
