# defect: what is mixed in of another row's target goes to the row's own class
# file: softmax.cl
# options: --mixup 1 --kernels cpu
# options: --mixup 1 --kernels gpu --gemm own
# operation: softmax_xent
# tensor: dlogits
s|labels\[labels_offset + rows - 1 - row\]|labels[labels_offset + row]|
