/* SPDX-License-Identifier: MIT
 * The operations of backend.h as data: operands with their roles and shapes, numbers with their
 * ranges, what they cost. Checks, observers, verification, cost reports and tests read this table;
 * nothing else lists the operands of an operation.
 *
 * A shape is a text of one letter for each extent, "BK" for a matrix of B rows and K columns, "N"
 * for a vector. The first operand that has a letter gives it its value, all others must agree. A
 * digit is the number, R is GM_RECORD_SIZE. */
#ifndef GM_BACKEND_OPS_H
#define GM_BACKEND_OPS_H

#include "backend/backend.h"
#include "backend/op_cost.h"

#define GM_OP_MAX_OPERANDS 9
#define GM_OP_MAX_NUMBERS  2
#define GM_OP_NONE         SIZE_MAX

typedef enum gm_role {
    GM_ROLE_INPUT,
    GM_ROLE_SOURCE, /* an input that may be as large as the data set: never fetched as a whole */
    GM_ROLE_OUTPUT,
    GM_ROLE_UPDATED /* read and written */
} gm_role;

/* One operand: a view in the structure of arguments. */
typedef struct gm_operand {
    const char *name;
    gm_role role;
    gm_element element;
    int is_vector;
    size_t position; /* of the gm_vector or gm_matrix in the structure of arguments */
    const char *shape;
    const char *may_alias; /* input whose place an output may take; NULL: none */
    const char *present;   /* the operand that this one is left out with; NULL: it is there */
    int may_be_none;       /* may be left out */
    int may_be_bytes;      /* may hold U8 */
} gm_operand;

/* A number among the arguments: a float within a range, or a size_t up to an extent. */
typedef struct gm_number {
    const char *name; /* NULL: none */
    size_t position;
    double low;
    double high;
    const char *limit; /* letter of the largest value of a size_t; NULL: it is a float */
} gm_number;

/* Operations with one kind of bound, as reports put them together. */
typedef enum gm_family {
    GM_FAMILY_GATHER,
    GM_FAMILY_AUGMENT,
    GM_FAMILY_GEMM,
    GM_FAMILY_BATCH_NORM,
    GM_FAMILY_ACTIVATION,
    GM_FAMILY_DROPOUT,
    GM_FAMILY_SOFTMAX,
    GM_FAMILY_REGRESSION_LOSS,
    GM_FAMILY_NORM,
    GM_FAMILY_UPDATE, /* whole arenas are written */
    GM_FAMILY_ROW,    /* no operation: fused steps in a row, see verify/fused_row.h */
    GM_N_FAMILIES
} gm_family;

/* Which activations an operation takes; see activation.h. */
typedef enum gm_activation_kind {
    GM_ACTIVATION_JOINED,
    GM_ACTIVATION_ANY
} gm_activation_kind;

typedef struct gm_op {
    const char *name;
    unsigned index; /* GM_OP_<op> */
    gm_family family;
    const gm_operand *operands; /* inputs before outputs */
    unsigned n_operands;
    size_t args_size;
    size_t activation; /* position of a gemlet_activation in the arguments; or GM_OP_NONE */
    gm_activation_kind activation_kind;
    const char *multiplies; /* extents whose product is the number of multiply-adds; NULL: none */
    const char *sampled;    /* "DB": of D rows so many are read as B has; NULL: all are */
    size_t anchor;          /* operand that tells which layer a call belongs to; or GM_OP_NONE */
    gm_number numbers[GM_OP_MAX_NUMBERS];
    gemlet_status (*run)(gm_backend *backend, const void *args); /* gm_<op>() */
} gm_op;

/* gm_op_dense_fwd and so on. */
#define GM_OP_DECLARE(op) extern const gm_op gm_op_##op;
GM_OPS(GM_OP_DECLARE)
#undef GM_OP_DECLARE

/* All of them, in the order of GM_OPS. */
extern const gm_op *const gm_op_list[GM_N_OPS];

/* Room for the arguments of any operation. */
#define GM_OP_MEMBER(op) gm_##op##_args op;
typedef union gm_any_args {
    GM_OPS(GM_OP_MEMBER)
} gm_any_args;
#undef GM_OP_MEMBER

/* "REAL", "U8" or "U32". Static text. */
const char *gm_element_name(gm_element element);

/* The view of an operand in a structure of arguments; a vector is a matrix of one row. `buffer` is
 * NULL where it is left out. */
gm_matrix gm_operand_view(const gm_operand *operand, const void *args);

/* GEMLET_E_ARGUMENT or GEMLET_E_SHAPE, with the operand, what it is and what was expected. */
gemlet_status gm_op_check(const gm_op *op, const gm_backend *backend, const void *args);

/* The extent that a letter stands for in a call that was checked. */
uint64_t gm_op_extent(const gm_op *op, const void *args, char letter);

/* Of a call that was checked. */
gm_op_cost gm_op_cost_of(const gm_op *op, const void *args);

#define GM_OP_SHAPE_SIZE 96u

/* text = the extents of the matrices that a call reads, each once, "64x784 784x150"; of x where
 * that is a data set; the length of the first vector where there is no matrix. */
void gm_op_format_shape(char text[GM_OP_SHAPE_SIZE], const gm_op *op, const void *args);

#endif
