# defect: fused: a row is mixed with the wrong one
# file: fused_common.cl
# options: --kernels cpu --fused on --mixup 1
# options: --kernels gpu --fused on --mixup 1
# operation: mix_rows
# tensor: y
s|fused_row(features, order, FUSED_BATCH - 1 - row)|fused_row(features, order, FUSED_BATCH - 1 - (row ^ 1))|
