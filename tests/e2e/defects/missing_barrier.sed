# defect: no barrier between the levels of the tree of a sum
# file: reduce.cl
# options: --kernels gpu
# operation: layer 1 bn_act_fwd_train
# tensor: mean
/reduce_rows_sum/,/return sum/ s|barrier(CLK_LOCAL_MEM_FENCE); /\* this level of the tree done \*/||
