/* SPDX-License-Identifier: MIT
 * regression_loss.
 *   outputs (B,1) in; targets (B) in, the bits of floats; weights (B) in; record (32) in; doutputs (B,1) out, may
 *   alias outputs; loss (1) out
 * One work-group, whose items take the rows in turn: a row is a handful of instructions. Sums in a
 * fixed order: each item's own part in order, items as a tree. */

/* gemlet_regression_loss. */
#define LOSS_ABSOLUTE 1.0f
#define LOSS_HUBER    2.0f

/* One row of regression_loss: writes its gradient and *row_loss. other_target: that of the row which
 * is mixed in. What is not a number stays so. */
ALWAYS_INLINE void regression_loss_row(__global const float *const output,
                                       __global float *const doutput, const uint target,
                                       const uint other_target, const float weight, const float n, const head_numbers *const numbers,
                                       float *const row_loss)
{
    const float own = as_float(target);
    const float mixed = numbers->mixed_part;
    const float error =
        *output - (mixed != 0.0f ? own + mixed * (as_float(other_target) - own) : own);
    const float size = fabs(error);
    const float delta = numbers->huber_delta;
    float slope = 2.0f * error;
    float loss = error * error;
    if (numbers->regression_loss == LOSS_ABSOLUTE) {
        slope = size > 0.0f ? copysign(1.0f, error) : error;
        loss = size;
    } else if (numbers->regression_loss == LOSS_HUBER) {
        slope = size > delta ? copysign(delta, error) : error;
        loss = size > delta ? delta * (size - 0.5f * delta) : 0.5f * loss;
    }
    *doutput = weight * (slope / n);
    *row_loss = weight * loss;
}

#ifndef FUSED_STEP /* it has kernels of its own */

__kernel __attribute__((reqd_work_group_size(WG_FLAT, 1, 1)))
void regression_loss(__global const float *outputs, const ulong outputs_offset,
                     const ulong outputs_ld, __global const uint *targets,
                     const ulong targets_offset, __global const float *weights,
                     const ulong weights_offset, const int has_weights, __global const float *record,
                     const ulong record_offset, const int has_record, __global float *doutputs,
                     const ulong doutputs_offset, const ulong doutputs_ld, __global float *loss,
                     const ulong loss_offset, const uint rows)
{
    FLAT_SCRATCH(scratch);
    const head_numbers numbers = head_numbers_of(record + record_offset, has_record);
    float item_sum = 0.0f;
    for (uint row = get_local_id(0); row < rows; row += WG_FLAT) {
        float loss_of_row;
        regression_loss_row(outputs + outputs_offset + row * outputs_ld,
                            doutputs + doutputs_offset + row * doutputs_ld,
                            targets[targets_offset + row],
                            targets[targets_offset + rows - 1 - row],
                            has_weights ? weights[weights_offset + row] : 1.0f, (float)rows,
                            &numbers, &loss_of_row);
        item_sum += loss_of_row;
    }
    const float sum = reduce_flat_sum(item_sum, scratch);
    if (get_local_id(0) == 0)
        loss[loss_offset] = sum / (float)rows;
}

#endif
