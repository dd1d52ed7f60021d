# defect: W is not transposed where the sum has ten terms, in the input gradient of the last layer
# file: gemm_local.cl
# options: --kernels gpu --gemm own
# operation: layer 3 dense_bwd_x
# tensor: dx
s@b_col_stride, b_k_stride, first_col@k == 10 ? b_k_stride : b_col_stride, k == 10 ? b_col_stride : b_k_stride, first_col@
