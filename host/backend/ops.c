/* SPDX-License-Identifier: MIT
 * The table of ops.h, and what is read off it. Formulas are in backend.h. */
#include "backend/ops.h"

#include <stdio.h>
#include <string.h>

#include "backend/activation.h"
#include "core/names.h"

/* ---- the table ------------------------------------------------------------------------------ */

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

gm_matrix gm_operand_view(const gm_operand *operand, const void *args)
{
    const char *at = (const char *)args + operand->position;
    if (!operand->is_vector)
        return *(const gm_matrix *)(const void *)at;
    const gm_vector vector = *(const gm_vector *)(const void *)at;
    return (gm_matrix){vector.buffer, vector.offset, vector.length, 1, (gemlet_dim)vector.length};
}

/* ---- checks --------------------------------------------------------------------------------- */

/* An operand of a call, as the elements [begin, end) of its buffer. A matrix counts with the gaps
 * between its rows: matrices side by side in one buffer are not told apart from overlapping ones.
 */
typedef struct place {
    const gm_operand *operand; /* NULL: left out */
    const gm_buffer *buffer;
    size_t begin;
    size_t end;
    size_t ld;
} place;

/* The value of an extent and the operand that gave it. */
typedef struct extent {
    size_t value;
    const gm_operand *from; /* NULL: not known yet */
    const char *what;       /* rows, columns or length of it */
} extent;

typedef struct check {
    const gm_op *op;
    const void *args;
    place places[GM_OP_MAX_OPERANDS];
    extent extents['Z' + 1]; /* by letter */
} check;

const char *gm_element_name(gm_element element)
{
    switch (element) {
    case GM_U8:
        return "U8";
    case GM_U32:
        return "U32";
    case GM_REAL:
        break;
    }
    return "REAL";
}

static size_t length_of(const gm_operand *operand, const void *args)
{
    const char *at = (const char *)args + operand->position;
    return ((const gm_vector *)(const void *)at)->length;
}

/* 1 if offset + (rows - 1) * ld + cols fits into size_t; *end is that sum. */
static int find_end(size_t *end, size_t offset, size_t rows, size_t ld, size_t cols)
{
    if (rows > 1 && ld > (SIZE_MAX - cols) / (rows - 1))
        return 0;
    const size_t span = (rows - 1) * ld + cols;
    if (span > SIZE_MAX - offset)
        return 0;
    *end = offset + span;
    return 1;
}

static gemlet_status place_matrix(const gm_op *op, const gm_operand *operand, const gm_matrix *m,
                                  size_t *end)
{
    if (m->rows == 0 || m->cols == 0)
        return gm_error(GEMLET_E_SHAPE, "%s: %s is %ux%u, expected at least 1x1", op->name,
                        operand->name, (unsigned)m->rows, (unsigned)m->cols);
    if (m->ld < m->cols)
        return gm_error(GEMLET_E_SHAPE,
                        "%s: %s is %ux%u with leading dimension %zu, expected at least %u",
                        op->name, operand->name, (unsigned)m->rows, (unsigned)m->cols, m->ld,
                        (unsigned)m->cols);
    if (!find_end(end, m->offset, m->rows, m->ld, m->cols) || *end > m->buffer->length)
        return gm_error(
            GEMLET_E_SHAPE,
            "%s: %s is %ux%u at offset %zu with leading dimension %zu, its buffer ends after %zu",
            op->name, operand->name, (unsigned)m->rows, (unsigned)m->cols, m->offset, m->ld,
            m->buffer->length);
    return GEMLET_OK;
}

static gemlet_status place_vector(const gm_op *op, const gm_operand *operand, const gm_matrix *v,
                                  size_t length, size_t *end)
{
    if (length == 0)
        return gm_error(GEMLET_E_SHAPE, "%s: %s is empty", op->name, operand->name);
    if (!find_end(end, v->offset, 1, 1, length) || *end > v->buffer->length)
        return gm_error(GEMLET_E_SHAPE,
                        "%s: %s has length %zu at offset %zu, its buffer ends after %zu", op->name,
                        operand->name, length, v->offset, v->buffer->length);
    return GEMLET_OK;
}

/* What a letter always stands for; 0: it depends on the call. */
static size_t fixed_extent(char letter)
{
    if (letter >= '0' && letter <= '9')
        return (size_t)(letter - '0');
    return letter == 'R' ? GM_RECORD_SIZE : 0;
}

/* The extent that a letter stands for is that of the first operand that has it. */
static gemlet_status match_extent(check *c, const gm_operand *operand, char letter, size_t value,
                                  const char *what)
{
    extent *known = &c->extents[(unsigned char)letter];
    if (fixed_extent(letter) > 0)
        *known = (extent){.value = fixed_extent(letter)};
    else if (known->from == NULL)
        *known = (extent){value, operand, what};
    if (known->value == value)
        return GEMLET_OK;
    const gm_matrix m = gm_operand_view(operand, c->args);
    char reason[64] = "always";
    if (known->from != NULL)
        snprintf(reason, sizeof reason, "%s of %s", known->what, known->from->name);
    if (operand->is_vector)
        return gm_error(GEMLET_E_SHAPE, "%s: %s has length %zu, expected %zu (%s)", c->op->name,
                        operand->name, value, known->value, reason);
    return gm_error(GEMLET_E_SHAPE, "%s: %s is %ux%u, expected %zu %s (%s)", c->op->name,
                    operand->name, (unsigned)m.rows, (unsigned)m.cols, known->value, what, reason);
}

