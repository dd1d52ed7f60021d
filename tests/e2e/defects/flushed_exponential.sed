# defect: probabilities are flushed to zero long before they are subnormal
# file: softmax.cl
# options: --kernels cpu --hidden none --init normal --init-scale 2
# options: --kernels gpu --hidden none --init normal --init-scale 2
# operation: softmax_xent
# tensor: dlogits
s|const realv p = exp(LOAD_V(x + col) - largest) / sum;|const realv e = exp(LOAD_V(x + col) - largest); const realv p = (e > 0x1p-63f ? e : (realv)(0.0f)) / sum;|
