# defect: the bias is left out; it is 0 before the first step, so the second step shows it
# file: gemm_tile.cl
# options: --kernels cpu --gemm own
# operation: layer 3 dense_fwd
# tensor: y
s|const float16 shift = has_bias \&\& j < n_vectors|const float16 shift = has_bias > 1 \&\& j < n_vectors|
