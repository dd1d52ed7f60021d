# defect: the code of a place between edges goes on beyond them
# file: input_transform.cl
# options: --kernels cpu
# options: --kernels cpu --fused on
# options: --kernels gpu --gemm own
# target: body_mass_g
# operation: encode_batch
# tensor: x
s|(quotient < zero ? zero : quotient > one ? one : quotient)|(quotient < zero ? zero : quotient)|
