# defect: Adam does not correct that the second moment begins with 0
# file: update.cl
# options: --kernels cpu --fused off --optimizer adam
# options: --kernels cpu --fused on --optimizer adamw
# options: --kernels gpu --gemm own --optimizer adam
# operation: adam_step
# tensor: layer 1 weight
s|numbers->second_correction \* \*v|*v|
