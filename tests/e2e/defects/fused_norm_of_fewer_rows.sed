# defect: fused: the norm of a column of weights lacks its last rows
# file: fused_norms.cl
# options: --kernels cpu --fused on --max-norm 0.5
# operation: layer 1 norm_max
# tensor: weights
s|row < layer->k; row += 4|row + 4 < layer->k; row += 4|
