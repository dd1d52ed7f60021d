# defect: a row of every block is no noise
# file: elastic.cl
# options: --kernels cpu --fused off --augment elastic=36:6
# options: --kernels cpu --fused on --augment elastic=36:6
# options: --kernels gpu --gemm own --augment elastic=36:6
# operation: elastic_noise
# tensor: noise_0
s|first + i < height ?|first + i < height \&\& i < 7 ?|
