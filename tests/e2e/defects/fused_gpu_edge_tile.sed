# defect: fused, GPUs: the last part of a product's k ends too early
# file: fused_gpu_stage.cl
# options: --kernels gpu --fused on
# operation: layer 2 dense_fwd
# tensor: y
/^FUSED_INLINE void fused_gpu_forward/,/^}/ s|before->panel - k, layer->tile)|before->panel - k - WG_COLS, layer->tile)|
