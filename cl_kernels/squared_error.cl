/* SPDX-License-Identifier: MIT
 * squared_error.
 *   outputs (B,1) in; targets (B) in, the bits of floats; doutputs (B,1) out, may alias outputs;
 *   loss (1) out
 * One work-group, whose items take the rows in turn: a row is a handful of instructions. Sums in a
 * fixed order: each item's own part in order, items as a tree. */

/* One row of squared_error: writes its gradient and *row_loss. */
ALWAYS_INLINE void squared_error_row(__global const float *const output,
                                     __global float *const doutput, const uint target,
                                     const float n, float *const row_loss)
{
    const float error = *output - as_float(target);
    *doutput = 2.0f * error / n;
    *row_loss = error * error;
}

#ifndef FUSED_STEP /* it has kernels of its own */

__kernel __attribute__((reqd_work_group_size(WG_FLAT, 1, 1)))
void squared_error(__global const float *outputs, const ulong outputs_offset,
                   const ulong outputs_ld, __global const uint *targets,
                   const ulong targets_offset, __global float *doutputs,
                   const ulong doutputs_offset, const ulong doutputs_ld, __global float *loss,
                   const ulong loss_offset, const uint rows)
{
    FLAT_SCRATCH(scratch);
    float item_sum = 0.0f;
    for (uint row = get_local_id(0); row < rows; row += WG_FLAT) {
        float loss_of_row;
        squared_error_row(outputs + outputs_offset + row * outputs_ld,
                          doutputs + doutputs_offset + row * doutputs_ld,
                          targets[targets_offset + row], (float)rows, &loss_of_row);
        item_sum += loss_of_row;
    }
    const float sum = reduce_flat_sum(item_sum, scratch);
    if (get_local_id(0) == 0)
        loss[loss_offset] = sum / (float)rows;
}

#endif
