# defect: where a matrix ends within four columns, the second of them is not written
# file: gemm_local.cl
# options: --kernels gpu --gemm own
# operation: layer 1 dense_fwd
# tensor: y
s|if (n_values > 1)|if (n_values > 2)|
