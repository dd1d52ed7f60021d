# defect: fused, GPUs: no barrier between the slices' sums and adding them up
# file: fused_gpu_tile.cl
# options: --kernels gpu --fused on
# operation: layer 1 dense_fwd
# tensor: y
s|FUSED_GPU_BARRIER(); /\* the sums of all slices are there \*/||
