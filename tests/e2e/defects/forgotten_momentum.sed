# defect: momentum weighs the new gradient, not what came before it
# file: update.cl
# options: --kernels cpu --fused off --momentum 0.9
# options: --kernels cpu --fused on --momentum 0.9
# options: --kernels gpu --gemm own --momentum 0.9
# operation: sgd_momentum_step
# tensor: layer 1 weight
s|\*v = fma(momentum, \*v, d);|*v = fma(momentum, d, *v);|
