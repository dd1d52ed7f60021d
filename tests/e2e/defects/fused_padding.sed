# defect: fused: activations are written into the padding of a panel, where no result depends on it
# file: fused_stage.cl
# options: --kernels cpu --fused on --no-batch-norm --activation sigmoid
# operation: layer 1 dense_fwd
# tensor: it wrote beside its output y
# place: row 0, column 150
s|layer->activation == ACTIVATION_SIGMOID|0|
