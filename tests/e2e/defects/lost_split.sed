# defect: split-K: the last range of k is lost
# file: gemm_local.cl
# options: --kernels gpu --gemm own --hidden 2000 --batch 16
# operation: layer 2 dense_fwd
# tensor: y
s|split < n_splits; |split + 1 < n_splits; |