static gemlet_status check_element(const gm_op *op, const gm_operand *operand,
                                   const gm_buffer *buffer)
{
    if (buffer->element == operand->element || (operand->may_be_bytes && buffer->element == GM_U8))
        return GEMLET_OK;
    return gm_error(GEMLET_E_ARGUMENT, "%s: %s holds %s elements, expected %s%s", op->name,
                    operand->name, gm_element_name(buffer->element),
                    gm_element_name(operand->element), operand->may_be_bytes ? " or U8" : "");
}

/* The operand of this name. */
static const gm_operand *find_operand(const gm_op *op, const char *name)
{
    const gm_operand *operand = op->operands;
    while (strcmp(operand->name, name) != 0)
        ++operand;
    return operand;
}

static gemlet_status check_presence(check *c, const gm_operand *operand, int is_there)
{
    if (operand->present != NULL) {
        const gm_operand *other = find_operand(c->op, operand->present);
        const int other_is_there = gm_operand_view(other, c->args).buffer != NULL;
        if (is_there != other_is_there)
            return gm_error(GEMLET_E_ARGUMENT, "%s: %s has no buffer, but %s has", c->op->name,
                            is_there ? other->name : operand->name,
                            is_there ? operand->name : other->name);
    } else if (!is_there && !operand->may_be_none) {
        return gm_error(GEMLET_E_ARGUMENT, "%s: %s has no buffer", c->op->name, operand->name);
    }
    return GEMLET_OK;
}

static gemlet_status check_operand(check *c, unsigned index)
{
    const gm_operand *operand = &c->op->operands[index];
    const gm_matrix view = gm_operand_view(operand, c->args);
    place *p = &c->places[index];
    GEMLET_TRY(check_presence(c, operand, view.buffer != NULL));
    if (view.buffer == NULL)
        return GEMLET_OK;
    *p = (place){operand, view.buffer, view.offset, 0, operand->is_vector ? 1 : view.ld};
    if (operand->is_vector) {
        const size_t length = length_of(operand, c->args);
        GEMLET_TRY(match_extent(c, operand, operand->shape[0], length, "length"));
        GEMLET_TRY(place_vector(c->op, operand, &view, length, &p->end));
    } else {
        GEMLET_TRY(place_matrix(c->op, operand, &view, &p->end));
        GEMLET_TRY(match_extent(c, operand, operand->shape[0], view.rows, "rows"));
        GEMLET_TRY(match_extent(c, operand, operand->shape[1], view.cols, "columns"));
    }
    return check_element(c->op, operand, view.buffer);
}

/* Matrices first: a vector has the length that they demand. */
static gemlet_status check_operands(check *c)
{
    for (int is_vector = 0; is_vector < 2; ++is_vector) {
        for (unsigned i = 0; i < c->op->n_operands; ++i) {
            if (c->op->operands[i].is_vector == is_vector)
                GEMLET_TRY(check_operand(c, i));
        }
    }
    return GEMLET_OK;
}

static int is_only_read(const gm_operand *operand)
{
    return operand->role == GM_ROLE_INPUT || operand->role == GM_ROLE_SOURCE;
}

static int may_alias(const gm_operand *output, const gm_operand *input)
{
    return output->may_alias != NULL && strcmp(output->may_alias, input->name) == 0;
}

/* Demands that nothing written overlaps anything else, but for an output in the place of the input
 * that it may alias. Operands that are only read may overlap: no operation can tell. */
static gemlet_status check_overlap(const gm_op *op, const place *a, const place *b)
{
    if (a->operand == NULL || b->operand == NULL || a->buffer != b->buffer || a->begin >= b->end ||
        b->begin >= a->end || (is_only_read(a->operand) && is_only_read(b->operand)))
        return GEMLET_OK;
    const int exempt = may_alias(a->operand, b->operand) || may_alias(b->operand, a->operand);
    if (exempt && a->begin == b->begin && a->end == b->end && a->ld == b->ld)
        return GEMLET_OK;
    return gm_error(GEMLET_E_ARGUMENT, "%s: %s and %s overlap%s", op->name, a->operand->name,
                    b->operand->name, exempt ? " without being the same view" : "");
}

static gemlet_status check_overlaps(const check *c)
{
    for (unsigned i = 0; i < c->op->n_operands; ++i) {
        for (unsigned j = i + 1; j < c->op->n_operands; ++j)
            GEMLET_TRY(check_overlap(c->op, &c->places[i], &c->places[j]));
    }
    return GEMLET_OK;
}

