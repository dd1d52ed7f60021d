/* SPDX-License-Identifier: MIT
 * Activations from their input, which the operations and the fused step share, and the operations.
 *
 * act_fwd: y = m act(a), m of dropout or 1
 *   a (B,N) in; record (GM_RECORD_SIZE) in; y (B,N) out, may alias a
 * act_bwd: dz = m dy act', from the output of a joined activation, or from the input of any
 *   kept (B,N) in; dy (B,N) in; record (GM_RECORD_SIZE) in; dz (B,N) out, may alias dy
 *
 * Work-group g of dimension 1 owns rows_per_group rows, or with dropout blocks_per_group blocks of
 * DROPOUT_ROWS; the groups of dimension 0 share a row's columns. Deterministic: every element has
 * one writer, which reads it before. */

/* ---- from the input ------------------------------------------------------------------------ */

/* gemlet_activation; those joined to the operation before them are in common.cl. */
#define ACTIVATION_LEAKY_RELU 4
#define ACTIVATION_ELU        5
#define ACTIVATION_SELU       6
#define ACTIVATION_GELU       7
#define ACTIVATION_SILU       8
#define ACTIVATION_MISH       9

/* As in host/backend/activation.h. */
#define LEAKY_RELU_SLOPE 0.01f
#define SELU_ALPHA       1.6732632423543772848f
#define SELU_SCALE       1.0507009873554804934f
#define MISH_LIMIT       30.0f

#define INVERSE_SQRT_2_PI 0.39894228040143267794f

/* Phi(a), the distribution of the standard normal. */
ALWAYS_INLINE realv normal_cdf(const realv a)
{
    return 0.5f * erfc(a * -M_SQRT1_2_F);
}

/* 1 / (1 + exp(-a)), with exp only of numbers <= 0: e is small, not infinite, where a is far below
 * 0, and the product of the two is not lost. */
ALWAYS_INLINE realv logistic(const realv a)
{
    const realv e = exp(-fabs(a));
    return (a >= 0.0f ? (realv)(1.0f) : e) / (1.0f + e);
}

/* tanh(log(1 + e)) = n / (n + 2) with n = e (e + 2), and 1 less its square is 4 (1 + e)^2 /
 * (n + 2)^2; e = exp(a). */
typedef struct mish_terms {
    realv e;
    realv tanh;
    realv inverse; /* 1 / (n + 2) */
} mish_terms;

ALWAYS_INLINE mish_terms mish_terms_of(const realv a)
{
    mish_terms m;
    m.e = exp(fmin(a, (realv)(MISH_LIMIT)));
    const realv n = m.e * (m.e + 2.0f);
    m.inverse = 1.0f / (n + 2.0f);
    m.tanh = n * m.inverse;
    return m;
}

/* act(a) */
ALWAYS_INLINE realv activate_input(const realv a, const int activation)
{
    if (activation < ACTIVATION_LEAKY_RELU)
        return activate(a, activation);
    if (activation == ACTIVATION_LEAKY_RELU)
        return a > 0.0f ? a : LEAKY_RELU_SLOPE * a;
    if (activation == ACTIVATION_ELU)
        return a > 0.0f ? a : expm1(a);
    if (activation == ACTIVATION_SELU)
        return a > 0.0f ? SELU_SCALE * a : SELU_SCALE * SELU_ALPHA * expm1(a);
    if (activation == ACTIVATION_GELU)
        return a * normal_cdf(a);
    if (activation == ACTIVATION_SILU)
        return a * logistic(a);
    return a * mish_terms_of(a).tanh;
}

/* dy * act'(a) */
ALWAYS_INLINE realv activate_input_bwd(const realv a, const realv dy, const int activation)
{
    if (activation < ACTIVATION_LEAKY_RELU)
        return activate_bwd(activate(a, activation), dy, activation);
    if (activation == ACTIVATION_LEAKY_RELU)
        return dy * (a > 0.0f ? (realv)(1.0f) : (realv)(LEAKY_RELU_SLOPE));
    if (activation == ACTIVATION_ELU)
        return dy * (a > 0.0f ? (realv)(1.0f) : exp(a));
    if (activation == ACTIVATION_SELU)
        return dy * (a > 0.0f ? (realv)(SELU_SCALE) : SELU_SCALE * SELU_ALPHA * exp(a));
    if (activation == ACTIVATION_GELU)
        return dy * (normal_cdf(a) + a * (INVERSE_SQRT_2_PI * exp(a * a * -0.5f)));
    if (activation == ACTIVATION_SILU)
        return dy * (logistic(a) * (1.0f + a * logistic(-a)));
    const mish_terms m = mish_terms_of(a);
    return dy * (m.tanh + 4.0f * a * ((m.e * m.inverse) * ((1.0f + m.e) * m.inverse)));
}

/* ---- operations ---------------------------------------------------------------------------- */

#ifndef FUSED_STEP /* it has kernels of its own */

__kernel __attribute__((reqd_work_group_size(WG_COLS, WG_ROWS, 1)))
void activation_fwd(__global const float *a, const ulong a_offset, const ulong a_ld,
                    __global float *y, const ulong y_offset, const ulong y_ld,
                    const int activation, const uint rows, const uint cols,
                    const uint rows_per_group)
{
    const uint first_row = get_group_id(1) * rows_per_group;
    const uint end_row = min(first_row + rows_per_group, rows);
    const uint stride = get_num_groups(0) * WG_COLS * VEC;
    for (uint row = first_row + get_local_id(1); row < end_row; row += WG_ROWS) {
        for (uint col = get_global_id(0) * VEC; col < cols; col += stride) {
            const realv a_v = LOAD_V(a + a_offset + row * a_ld + col);
            store_lanes(activate_input(a_v, activation), y + y_offset + row * y_ld + col,
                        lanes_inside(col, cols));
        }
    }
}

