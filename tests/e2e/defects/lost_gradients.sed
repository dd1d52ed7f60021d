# defect: the gradients of the divergence take the place of those of the loss
# file: add_gradients.cl
# options: --virtual-adversarial 2 --kernels cpu
# options: --virtual-adversarial 2 --kernels gpu --gemm own
# operation: add_gradients
# tensor: layer 1 dweight
s|update_write(update_read(at, n_lanes, is_whole) +|update_write(0.0f * update_read(at, n_lanes, is_whole) +|
