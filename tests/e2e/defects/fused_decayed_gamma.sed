# defect: fused: weight decay pulls at gamma and beta too
# file: fused_stage.cl
# options: --kernels cpu --fused on
# operation: sgd_step
# tensor: layer 1 gamma
s|vload16(0, gradient), 0.0f, numbers->learning_rate)|vload16(0, gradient), numbers->weight_decay, numbers->learning_rate)|
