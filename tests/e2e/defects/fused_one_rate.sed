# defect: fused: parameters with a learning rate of their own take the others'
# file: fused_common.cl
# options: --kernels cpu --fused on --lr-scale scales=0.5
# operation: sgd_step
# tensor: layer 1 gamma
s|numbers->record + record \* FUSED_RECORD_SIZE|numbers->record|
