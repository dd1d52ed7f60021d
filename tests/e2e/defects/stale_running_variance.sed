# defect: the running variance takes its own old value instead of the batch's
# file: batch_norm.cl
# options: --kernels cpu
# options: --kernels gpu
# operation: layer 1 bn_act_fwd_train
# tensor: running_var
s|momentum \* (v \* unbiased)|momentum * LOAD_V(running_var)|
