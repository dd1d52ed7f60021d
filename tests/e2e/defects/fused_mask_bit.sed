# defect: fused: where zeros are skipped, the mask of a tile lacks the last of 16 columns
# file: fused_stage.cl
# options: --kernels cpu --fused on
# operation: layer 1 dense_fwd
# tensor: y
s/fused_bits(any_set);/fused_bits(any_set) \& 0x7fff;/
