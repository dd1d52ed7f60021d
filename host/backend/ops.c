/* SPDX-License-Identifier: MIT
 * The table of ops.h, data only. Formulas are in backend.h, what follows for a call in op_call.c.
 */
#include "backend/ops.h"

/* The last argument is one further member of gm_operand, or PLAIN. */
#define MATRIX(op, member, role_, shape_, further)                                                 \
    {                                                                                              \
        .name = #member, .role = GM_ROLE_##role_, .element = GM_REAL,                              \
        .position = offsetof(gm_##op##_args, member), .shape = (shape_), further                   \
    }
#define VECTOR(op, member, role_, element_, shape_, further)                                       \
    {                                                                                              \
        .name = #member, .role = GM_ROLE_##role_, .element = GM_##element_, .is_vector = 1,        \
        .position = offsetof(gm_##op##_args, member), .shape = (shape_), further                   \
    }
#define PLAIN       .may_alias = NULL
#define ALIAS(name) .may_alias = #name
#define OPTIONAL    .may_be_none = 1

#define NUMBER(op, member, low_, high_)                                                            \
    {                                                                                              \
        .name = #member, .position = offsetof(gm_##op##_args, member), .low = (low_),              \
        .high = (high_)                                                                            \
    }
#define LENGTH(op, member, limit_)                                                                 \
    {                                                                                              \
        .name = #member, .position = offsetof(gm_##op##_args, member), .limit = (limit_)           \
    }
#define ACTIVATION(op) offsetof(gm_##op##_args, activation)

/* Defines gm_op_<op> from <op>_operands; behind the family come its other members. */
#define DEFINE(op, family_, ...)                                                                   \
    static gemlet_status op##_run(gm_backend *backend, const void *args)                           \
    {                                                                                              \
        return gm_##op(backend, args);                                                             \
    }                                                                                              \
    _Static_assert(sizeof op##_operands / sizeof op##_operands[0] <= GM_OP_MAX_OPERANDS,           \
                   #op " has more operands than GM_OP_MAX_OPERANDS");                              \
    const gm_op gm_op_##op = {                                                                     \
        .name = #op,                                                                               \
        .index = GM_OP_##op,                                                                       \
        .family = GM_FAMILY_##family_,                                                             \
        .operands = op##_operands,                                                                 \
        .n_operands = sizeof op##_operands / sizeof op##_operands[0],                              \
        .args_size = sizeof(gm_##op##_args),                                                       \
        .run = op##_run,                                                                           \
        __VA_ARGS__,                                                                               \
    }

static const gm_operand gather_batch_operands[] = {
    MATRIX(gather_batch, features, SOURCE, "DF", .may_be_bytes = 1),
    VECTOR(gather_batch, labels, SOURCE, U32, "D", OPTIONAL),
    VECTOR(gather_batch, order, SOURCE, U32, "B", PLAIN),
    MATRIX(gather_batch, x, OUTPUT, "BF", PLAIN),
    VECTOR(gather_batch, batch_labels, OUTPUT, U32, "B", .present = "labels"),
};
DEFINE(gather_batch, GATHER, .sampled = "DB", .activation = GM_OP_NONE, .anchor = GM_OP_NONE);

static const gm_operand encode_batch_operands[] = {
    MATRIX(encode_batch, columns, SOURCE, "DC", PLAIN),
    MATRIX(encode_batch, codes, INPUT, "4F", PLAIN),
    VECTOR(encode_batch, labels, SOURCE, U32, "D", OPTIONAL),
    VECTOR(encode_batch, order, SOURCE, U32, "B", PLAIN),
    MATRIX(encode_batch, x, OUTPUT, "BF", PLAIN),
    VECTOR(encode_batch, batch_labels, OUTPUT, U32, "B", .present = "labels"),
};
DEFINE(encode_batch, GATHER, .sampled = "DB", .activation = GM_OP_NONE, .anchor = GM_OP_NONE);

static const gm_operand elastic_noise_operands[] = {
    VECTOR(elastic_noise, taps, INPUT, REAL, "L", PLAIN),
    VECTOR(elastic_noise, record, INPUT, REAL, "R", PLAIN),
    MATRIX(elastic_noise, noise_0, OUTPUT, "BN", PLAIN),
    MATRIX(elastic_noise, noise_1, OUTPUT, "BN", PLAIN),
};
DEFINE(elastic_noise, AUGMENT, .activation = GM_OP_NONE, .anchor = GM_OP_NONE,
       .numbers = {LENGTH(elastic_noise, height, "N")});

static const gm_operand augment_operands[] = {
    MATRIX(augment, x, INPUT, "BF", PLAIN),
    MATRIX(augment, noise_0, INPUT, "BN", OPTIONAL),
    MATRIX(augment, noise_1, INPUT, "BN", .present = "noise_0"),
    VECTOR(augment, taps, INPUT, REAL, "L", .present = "noise_0"),
    VECTOR(augment, record, INPUT, REAL, "R", PLAIN),
    MATRIX(augment, y, OUTPUT, "BF", PLAIN),
};
DEFINE(augment, AUGMENT, .activation = GM_OP_NONE, .anchor = GM_OP_NONE,
       .numbers = {LENGTH(augment, height, "F")});

static const gm_operand dense_fwd_operands[] = {
    MATRIX(dense_fwd, x, INPUT, "BK", PLAIN),
    MATRIX(dense_fwd, w, INPUT, "KN", PLAIN),
    VECTOR(dense_fwd, bias, INPUT, REAL, "N", OPTIONAL),
    MATRIX(dense_fwd, y, OUTPUT, "BN", PLAIN),
};
DEFINE(dense_fwd, GEMM, .multiplies = "BKN", .activation = ACTIVATION(dense_fwd), .anchor = 1);

static const gm_operand dense_bwd_w_operands[] = {
    MATRIX(dense_bwd_w, x, INPUT, "BK", PLAIN),
    MATRIX(dense_bwd_w, dz, INPUT, "BN", PLAIN),
    MATRIX(dense_bwd_w, dw, OUTPUT, "KN", PLAIN),
    VECTOR(dense_bwd_w, dbias, OUTPUT, REAL, "N", OPTIONAL),
};
DEFINE(dense_bwd_w, GEMM, .multiplies = "BKN", .activation = GM_OP_NONE, .anchor = 2);

static const gm_operand dense_bwd_x_operands[] = {
    MATRIX(dense_bwd_x, dz, INPUT, "BN", PLAIN),
    MATRIX(dense_bwd_x, w, INPUT, "KN", PLAIN),
    MATRIX(dense_bwd_x, dx, OUTPUT, "BK", PLAIN),
};
DEFINE(dense_bwd_x, GEMM, .multiplies = "BKN", .activation = GM_OP_NONE, .anchor = 1);

static const gm_operand act_fwd_operands[] = {
    MATRIX(act_fwd, a, INPUT, "BN", PLAIN),
    VECTOR(act_fwd, record, INPUT, REAL, "R", OPTIONAL),
    MATRIX(act_fwd, y, OUTPUT, "BN", ALIAS(a)),
};
DEFINE(act_fwd, ACTIVATION, .activation = ACTIVATION(act_fwd), .activation_kind = GM_ACTIVATION_ANY,
       .anchor = 2);

static const gm_operand act_bwd_operands[] = {
    MATRIX(act_bwd, kept, INPUT, "BN", PLAIN),
    MATRIX(act_bwd, dy, INPUT, "BN", PLAIN),
    VECTOR(act_bwd, record, INPUT, REAL, "R", OPTIONAL),
    MATRIX(act_bwd, dz, OUTPUT, "BN", ALIAS(dy)),
};
DEFINE(act_bwd, ACTIVATION, .activation = ACTIVATION(act_bwd), .activation_kind = GM_ACTIVATION_ANY,
       .anchor = 0);

static const gm_operand bn_act_fwd_train_operands[] = {
    MATRIX(bn_act_fwd_train, z, INPUT, "BN", PLAIN),
    VECTOR(bn_act_fwd_train, gamma, INPUT, REAL, "N", PLAIN),
    VECTOR(bn_act_fwd_train, beta, INPUT, REAL, "N", PLAIN),
    VECTOR(bn_act_fwd_train, mean, OUTPUT, REAL, "N", PLAIN),
    VECTOR(bn_act_fwd_train, var, OUTPUT, REAL, "N", PLAIN),
    VECTOR(bn_act_fwd_train, running_mean, UPDATED, REAL, "N", PLAIN),
    VECTOR(bn_act_fwd_train, running_var, UPDATED, REAL, "N", PLAIN),
    MATRIX(bn_act_fwd_train, y, OUTPUT, "BN", PLAIN),
};
DEFINE(bn_act_fwd_train, BATCH_NORM, .activation = ACTIVATION(bn_act_fwd_train), .anchor = 1,
       .numbers = {NUMBER(bn_act_fwd_train, eps, 0, 1), NUMBER(bn_act_fwd_train, momentum, 0, 1)});

static const gm_operand bn_act_fwd_test_operands[] = {
    MATRIX(bn_act_fwd_test, z, INPUT, "BN", PLAIN),
    VECTOR(bn_act_fwd_test, gamma, INPUT, REAL, "N", PLAIN),
    VECTOR(bn_act_fwd_test, beta, INPUT, REAL, "N", PLAIN),
    VECTOR(bn_act_fwd_test, running_mean, INPUT, REAL, "N", PLAIN),
    VECTOR(bn_act_fwd_test, running_var, INPUT, REAL, "N", PLAIN),
    MATRIX(bn_act_fwd_test, y, OUTPUT, "BN", ALIAS(z)),
};
DEFINE(bn_act_fwd_test, BATCH_NORM, .activation = ACTIVATION(bn_act_fwd_test), .anchor = 1,
       .numbers = {NUMBER(bn_act_fwd_test, eps, 0, 1)});

static const gm_operand bn_act_bwd_operands[] = {
    MATRIX(bn_act_bwd, z, INPUT, "BN", PLAIN),
    MATRIX(bn_act_bwd, y, INPUT, "BN", PLAIN),
    MATRIX(bn_act_bwd, dy, INPUT, "BN", PLAIN),
    VECTOR(bn_act_bwd, mean, INPUT, REAL, "N", PLAIN),
    VECTOR(bn_act_bwd, var, INPUT, REAL, "N", PLAIN),
    VECTOR(bn_act_bwd, gamma, INPUT, REAL, "N", PLAIN),
    VECTOR(bn_act_bwd, dgamma, OUTPUT, REAL, "N", PLAIN),
    VECTOR(bn_act_bwd, dbeta, OUTPUT, REAL, "N", PLAIN),
    MATRIX(bn_act_bwd, dz, OUTPUT, "BN", ALIAS(dy)),
};
DEFINE(bn_act_bwd, BATCH_NORM, .activation = ACTIVATION(bn_act_bwd), .anchor = 5,
       .numbers = {NUMBER(bn_act_bwd, eps, 0, 1)});

static const gm_operand mix_rows_operands[] = {
    MATRIX(mix_rows, x, INPUT, "BN", PLAIN),
    VECTOR(mix_rows, record, INPUT, REAL, "R", PLAIN),
    MATRIX(mix_rows, y, OUTPUT, "BN", ALIAS(x)),
};
DEFINE(mix_rows, AUGMENT, .activation = GM_OP_NONE, .anchor = GM_OP_NONE);

static const gm_operand noise_operands[] = {
    MATRIX(noise, x, INPUT, "BN", OPTIONAL),
    VECTOR(noise, record, INPUT, REAL, "R", PLAIN),
    MATRIX(noise, y, OUTPUT, "BN", ALIAS(x)),
};
DEFINE(noise, DROPOUT, .activation = GM_OP_NONE, .anchor = 2);

static const gm_operand sign_step_operands[] = {
    MATRIX(sign_step, x, INPUT, "BN", PLAIN),
    MATRIX(sign_step, dx, INPUT, "BN", PLAIN),
    VECTOR(sign_step, record, INPUT, REAL, "R", PLAIN),
    MATRIX(sign_step, y, OUTPUT, "BN", ALIAS(x)),
};
DEFINE(sign_step, DROPOUT, .activation = GM_OP_NONE, .anchor = GM_OP_NONE);

static const gm_operand row_step_operands[] = {
    MATRIX(row_step, x, INPUT, "BN", PLAIN),
    MATRIX(row_step, g, INPUT, "BN", PLAIN),
    VECTOR(row_step, record, INPUT, REAL, "R", PLAIN),
    MATRIX(row_step, y, OUTPUT, "BN", PLAIN),
};
DEFINE(row_step, DROPOUT, .activation = GM_OP_NONE, .anchor = GM_OP_NONE,
       .numbers = {LENGTH(row_step, item, "R")});

static const gm_operand dropout_operands[] = {
    MATRIX(dropout, x, INPUT, "BN", PLAIN),
    VECTOR(dropout, record, INPUT, REAL, "R", PLAIN),
    MATRIX(dropout, y, OUTPUT, "BN", ALIAS(x)),
};
DEFINE(dropout, DROPOUT, .activation = GM_OP_NONE, .anchor = GM_OP_NONE);

static const gm_operand softmax_operands[] = {
    MATRIX(softmax, logits, INPUT, "BC", PLAIN),
    MATRIX(softmax, probabilities, OUTPUT, "BC", ALIAS(logits)),
};
DEFINE(softmax, SOFTMAX, .activation = GM_OP_NONE, .anchor = GM_OP_NONE);

static const gm_operand softmax_xent_operands[] = {
    MATRIX(softmax_xent, logits, INPUT, "BC", PLAIN),
    VECTOR(softmax_xent, labels, INPUT, U32, "B", PLAIN),
    VECTOR(softmax_xent, weights, INPUT, REAL, "B", OPTIONAL),
    VECTOR(softmax_xent, record, INPUT, REAL, "R", OPTIONAL),
    MATRIX(softmax_xent, dlogits, OUTPUT, "BC", ALIAS(logits)),
    VECTOR(softmax_xent, loss, OUTPUT, REAL, "1", PLAIN),
    VECTOR(softmax_xent, correct, OUTPUT, U32, "1", PLAIN),
};
DEFINE(softmax_xent, SOFTMAX, .activation = GM_OP_NONE, .anchor = GM_OP_NONE);

static const gm_operand softmax_kl_operands[] = {
    MATRIX(softmax_kl, logits, INPUT, "BC", PLAIN),
    MATRIX(softmax_kl, targets, INPUT, "BC", PLAIN),
    VECTOR(softmax_kl, record, INPUT, REAL, "R", PLAIN),
    MATRIX(softmax_kl, dlogits, OUTPUT, "BC", ALIAS(logits)),
};
DEFINE(softmax_kl, SOFTMAX, .activation = GM_OP_NONE, .anchor = GM_OP_NONE);

static const gm_operand regression_loss_operands[] = {
    MATRIX(regression_loss, outputs, INPUT, "B1", PLAIN),
    VECTOR(regression_loss, targets, INPUT, U32, "B", PLAIN),
    VECTOR(regression_loss, weights, INPUT, REAL, "B", OPTIONAL),
    VECTOR(regression_loss, record, INPUT, REAL, "R", OPTIONAL),
    MATRIX(regression_loss, doutputs, OUTPUT, "B1", ALIAS(outputs)),
    VECTOR(regression_loss, loss, OUTPUT, REAL, "1", PLAIN),
};
DEFINE(regression_loss, REGRESSION_LOSS, .activation = GM_OP_NONE, .anchor = GM_OP_NONE);

static const gm_operand add_gradients_operands[] = {
    VECTOR(add_gradients, gradients, UPDATED, REAL, "P", PLAIN),
    VECTOR(add_gradients, further, INPUT, REAL, "P", PLAIN),
};
DEFINE(add_gradients, UPDATE, .activation = GM_OP_NONE, .anchor = GM_OP_NONE);

static const gm_operand sgd_step_operands[] = {
    VECTOR(sgd_step, parameters, UPDATED, REAL, "P", PLAIN),
    VECTOR(sgd_step, gradients, INPUT, REAL, "P", PLAIN),
    VECTOR(sgd_step, record, INPUT, REAL, "R", PLAIN),
};
DEFINE(sgd_step, UPDATE, .activation = GM_OP_NONE, .anchor = GM_OP_NONE,
       .numbers = {LENGTH(sgd_step, n_decayed, "P")});

static const gm_operand sgd_momentum_step_operands[] = {
    VECTOR(sgd_momentum_step, parameters, UPDATED, REAL, "P", PLAIN),
    VECTOR(sgd_momentum_step, momentum, UPDATED, REAL, "P", PLAIN),
    VECTOR(sgd_momentum_step, gradients, INPUT, REAL, "P", PLAIN),
    VECTOR(sgd_momentum_step, record, INPUT, REAL, "R", PLAIN),
};
DEFINE(sgd_momentum_step, UPDATE, .activation = GM_OP_NONE, .anchor = GM_OP_NONE,
       .numbers = {LENGTH(sgd_momentum_step, n_decayed, "P")});

static const gm_operand adam_step_operands[] = {
    VECTOR(adam_step, parameters, UPDATED, REAL, "P", PLAIN),
    VECTOR(adam_step, first_moment, UPDATED, REAL, "P", PLAIN),
    VECTOR(adam_step, second_moment, UPDATED, REAL, "P", PLAIN),
    VECTOR(adam_step, gradients, INPUT, REAL, "P", PLAIN),
    VECTOR(adam_step, record, INPUT, REAL, "R", PLAIN),
};
DEFINE(adam_step, UPDATE, .activation = GM_OP_NONE, .anchor = GM_OP_NONE,
       .numbers = {LENGTH(adam_step, n_decayed, "P")});

static const gm_operand norm_squares_operands[] = {
    VECTOR(norm_squares, values, INPUT, REAL, "P", PLAIN),
    VECTOR(norm_squares, sums, OUTPUT, REAL, "S", PLAIN),
};
DEFINE(norm_squares, NORM, .activation = GM_OP_NONE, .anchor = GM_OP_NONE);

static const gm_operand norm_clip_operands[] = {
    VECTOR(norm_clip, gradients, UPDATED, REAL, "P", PLAIN),
    VECTOR(norm_clip, sums, INPUT, REAL, "S", PLAIN),
    VECTOR(norm_clip, record, INPUT, REAL, "R", PLAIN),
};
DEFINE(norm_clip, UPDATE, .activation = GM_OP_NONE, .anchor = GM_OP_NONE);

static const gm_operand norm_max_operands[] = {
    MATRIX(norm_max, weights, UPDATED, "KN", PLAIN),
    VECTOR(norm_max, record, INPUT, REAL, "R", PLAIN),
};
DEFINE(norm_max, NORM, .activation = GM_OP_NONE, .anchor = 0);

static const gm_operand average_step_operands[] = {
    VECTOR(average_step, averages, UPDATED, REAL, "P", PLAIN),
    VECTOR(average_step, values, INPUT, REAL, "P", PLAIN),
    VECTOR(average_step, record, INPUT, REAL, "R", PLAIN),
};
DEFINE(average_step, UPDATE, .activation = GM_OP_NONE, .anchor = GM_OP_NONE);

#define ENTRY(op) &gm_op_##op,
const gm_op *const gm_op_list[GM_N_OPS] = {GM_OPS(ENTRY)};
