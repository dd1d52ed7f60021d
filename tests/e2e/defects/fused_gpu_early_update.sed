# defect: fused, GPUs: the gradient goes back through weights that have taken their step already
# file: fused_gpu_stage.cl
# options: --kernels gpu --fused on
# operation: layer 2 dense_bwd_x
# tensor: dx
/^FUSED_INLINE void fused_gpu_backward/,/^}/ {
    s|fused_gpu_multiply(dy_sums, pool, pool + FUSED_POOL_W, FUSED_BLOCK_ROWS, layer->tile,|(void)(0,|
    s|^            fused_gpu_update_next(.*|&\
        FUSED_GPU_ARENA_BARRIER();\
        fused_gpu_stage_turned(pool + FUSED_POOL_W, w + q, next->panel, layer->tile, FUSED_DEPTH,\
                               next->panel - q);\
        fused_gpu_stage(pool, arena + next->dz + q, next->panel, FUSED_BLOCK_ROWS, FUSED_DEPTH,\
                        FUSED_BLOCK_ROWS, next->panel - q);\
        FUSED_GPU_BARRIER();\
        fused_gpu_multiply(\&dy_sums, pool, pool + FUSED_POOL_W, FUSED_BLOCK_ROWS, layer->tile,\
                           FUSED_DEPTH);|
}
