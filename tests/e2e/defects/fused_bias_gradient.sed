# defect: fused: the gradient of the bias leaves the last row out
# file: fused_stage.cl
# options: --kernels cpu --fused on
# operation: layer 3 dense_bwd_w
# tensor: dbias
s|sum += da;|sum += row + 1 < FUSED_BATCH ? da : (float16)(0.0f);|
