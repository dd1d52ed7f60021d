# defect: one element of one shape of product is wrong in its third digit
# file: gemm_local.cl
# options: --kernels gpu --gemm own
# operation: layer 1 dense_bwd_w
# tensor: dw
# place: row 400, column 7
s@p->c_ld + col, sum,@p->c_ld + col, p->m == 784 \&\& row == 400 \&\& col == 4 ? sum * (float4)(1.0f, 1.0f, 1.0f, 1.001f) : sum,@
