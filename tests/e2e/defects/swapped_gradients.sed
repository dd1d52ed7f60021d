# defect: the gradients of gamma and beta are swapped
# file: batch_norm.cl
# options: --kernels cpu
# options: --kernels gpu
# operation: layer 2 bn_act_bwd
# tensor: dgamma
s|store_lanes(sum, dbeta,|store_lanes(sum_h, dbeta,|
s|store_lanes(sum_h, dgamma,|store_lanes(sum, dgamma,|
