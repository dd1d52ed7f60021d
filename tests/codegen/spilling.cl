/* SPDX-License-Identifier: MIT
 * Kernels that no GPU has the registers for; gpu-codegen.sh must report each of them.
 *
 * spilling_array: an array that is indexed with what is known only at run time lies in scratch
 *   memory.
 * spilling_registers: 300 values that are all alive at once, more than the 256 (AMD) and 255
 *   (NVIDIA) registers an item can have. */

__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void spilling_array(__global const uint *index, __global float *out)
{
    float values[64];
    for (uint i = 0; i < 64; ++i)
        values[i] = out[i];
    values[index[get_global_id(0)] % 64] = 1.0f;
    out[get_global_id(0)] = values[index[get_global_id(0) + 64] % 64];
}

__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void spilling_registers(__global float *out, const uint n)
{
    float values[300];
#pragma unroll
    for (uint i = 0; i < 300; ++i)
        values[i] = out[i * 64 + get_local_id(0)];
    for (uint k = 0; k < n; ++k) {
#pragma unroll
        for (uint i = 0; i < 300; ++i)
            values[i] = fma(values[i], values[(i + 7) % 300], values[(i + 1) % 300]);
    }
#pragma unroll
    for (uint i = 0; i < 300; ++i)
        out[i * 64 + get_local_id(0)] = values[i];
}
