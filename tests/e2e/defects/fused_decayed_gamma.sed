# defect: fused: weight decay pulls at gamma and beta too
# file: fused_common.cl
# options: --kernels cpu --fused on
# operation: sgd_step
# tensor: layer 1 gamma
s|fused_update(parameter, gradient, 0.0f, numbers)|fused_update(parameter, gradient, numbers->update.weight_decay, numbers)|
