# defect: fused: the gradients of a bias, and of beta, are not clipped
# file: fused_norms.cl
# options: --kernels cpu --fused on --clip-norm 0.1
# operation: sgd_step
# tensor: layer 1 beta
s|(beta, factor \* |(beta, |
