/* SPDX-License-Identifier: MIT
 * One case of an operation test: an operation at a shape, with data, a layout of its operands in
 * memory and a seed, run on a device and on the reference.
 *
 * A descriptor says for its operation how operands are made. Everything else is the same for all
 * and is done in op_run.c, from the table of operations: the call, its error bounds; outputs are
 * poisoned, what lies around the views is guarded, inputs are checked to be untouched, and the call
 * is repeated and must give the same bits.
 *
 * To add an operation: write op_<family>.c with its descriptor, op_<operation>. */
#ifndef GM_TESTS_SUPPORT_OP_CASE_H
#define GM_TESTS_SUPPORT_OP_CASE_H

#include <stddef.h>
#include <stdint.h>

#include "backend/ops.h"
#include "core/rng.h"

#define OP_MAX_DIMS 3

typedef enum op_role {
    OP_INPUT,
    OP_OUTPUT,
    OP_UPDATED /* read and written */
} op_role;

/* Where a call takes place. */
typedef enum op_side {
    OP_DEVICE,
    OP_REFERENCE
} op_side;

typedef enum op_layout {
    OP_LAYOUT_ALIGNED, /* as the network lays its tensors out: multiples of GM_ALIGNMENT */
    OP_LAYOUT_TIGHT,   /* ld = cols, offsets that are no multiple of anything */
    OP_LAYOUT_GAPPED,  /* ld > cols, no multiple; some offsets aligned, some not */
    OP_N_LAYOUTS
} op_layout;

/* One operand: a matrix, or a vector as a matrix of one row. The arrays hold rows x cols values
 * without gaps. */
typedef struct op_tensor {
    const char *name;
    op_role role;
    gm_element element;
    gemlet_dim rows;
    gemlet_dim cols;
    int is_none;      /* the operand is left out */
    int alias;        /* on the device it takes the place of the tensor with this index; or -1 */
    int may_be_plain; /* reference may lack spread or be mostly zero; the descriptor says why */
    int nan_allowed;  /* NaN is right where the reference has NaN */
    double *initial;  /* inputs and updated */
    double *ref;      /* outputs and updated, as the following */
    double *got;
    double *bound;

    /* Layout on the device. The reference has no gaps and starts at 0. */
    size_t offset;
    size_t ld;
    size_t length;
    gm_buffer *buffers[2]; /* by op_side */
    void *image;           /* what the device's buffer holds before the call */
} op_tensor;

/* A set of data and options an operation is tested with. What `data` and `flags` mean is up to the
 * descriptor. */
typedef struct op_variant {
    const char *name;
    int data;
    gemlet_activation activation;
    unsigned flags;
} op_variant;

typedef struct op_case op_case;

typedef struct op_descriptor {
    const gm_op *op;
    unsigned n_dims;    /* of the shape: 2 or 3 */
    size_t max_product; /* of the dimensions: keeps the time of a run in bounds */
    const op_variant *variants;
    size_t n_variants;
    /* Adds the tensors, in the order of op->operands, and fills them. Returns 0 if the variant does
     * not exist at this shape. */
    int (*prepare)(op_case *c);
    /* Sets what the arguments hold beside operands and activation; NULL: nothing. */
    void (*set_numbers)(const op_case *c, gm_any_args *args);
    /* Narrows bounds where the data allow it; NULL: nowhere. */
    void (*narrow_bounds)(op_case *c);
} op_descriptor;

struct op_case {
    const op_descriptor *op;
    const op_variant *variant;
    gemlet_dim dims[OP_MAX_DIMS];
    op_layout layout;
    uint64_t seed;

    gm_rng rng;
    op_tensor tensors[GM_OP_MAX_OPERANDS];
    unsigned n_tensors;
};

/* ---- for descriptors ------------------------------------------------------------------------ */

/* Adds the tensor of the next operand. The result stays valid until the case is released. */
op_tensor *op_add(op_case *c, gemlet_dim rows, gemlet_dim cols);

/* Adds the record of a step, whose numbers are NaN: of no use to an operation but those that are
 * set then. */
op_tensor *op_add_record(op_case *c);

/* The same with the numbers of dropout, of the inputs and of hidden layers. */
op_tensor *op_add_dropout_record(op_case *c);

/* Leaves the next operand out. */
op_tensor *op_add_none(op_case *c);

/* Number of elements. */
size_t op_size(const op_tensor *t);

/* Fill `initial`. All values are floats that are not subnormal. */
void op_fill_normal(op_case *c, op_tensor *t, double mean, double std);
/* +|v| and -|v| in turn, v normal: biases that cannot shut every column of a relu. */
void op_fill_alternating(op_case *c, op_tensor *t, double std);
void op_fill_uniform(op_case *c, op_tensor *t, double low, double high);
void op_fill_integers(op_case *c, op_tensor *t, int low, int high);
void op_fill_powers(op_case *c, op_tensor *t, int low, int high); /* +-2^k, low <= k <= high */
void op_fill_below(op_case *c, op_tensor *t, uint32_t bound);     /* 0 .. bound-1 */

/* Nearest float. */
double op_round(double value);

/* The reference rounded to float must be met bit for bit. */
void op_expect_exact(op_tensor *t);

/* The arguments of the call. */
void op_fill_args(const op_case *c, op_side side, gm_any_args *args);

/* act(z) in double, if it is a joined one; else z: what the backward pass gets. */
double op_activate(gemlet_activation activation, double z);

/* ---- for programs --------------------------------------------------------------------------- */

#define OP_DECLARE(op) extern const op_descriptor op_##op;
GM_OPS(OP_DECLARE)
#undef OP_DECLARE

/* All of them, in the order of GM_OPS. */
extern const op_descriptor *const op_list[GM_N_OPS];

/* NULL if there is no operation of that name. */
const op_descriptor *op_find(const char *name);

const char *op_layout_name(op_layout layout);

typedef enum op_verdict {
    OP_PASSED,
    OP_FAILED,
    OP_ABSENT /* the variant does not exist at this shape */
} op_verdict;

typedef struct op_result {
    op_verdict verdict;
    char reason[512];         /* why it failed, one line */
    double worst;             /* largest error of all outputs in units of its bound */
    const char *worst_tensor; /* static text */
} op_result;

/* Runs one case: op, variant, dims, layout and seed are set, the rest is zero. */
op_result op_run(op_case *c, gm_backend *device, gm_backend *reference);

/* The shapes an operation is tested at, by position; returns 0 behind the last one. `small` limits
 * them to what a simulator can do. */
int op_shape(const op_descriptor *op, size_t position, int small, gemlet_dim dims[OP_MAX_DIMS]);

#endif
