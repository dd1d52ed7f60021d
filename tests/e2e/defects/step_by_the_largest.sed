# defect: a virtual adversarial step is by the largest value of its row, not by its norm
# file: row_step.cl
# options: --virtual-adversarial 2 --kernels cpu
# options: --virtual-adversarial 2 --kernels gpu --gemm own
# operation: row_step
# tensor: y
s|e / sqrt(sum) : 0.0f|e : 0.0f|
