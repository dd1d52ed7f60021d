# defect: dropout does not scale what it keeps
# file: dropout.cl
# options: --kernels cpu --fused off --dropout 0.2
# options: --kernels cpu --fused on --dropout 0.2
# options: --kernels gpu --gemm own --dropout 0.2
# operation: layer 1 act_fwd
# tensor: y
s|(realv)(numbers->scale)|(realv)(1.0f)|
