# defect: the variance is divided by n - 1
# file: batch_norm.cl
# options: --kernels cpu
# options: --kernels gpu
# operation: layer 1 bn_act_fwd_train
# tensor: var
s|reduce_rows_sum(squares, scratch) / n;|reduce_rows_sum(squares, scratch) / max(n - 1.0f, 1.0f);|
