# defect: W is not transposed where the sum has ten terms, in the input gradient of the last layer
# file: gemm_local.cl
# options: --kernels gpu --gemm own
# operation: layer 3 dense_bwd_x
# tensor: dx
s@p->b_col_stride, p->b_k_stride, first_col@p->k == 10 ? p->b_k_stride : p->b_col_stride, p->k == 10 ? p->b_col_stride : p->b_k_stride, first_col@
