# defect: dropout takes the random number of the row beside it
# file: dropout.cl
# options: --kernels cpu --fused off --dropout 0.2
# options: --kernels cpu --fused on --dropout 0.2
# options: --kernels gpu --gemm own --dropout 0.2
# operation: layer 1 act_fwd
# tensor: y
s|row % 2 == 0 ?|row % 2 == 1 ?|
