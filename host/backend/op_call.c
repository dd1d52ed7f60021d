/* SPDX-License-Identifier: MIT
 * What the table of ops.h says of one call: whether its arguments fit, what it costs, its shape as
 * text. */
#include <stdio.h>
#include <string.h>

#include "backend/activation.h"
#include "backend/ops.h"
#include "core/names.h"

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
