# defect: fused, GPUs: the way back takes the mean of other batches
# file: fused_gpu_stage.cl
# options: --kernels gpu --fused on
# operation: layer 2 bn_act_bwd
# tensor: dgamma
s|arena\[layer->mean + col\]|arena[layer->running_mean + col]|
