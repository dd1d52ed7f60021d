# defect: fused: what is mixed in of another row's target goes to the row's own class
# file: fused_stage.cl
# options: --kernels cpu --fused on --mixup 1
# operation: softmax_xent
# tensor: dlogits
s|labels\[FUSED_MIXUP ? FUSED_BATCH - 1 - row : row\]|labels[row]|
