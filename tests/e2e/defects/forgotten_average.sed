# defect: an average takes the new values at their full weight
# file: average.cl
# options: --kernels cpu --fused off --average ema:0.9
# options: --kernels cpu --fused on --average ema:0.9
# options: --kernels gpu --gemm own --average ema:0.9
# operation: average_step
# tensor: layer 1 weight.average
s|return fma((updatev)(weight), v - e, e);|return v;|
