# defect: the weight of a row counts in its loss only
# file: softmax.cl
# options: --kernels cpu --class-weight 0=3
# options: --kernels gpu --gemm own --class-weight 0=3
# operation: softmax_xent
# tensor: dlogits
s|weight \* ((p - target) / n)|(p - target) / n|
