# defect: a gradient is divided by the square of its norm
# file: norm.cl
# options: --kernels cpu --clip-norm 0.1
# options: --kernels gpu --gemm own --clip-norm 0.1
# operation: norm_clip
# tensor: layer 1 dweight
s|limit / sqrt(squares)|limit / squares|
