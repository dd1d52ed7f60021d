# defect: the slope of gelu lacks its second term
# file: activation.cl
# options: --kernels cpu --fused off --activation gelu
# options: --kernels cpu --fused on --activation gelu
# options: --kernels gpu --gemm own --activation gelu
# operation: layer 2 act_bwd
# tensor: dz
s|(normal_cdf(a) + a \* .*)));|normal_cdf(a);|
