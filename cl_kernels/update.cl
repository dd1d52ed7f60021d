/* SPDX-License-Identifier: MIT
 * Update rules: how a step changes parameters. One function each, which its operation (sgd.cl,
 * adam.cl) and the fused step share; the formulas stand at the operations in backend.h.
 *
 * A work-group owns vectors_per_group consecutive vectors: of UPDATE_VEC values.
 * Deterministic: one writer each. */

/* ---- rules --------------------------------------------------------------------------------- */

/* gm_update_rule. */
#define UPDATE_SGD          0
#define UPDATE_SGD_MOMENTUM 1
#define UPDATE_ADAM         2

#define UPDATE_MAX_STATES 2 /* of a rule */

/* What rules take from the record of a step, at the places of gm_record_item. */
typedef struct update_numbers {
    float learning_rate;
    float weight_decay;
    float momentum;
    float nesterov;
    float new_first;
    float new_second;
    float first_correction;
    float second_correction;
    float epsilon;
    float decoupled;
} update_numbers;

ALWAYS_INLINE update_numbers update_numbers_load(__global const float *const record)
{
    const update_numbers numbers = {record[0], record[1], record[2], record[3], record[5],
                                    record[6], record[7], record[8], record[9], record[10]};
    return numbers;
}

#if VEC == 1
#define UPDATE_VEC 4 /* accesses of 16 bytes */
typedef float4 updatev;
#define UPDATE_LANES ((int4)(0, 1, 2, 3))
#else
#define UPDATE_VEC VEC
typedef realv updatev;
#define UPDATE_LANES LANES
#endif

/* sgd_step of a vector of parameters. */
ALWAYS_INLINE updatev update_sgd(const updatev p, const updatev g, const updatev decay,
                                 const update_numbers *const numbers)
{
    return fma((updatev)(-numbers->learning_rate), fma(decay, p, g), p);
}

/* sgd_momentum_step of one; v in and out. */
ALWAYS_INLINE updatev update_sgd_momentum(const updatev p, const updatev g, const updatev decay,
                                          updatev *const v, const update_numbers *const numbers)
{
    const updatev momentum = numbers->momentum;
    const updatev d = fma(decay, p, g);
    *v = fma(momentum, *v, d);
    const updatev direction = numbers->nesterov != 0.0f ? fma(momentum, *v, d) : *v;
    return fma((updatev)(-numbers->learning_rate), direction, p);
}

/* adam_step of one; m, v in and out. v stays at least 0: d^2 - v is at least -v, rounded too. */
ALWAYS_INLINE updatev update_adam(const updatev p, const updatev g, const updatev decay,
                                  updatev *const m, updatev *const v,
                                  const update_numbers *const numbers)
{
    const bool is_decoupled = numbers->decoupled != 0.0f;
    const updatev d = fma(is_decoupled ? (updatev)(0.0f) : decay, p, g);
    *m = fma((updatev)(numbers->new_first), d - *m, *m);
    *v = fma((updatev)(numbers->new_second), fma(d, d, -*v), *v);
    const updatev direction = numbers->first_correction * *m /
                              (sqrt(numbers->second_correction * *v) + numbers->epsilon);
    return fma((updatev)(-numbers->learning_rate),
               fma(is_decoupled ? decay : (updatev)(0.0f), p, direction), p);
}

/* The same by any rule, which is constant where this is inlined. states: those of the optimizer, in
 * and out. */
ALWAYS_INLINE updatev update(const int rule, const updatev p, const updatev g, const updatev decay,
                             updatev *const states, const update_numbers *const numbers)
{
    if (rule == UPDATE_SGD_MOMENTUM)
        return update_sgd_momentum(p, g, decay, &states[0], numbers);
    if (rule == UPDATE_ADAM)
        return update_adam(p, g, decay, &states[0], &states[1], numbers);
    return update_sgd(p, g, decay, numbers);
}

/* ---- what their kernels share --------------------------------------------------------------- */

#ifndef FUSED_STEP /* it has kernels of its own */

/* update_read, update_write: the first n values of a vector; is_whole: it may be accessed at once.
 */
#if VEC == 1

ALWAYS_INLINE updatev update_read(__global const float *const p, const uint n, const bool is_whole)
{
    if (is_whole)
        return *(__global const float4 *)p;
    return (float4)(p[0], n > 1 ? p[1] : 0.0f, n > 2 ? p[2] : 0.0f, n > 3 ? p[3] : 0.0f);
}

ALWAYS_INLINE void update_write(const updatev v, __global float *const p, const uint n,
                                const bool is_whole)
{
    if (is_whole) {
        *(__global float4 *)p = v;
        return;
    }
    p[0] = v.s0;
    if (n > 1)
        p[1] = v.s1;
    if (n > 2)
        p[2] = v.s2;
    if (n > 3)
        p[3] = v.s3;
}

#else

ALWAYS_INLINE updatev update_read(__global const float *const p, const uint n, const bool is_whole)
{
    return LOAD_V(p);
}

ALWAYS_INLINE void update_write(const updatev v, __global float *const p, const uint n,
                                const bool is_whole)
{
    store_lanes(v, p, n);
}

#endif

/* Weight decay of the vector from i on. */
ALWAYS_INLINE updatev update_decay(const ulong i, const ulong n_decayed, const float weight_decay)
{
    if (i >= n_decayed)
        return 0.0f;
    if (n_decayed - i >= UPDATE_VEC)
        return weight_decay;
    return UPDATE_LANES < (int)(n_decayed - i) ? (updatev)(weight_decay) : (updatev)(0.0f);
}

/* The part of a work-group. states (UPDATE_MAX_STATES): n_states of the rule; their number is
 * constant where this is inlined, so that the loops over them leave no array in memory.
 * is_aligned: so are the views. */
ALWAYS_INLINE void update_part(const int rule, __global float *const p,
                               __global float *const *const states, const uint n_states,
                               __global const float *const g, const ulong n, const ulong n_decayed,
                               const ulong vectors_per_group, const bool is_aligned,
                               const update_numbers *const numbers)
{
    const ulong first = get_group_id(0) * vectors_per_group;
    const ulong end = min(first + vectors_per_group, (ulong)CEIL_DIV(n, UPDATE_VEC));
    for (ulong vector = first + get_local_id(0); vector < end; vector += WG_FLAT) {
        const ulong i = vector * UPDATE_VEC;
        const uint n_lanes = (uint)min(n - i, (ulong)UPDATE_VEC);
        const bool is_whole = is_aligned && n_lanes == UPDATE_VEC;
        updatev values[UPDATE_MAX_STATES];
#pragma unroll
        for (uint s = 0; s < UPDATE_MAX_STATES; ++s)
            values[s] =
                s < n_states ? update_read(states[s] + i, n_lanes, is_whole) : (updatev)(0.0f);
        const updatev updated =
            update(rule, update_read(p + i, n_lanes, is_whole),
                   update_read(g + i, n_lanes, is_whole),
                   update_decay(i, n_decayed, numbers->weight_decay), values, numbers);
        update_write(updated, p + i, n_lanes, is_whole);
#pragma unroll
        for (uint s = 0; s < UPDATE_MAX_STATES; ++s) {
            if (s < n_states)
                update_write(values[s], states[s] + i, n_lanes, is_whole);
        }
    }
}

#endif
