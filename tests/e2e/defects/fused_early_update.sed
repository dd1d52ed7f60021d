# defect: fused: the gradient goes back through weights that have taken their step already
# file: fused_stage.cl
# options: --kernels cpu --fused on
# operation: layer 3 dense_bwd_x
# tensor: dx
/^FUSED_INLINE void fused_backward/,/^}/ {
    /__global float \*const turned/,/fused_own_backward/ {
        /float16 squares = 0.0f;/b
        H
        d
    }
    /^}/ {
        x
        G
    }
}
