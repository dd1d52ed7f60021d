# defect: an adversarial step lowers the loss instead of raising it
# file: sign_step.cl
# options: --adversarial 0.1 --kernels cpu
# options: --adversarial 0.1 --kernels gpu --gemm own
# operation: sign_step
# tensor: y
s|x_ld + col) + step,|x_ld + col) - step,|
