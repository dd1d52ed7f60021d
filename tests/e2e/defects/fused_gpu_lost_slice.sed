# defect: fused, GPUs: the last slice of a tile's sums is not added
# file: fused_gpu_tile.cl
# options: --kernels gpu --fused on
# operation: layer 1 dense_fwd
# tensor: y
s|slice < fused_gpu_slices(rows, cols)|slice + 1 < fused_gpu_slices(rows, cols)|
