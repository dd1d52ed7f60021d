# defect: the random direction is the noise of the inputs again
# file: noise.cl
# options: --virtual-adversarial 2 --kernels cpu
# options: --virtual-adversarial 2 --kernels gpu --gemm own
# operation: noise
# tensor: y
s|numbers->layer, NOISE_COUNTER|0, NOISE_COUNTER|
