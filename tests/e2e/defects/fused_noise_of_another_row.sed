# defect: fused: a row gets the noise of the one behind it
# file: fused_common.cl
# options: --kernels cpu --fused on --input-noise 0.2
# options: --kernels gpu --fused on --input-noise 0.2
# operation: noise
# tensor: y
s|noise_add(x, col, row, &own)|noise_add(x, col, row + 1, \&own)|
