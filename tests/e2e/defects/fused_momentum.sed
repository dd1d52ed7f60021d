# defect: fused: the running statistics weigh old and new the wrong way round
# file: fused_stage.cl
# options: --kernels cpu --fused on
# operation: layer 1 bn_act_fwd_train
# tensor: running_mean
s|numbers->running_momentum|1.0f - numbers->running_momentum|
