# defect: the last column of a matrix whose width is no multiple of the vector's is not written
# file: common.cl
# options: --kernels cpu
# operation: layer 1 dense_fwd
# tensor: y
s|return col < cols ? min(cols - col, (uint)VEC) : 0;|return col < cols ? min(cols - col - (cols - col < VEC), (uint)VEC) : 0;|