/* Several kernels for an operation: drivers that compile a kernel at its first launch do not compile
 * what a network does not have. */
__kernel __attribute__((reqd_work_group_size(WG_COLS, WG_ROWS, 1)))
void activation_bwd(__global const float *y, const ulong y_offset, const ulong y_ld,
                    __global const float *dy, const ulong dy_offset, const ulong dy_ld,
                    __global float *dz, const ulong dz_offset, const ulong dz_ld,
                    const int activation, const uint rows, const uint cols,
                    const uint rows_per_group)
{
    const uint first_row = get_group_id(1) * rows_per_group;
    const uint end_row = min(first_row + rows_per_group, rows);
    const uint stride = get_num_groups(0) * WG_COLS * VEC;
    for (uint row = first_row + get_local_id(1); row < end_row; row += WG_ROWS) {
        for (uint col = get_global_id(0) * VEC; col < cols; col += stride) {
            const realv y_v = LOAD_V(y + y_offset + row * y_ld + col);
            const realv dy_v = LOAD_V(dy + dy_offset + row * dy_ld + col);
            store_lanes(activate_bwd(y_v, dy_v, activation), dz + dz_offset + row * dz_ld + col,
                        lanes_inside(col, cols));
        }
    }
}

__kernel __attribute__((reqd_work_group_size(WG_COLS, WG_ROWS, 1)))
void activation_input_bwd(__global const float *a, const ulong a_offset, const ulong a_ld,
                          __global const float *dy, const ulong dy_offset, const ulong dy_ld,
                          __global float *dz, const ulong dz_offset, const ulong dz_ld,
                          const int activation, const uint rows, const uint cols,
                          const uint rows_per_group)
{
    const uint first_row = get_group_id(1) * rows_per_group;
    const uint end_row = min(first_row + rows_per_group, rows);
    const uint stride = get_num_groups(0) * WG_COLS * VEC;
    for (uint row = first_row + get_local_id(1); row < end_row; row += WG_ROWS) {
        for (uint col = get_global_id(0) * VEC; col < cols; col += stride) {
            const realv a_v = LOAD_V(a + a_offset + row * a_ld + col);
            const realv dy_v = LOAD_V(dy + dy_offset + row * dy_ld + col);
            store_lanes(activate_input_bwd(a_v, dy_v, activation), dz + dz_offset + row * dz_ld + col,
                        lanes_inside(col, cols));
        }
    }
}

__kernel __attribute__((reqd_work_group_size(WG_COLS, WG_ROWS, 1)))
void activation_dropout_fwd(__global const float *a, const ulong a_offset, const ulong a_ld,
                            __global const float *record, const ulong record_offset,
                            __global float *y, const ulong y_offset, const ulong y_ld,
                            const int activation, const uint layer, const uint rows,
                            const uint cols, const uint blocks_per_group)
{
    const dropout_numbers numbers = dropout_numbers_load(record + record_offset, layer);
    const uint first_block = get_group_id(1) * blocks_per_group;
    const uint end_block = min(first_block + blocks_per_group, CEIL_DIV(rows, DROPOUT_ROWS));
    const uint stride = get_num_groups(0) * WG_COLS * VEC;
    for (uint block = first_block + get_local_id(1); block < end_block; block += WG_ROWS) {
        for (uint col = get_global_id(0) * VEC; col < cols; col += stride) {
            const uint n_rows = min(rows - block * DROPOUT_ROWS, DROPOUT_ROWS);
            philox_words words = dropout_draw(col, block, layer, &numbers);
            for (uint i = 0; i < n_rows; ++i) {
                const uint row = block * DROPOUT_ROWS + i;
                const realv a_v = LOAD_V(a + a_offset + row * a_ld + col);
                store_lanes(dropout_next_mask(&words, i, &numbers) * activate_input(a_v, activation),
                            y + y_offset + row * y_ld + col, lanes_inside(col, cols));
            }
        }
    }
}

__kernel __attribute__((reqd_work_group_size(WG_COLS, WG_ROWS, 1)))
void activation_dropout_bwd(__global const float *a, const ulong a_offset, const ulong a_ld,
                            __global const float *dy, const ulong dy_offset, const ulong dy_ld,
                            __global const float *record, const ulong record_offset,
                            __global float *dz, const ulong dz_offset, const ulong dz_ld,
                            const int activation, const uint layer, const uint rows,
                            const uint cols, const uint blocks_per_group)
{
    const dropout_numbers numbers = dropout_numbers_load(record + record_offset, layer);
    const uint first_block = get_group_id(1) * blocks_per_group;
    const uint end_block = min(first_block + blocks_per_group, CEIL_DIV(rows, DROPOUT_ROWS));
    const uint stride = get_num_groups(0) * WG_COLS * VEC;
    for (uint block = first_block + get_local_id(1); block < end_block; block += WG_ROWS) {
        for (uint col = get_global_id(0) * VEC; col < cols; col += stride) {
            const uint n_rows = min(rows - block * DROPOUT_ROWS, DROPOUT_ROWS);
            philox_words words = dropout_draw(col, block, layer, &numbers);
            for (uint i = 0; i < n_rows; ++i) {
                const uint row = block * DROPOUT_ROWS + i;
                const realv a_v = LOAD_V(a + a_offset + row * a_ld + col);
                const realv dy_v = dropout_next_mask(&words, i, &numbers) *
                                   LOAD_V(dy + dy_offset + row * dy_ld + col);
                store_lanes(activate_input_bwd(a_v, dy_v, activation),
                            dz + dz_offset + row * dz_ld + col, lanes_inside(col, cols));
            }
        }
    }
}

#endif
