# defect: fused: weight decay pulls at gamma and beta too
# file: fused_stage.cl
# options: --kernels cpu --fused on
# operation: sgd_step
# tensor: layer 1 gamma
s|dgamma + col), 0.0f,|dgamma + col), numbers->update.weight_decay,|
