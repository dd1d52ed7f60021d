# defect: fused: the last column of a panel that is not full does not count in the next layer's sums
# file: fused_stage.cl
# options: --kernels cpu --fused on
# operation: layer 2 dense_fwd
# tensor: y
s|return min(layer->panel, layer->width - p \* layer->panel);|const uint n = layer->width - p * layer->panel; return n < layer->panel ? n - 1 : layer->panel;|
