/* SPDX-License-Identifier: MIT
 * What a device can do at most, for benchmarks and profiles: a program of its own, behind
 * common.cl. Every item works by itself; the results mean nothing but keep the work from being left
 * out. */

#ifndef FMA_CHAINS
#define FMA_CHAINS                                                                                 \
    16 /* independent sums per item: enough to hide the latency of an FMA, few enough              \
        * for the registers */
#endif

/* FMA_CHAINS x VEC x n_rounds multiply-adds per item.
 *   out (items, VEC) out */
__kernel __attribute__((reqd_work_group_size(WG_FLAT, 1, 1))) void limits_fma(
    __global float *const out, const uint n_rounds, const float a, const float b)
{
    realv sums[FMA_CHAINS];
    const size_t item = get_global_id(0);
#pragma unroll
    for (uint i = 0; i < FMA_CHAINS; ++i)
        sums[i] = (float)(item + i);
    for (uint round = 0; round < n_rounds; ++round) {
#pragma unroll
        for (uint i = 0; i < FMA_CHAINS; ++i)
            sums[i] = fma(sums[i], (realv)(a), (realv)(b));
    }
    realv sum = 0.0f;
#pragma unroll
    for (uint i = 0; i < FMA_CHAINS; ++i)
        sum += sums[i];
    STORE_V(sum, out + item * VEC);
}

/* Copies p to q, then q to p, and so on: n_rounds times. Every group has a slice of its own, all
 * slices are equally long.
 *   p, q (groups, vectors_per_group, VEC) in and out */
__kernel __attribute__((reqd_work_group_size(WG_FLAT, 1, 1))) void limits_copy(
    __global float *p, __global float *q, const ulong vectors_per_group, const uint n_rounds)
{
    const ulong first = get_group_id(0) * vectors_per_group;
    const ulong end = first + vectors_per_group;
    for (uint round = 0; round < n_rounds; ++round) {
        for (ulong vector = first + get_local_id(0); vector < end; vector += WG_FLAT)
            STORE_V(LOAD_V(p + vector * VEC), q + vector * VEC);
        __global float *const from = p;
        p = q;
        q = from;
    }
}

/* The least that can be launched. */
__kernel __attribute__((reqd_work_group_size(WG_FLAT, 1, 1))) void limits_nothing(
    __global float *const out)
{
    out[get_global_id(0)] = 0.0f;
}
