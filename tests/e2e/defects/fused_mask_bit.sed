# defect: fused: where zeros are skipped, the mask of four rows knows the last of them only
# file: fused_stage.cl
# options: --kernels cpu --fused on
# operation: layer 1 dense_fwd
# tensor: y
s/any_flags |= flags;/any_flags = flags;/
