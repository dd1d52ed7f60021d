# defect: fused: the last rows of the first layer's weights miss their step
# file: fused_stage.cl
# options: --kernels cpu --fused on
# operation: sgd_step
# tensor: layer 1 weight
# place: row 780, column 0
/^FUSED_INLINE void fused_update_input/,/^}/ s|FUSED_FEATURES|FUSED_FEATURES - 4|
