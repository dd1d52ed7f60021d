/* SPDX-License-Identifier: MIT
 * What a portable reference holds: an npz archive with training steps as one device calculated
 * them, operation by operation, for comparison on another machine.
 *
 * About the run: format (text "gemlet verification reference"), format_version, network (spec),
 * batch, seed (text), data_crc32, input_scale, batch_norm_eps, batch_norm_momentum; device, driver,
 * gemm (texts); precision (text "float", or "double": calculated in double, then rounded to float);
 * n_steps, steps (n_steps).
 * For every step: "step 2/learning_rate" and "step 2/weight_decay".
 * For every tensor of every operation, counted from 0 in the order of the step:
 *   "step 2/03 layer 2 dense_fwd/x"                     an input or an output
 *   "step 2/12 sgd_step/parameters before" and "after"  updated in place
 * Matrices (rows, cols) and vectors (1, n) of float32, labels and counts of uint32. The arenas of
 * parameters and gradients are vectors, laid out as the network lays them out (network.h).
 *
 * The gathering of the batch is not in it: it would take the data set along, to prove a copy that
 * `gemlet verify` compares bit by bit anyway. The batch is the x of the first layer. */
#ifndef GM_VERIFY_TRACE_FILE_H
#define GM_VERIFY_TRACE_FILE_H

#include "gemlet/model.h"
#include "verify/checked_backend.h"

#define GM_TRACE_FORMAT    "gemlet verification reference"
#define GM_TRACE_VERSION   1
#define GM_TRACE_MAX_STEPS 16u
#define GM_TRACE_TEXT_SIZE 256u
#define GM_TRACE_NAME_SIZE 160u

/* About the run and the device that wrote it. Texts are printable ASCII. */
typedef struct gm_trace_info {
    char network[GEMLET_SPEC_TEXT_SIZE];
    gemlet_dim batch;
    uint64_t seed;
    uint32_t data_crc32;
    float input_scale;
    char device[GM_TRACE_TEXT_SIZE];
    char driver[GM_TRACE_TEXT_SIZE];
    char gemm[GM_TRACE_TEXT_SIZE];
    int is_double; /* outputs are those of the double-precision reference */
    unsigned n_steps;
    uint32_t steps[GM_TRACE_MAX_STEPS]; /* their numbers, counted from 1 */
} gm_trace_info;

typedef enum gm_trace_when {
    GM_TRACE_BEFORE, /* an input */
    GM_TRACE_AFTER   /* an output */
} gm_trace_when;

/* name out: the array of an operand of operation `index` of a step. */
void gm_trace_name(char name[GM_TRACE_NAME_SIZE], uint64_t step, unsigned index, const char *label,
                   const gm_check_operand_info *operand, gm_trace_when when);

/* 1 if the file holds this operation: all but those that read the whole data set. */
int gm_trace_holds(const gm_check_op *op);

#endif
