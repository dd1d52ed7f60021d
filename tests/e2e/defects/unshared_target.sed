# defect: what label smoothing takes from the label goes to no other class
# file: softmax.cl
# options: --kernels cpu --fused off --label-smoothing 0.1
# options: --kernels cpu --fused on --label-smoothing 0.1
# options: --kernels gpu --gemm own --label-smoothing 0.1
# operation: softmax_xent
# tensor: dlogits
s|own + other + share;|own + other;|