/* A number must be within its range, which no NaN is. */
static gemlet_status check_number(const check *c, const gm_number *number)
{
    const void *at = (const char *)c->args + number->position;
    if (number->limit != NULL) {
        const size_t limit = c->extents[(unsigned char)number->limit[0]].value;
        if (*(const size_t *)at > limit)
            return gm_error(GEMLET_E_SHAPE, "%s: %s is %zu, expected at most %zu", c->op->name,
                            number->name, *(const size_t *)at, limit);
        return GEMLET_OK;
    }
    const double value = (double)*(const float *)at;
    if (value >= number->low && value <= number->high)
        return GEMLET_OK;
    return gm_error(GEMLET_E_ARGUMENT, "%s: %s is %g, expected %g to %g", c->op->name, number->name,
                    value, number->low, number->high);
}

static gemlet_status check_activation(const check *c)
{
    if (c->op->activation == GM_OP_NONE)
        return GEMLET_OK;
    const void *at = (const char *)c->args + c->op->activation;
    const gemlet_activation activation = *(const gemlet_activation *)at;
    if ((unsigned)activation > GEMLET_ACTIVATION_MISH)
        return gm_error(GEMLET_E_ARGUMENT, "%s: there is no activation %d", c->op->name,
                        (int)activation);
    if (c->op->activation_kind == GM_ACTIVATION_JOINED && gm_activation_is_separate(activation))
        return gm_error(GEMLET_E_ARGUMENT, "%s: activation %s is a separate operation", c->op->name,
                        gm_name_of(gm_activation_names, activation));
    return GEMLET_OK;
}

gemlet_status gm_op_check(const gm_op *op, const gm_backend *backend, const void *args)
{
    if (backend == NULL || args == NULL)
        return gm_error(GEMLET_E_ARGUMENT, "%s: %s is NULL", op->name,
                        backend == NULL ? "the backend" : "the list of arguments");
    check c = {.op = op, .args = args};
    GEMLET_TRY(check_operands(&c));
    for (unsigned i = 0; i < GM_OP_MAX_NUMBERS && op->numbers[i].name != NULL; ++i)
        GEMLET_TRY(check_number(&c, &op->numbers[i]));
    GEMLET_TRY(check_activation(&c));
    return check_overlaps(&c);
}

/* ---- cost ----------------------------------------------------------------------------------- */

uint64_t gm_op_extent(const gm_op *op, const void *args, char letter)
{
    if (fixed_extent(letter) > 0)
        return fixed_extent(letter);
    for (unsigned i = 0; i < op->n_operands; ++i) {
        const gm_operand *operand = &op->operands[i];
        const gm_matrix view = gm_operand_view(operand, args);
        const char *at = strchr(operand->shape, letter);
        if (view.buffer == NULL || at == NULL)
            continue;
        if (operand->is_vector)
            return length_of(operand, args);
        return at == operand->shape ? view.rows : view.cols;
    }
    return 0;
}

gm_op_cost gm_op_cost_of(const gm_op *op, const void *args)
{
    gm_op_cost cost = {0, 0};
    for (unsigned i = 0; i < op->n_operands; ++i) {
        const gm_operand *operand = &op->operands[i];
        const gm_buffer *buffer = gm_operand_view(operand, args).buffer;
        if (buffer == NULL)
            continue;
        uint64_t n_bytes = buffer->element == GM_U8 ? 1 : sizeof(float);
        for (const char *letter = operand->shape; *letter != '\0'; ++letter) {
            const int is_sampled = op->sampled != NULL && *letter == op->sampled[0];
            n_bytes *= gm_op_extent(op, args, is_sampled ? op->sampled[1] : *letter);
        }
        cost.n_bytes += operand->role == GM_ROLE_UPDATED ? 2 * n_bytes : n_bytes;
    }
    if (op->multiplies == NULL)
        return cost;
    cost.n_flops = 2;
    for (const char *letter = op->multiplies; *letter != '\0'; ++letter)
        cost.n_flops *= gm_op_extent(op, args, *letter);
    return cost;
}

/* ---- text ----------------------------------------------------------------------------------- */

void gm_op_format_shape(char text[GM_OP_SHAPE_SIZE], const gm_op *op, const void *args)
{
    size_t length = 0;
    text[0] = '\0';
    for (unsigned i = 0; i < op->n_operands; ++i) {
        const gm_operand *operand = &op->operands[i];
        const gm_matrix view = gm_operand_view(operand, args);
        int is_shown = view.buffer != NULL && !operand->is_vector &&
                       operand->role != GM_ROLE_SOURCE && (is_only_read(operand) || length == 0);
        for (unsigned k = 0; k < i; ++k) {
            const gm_matrix earlier = gm_operand_view(&op->operands[k], args);
            is_shown &= op->operands[k].is_vector || op->operands[k].role == GM_ROLE_SOURCE ||
                        earlier.rows != view.rows || earlier.cols != view.cols;
        }
        if (is_shown)
            length +=
                (size_t)snprintf(text + length, GM_OP_SHAPE_SIZE - length, "%s%ux%u",
                                 length > 0 ? " " : "", (unsigned)view.rows, (unsigned)view.cols);
    }
    if (length == 0) /* vectors only */
        snprintf(text, GM_OP_SHAPE_SIZE, "%zu", length_of(&op->operands[0], args));
}
