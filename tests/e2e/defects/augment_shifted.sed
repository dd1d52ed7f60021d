# defect: augmented images lie half a pixel off
# file: augment.cl
# options: --kernels cpu --fused off --augment rotate=15
# options: --kernels cpu --fused on --augment rotate=15
# options: --kernels gpu --gemm own --augment rotate=15
# operation: augment
# tensor: y
s|map.x0 = 0.5f \* (width - 1)|map.x0 = 0.5f * width|
