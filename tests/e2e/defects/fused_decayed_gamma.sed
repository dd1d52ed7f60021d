# defect: fused: weight decay pulls at gamma and beta too
# file: fused_stage.cl
# options: --kernels cpu --fused on
# operation: sgd_step
# tensor: layer 1 gamma
s|vload16(0, gradient), 0.0f, learning_rate)|vload16(0, gradient), FUSED_WEIGHT_DECAY, learning_rate)|
