# defect: fused: batch-norm divides by the number of rows with their padding
# file: fused_stage.cl
# options: --kernels cpu --fused on --batch 63
# operation: layer 1 bn_act_fwd_train
# tensor: mean
s|(float)FUSED_BATCH, scratch);|(float)FUSED_ROWS, scratch);|
