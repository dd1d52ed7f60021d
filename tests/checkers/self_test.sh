#!/bin/sh
# SPDX-License-Identifier: MIT
# Breaks kernels and sees oclgrind.sh complain: a barrier that is gone, an index beyond a buffer, a
# value that nobody wrote.
#
#   self_test.sh LIB OCLGRIND PRELOAD TEST_OP KERNELS       KERNELS: the directory cl_kernels/
. "$1"
oclgrind=$2
preload=$3
test_op=$4
kernels=$5

# expect_complaint TEXT FILE PATTERN REPLACEMENT OPERATION SHAPE
expect_complaint() {
    n_checks=$((n_checks + 1))
    rm -rf "$work/kernels"
    cp -r "$kernels" "$work/kernels" || exit 1
    sed "s@$3@$4@" "$kernels/$2" >"$work/kernels/$2"
    ! cmp -s "$kernels/$2" "$work/kernels/$2" || fail "$2: '$3' is not there any more"
    GEMLET_KERNEL_DIR=$work/kernels run sh "$oclgrind" "$preload" "$test_op" --device oclgrind \
        --kernels gpu --gemm own --op "$5" --shape "$6"
    [ "$code" -ne 77 ] || exit 77
    [ "$code" -ne 0 ] || fail "$1: passed with $2 broken"
    if ! grep -q "$1" "$work/stdout"; then
        fail "$2 broken: no '$1' in"
        head -n 20 "$work/stdout"
    fi
}

expect_complaint 'ninitialized' gemm_local.cl 'barrier(.*); /\* the block is in place.*' '' dense_bwd_x 3x5x17
expect_complaint 'data race' gemm_local.cl 'barrier(.*); /\* all have read the last.*' '' dense_bwd_x 3x5x7
expect_complaint 'data race' gemm_local.cl 'barrier(.*); /\* the sums of all.*' '' dense_bwd_x 3x5x7
expect_complaint 'data race' reduce.cl 'barrier(.*); /\* this level.* \*/' '' softmax 3x70
expect_complaint 'data race' softmax.cl 'barrier(.*); /\* all have read x.*' ';' softmax_xent 3x70
expect_complaint 'Invalid write' activation.cl 'dz + dz_offset' 'dz + dz_offset + 1048576' act_bwd 3x5
expect_complaint 'ninitialized' gemm_local.cl 'sums = {{{(float4)(0.0f)}}};' 'sums;' dense_bwd_x 3x5x7
finish
