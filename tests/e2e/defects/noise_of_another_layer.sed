# defect: hidden layers get the noise of the inputs
# file: noise.cl
# options: --kernels cpu --fused off --hidden-noise 0.2
# options: --kernels cpu --fused on --hidden-noise 0.2
# options: --kernels gpu --gemm own --hidden-noise 0.2
# operation: layer 1 noise
# tensor: y
s|row, numbers->layer, NOISE_COUNTER|row, 0, NOISE_COUNTER|
