# defect: the gradient of the loss is not divided by the rows of the batch
# file: softmax.cl
# options: --kernels cpu
# options: --kernels gpu
# operation: softmax_xent
# tensor: dlogits
s|store_lanes(weight \* ((p - target) / n), dx|store_lanes(weight * (p - target), dx|
