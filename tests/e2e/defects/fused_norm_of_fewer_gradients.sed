# defect: fused: the gradients of the first weights do not count in the norm of the gradient
# file: fused_stage.cl
# options: --kernels cpu --fused on --clip-norm 0.1
# operation: sgd_step
# tensor: layer 1 weight
s|FUSED_INPUT_SQUARES + p, squares|FUSED_INPUT_SQUARES + p, 0.0f|
