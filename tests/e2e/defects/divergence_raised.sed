# defect: the divergence pulls the answers apart instead of together
# file: softmax.cl
# options: --virtual-adversarial 2 --kernels cpu
# options: --virtual-adversarial 2 --kernels gpu --gemm own
# operation: softmax_kl
# tensor: dlogits
s|(p - LOAD_V(target + col))|(LOAD_V(target + col) - p)|
