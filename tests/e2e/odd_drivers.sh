#!/bin/sh
# SPDX-License-Identifier: MIT
# Drivers that run only small work-groups of some kernels, or reject them; and what becomes of a
# context in which CLBlast failed.
#
#   odd_drivers.sh KERNEL-DIRECTORY BAD-DRIVER-LIBRARY BAD-CLBLAST-LIBRARY MNIST-DIRECTORY
. "$(dirname -- "$0")/lib.sh"

kernels=$1
driver=$2
clblast=$3
mnist=$4
need_opencl
make_small_data "$work/data"
train="train --overwrite --data $work/data --device opencl-cpu --kernels gpu --gemm own --hidden 150 --batch 60
    --steps 5 --fused off"

# with_driver MODE KERNELS COMMAND...
with_driver() {
    mode=$1
    concerned=$2
    shift 2
    env BAD_DRIVER="$mode" BAD_DRIVER_KERNEL="$concerned" LD_PRELOAD="$driver" "$@"
}

# tiles: those that the step of --explain launched, in one line.
tiles() {
    grep -o 'gemm_local_[0-9]*' "$work/stdout" | sort -u | tr '\n' ' '
}

# shellcheck disable=SC2086 # $train is a list of words
{
    # ---- a device that runs a tile in too small groups only: a smaller tile; no other: an error
    expect_success "$gemlet" $train --explain --out "$work/out"
    n_checks=$((n_checks + 1))
    tiles | grep -q 'gemm_local_64' || fail "no large tile without the odd driver: $(tiles)"
    expect_success with_driver small gemm_local_64 "$gemlet" $train --explain --out "$work/out"
    n_checks=$((n_checks + 1))
    tiles | grep -q 'gemm_local_64' && fail "a tile that cannot run was launched: $(tiles)"
    expect_success with_driver small gemm_local_128 "$gemlet" $train --quiet --out "$work/out"
    expect_error 1 "kernel gemm_local_32 needs work-groups of 256 items, it allows 64" -- \
        with_driver small gemm_local_32 "$gemlet" $train --quiet --out "$work/out"
    expect_error 1 "kernel batch_norm_bwd needs work-groups of 256 items, it allows 64" -- \
        with_driver small batch_norm_bwd "$gemlet" $train --quiet --out "$work/out"
    expect_error 1 "kernel sgd_step" "does not know the size of the work-groups" -- \
        with_driver unknown sgd_step "$gemlet" $train --quiet --out "$work/out"

    # ---- a compiler that rejects one of the optional kernels: without them, and it is said
    cp -r "$kernels" "$work/kernels"
    printf '#ifndef WITHOUT_OPTIONAL\nthis is no kernel\n#endif\n' >>"$work/kernels/gemm_local.cl"
    expect_success env GEMLET_KERNEL_DIR="$work/kernels" "$gemlet" $train --explain --out "$work/out"
    expect_equal "tiles" "$(tiles)" "gemm_local_32 "
    grep -q "^gemlet train: device .* does without the kernels that only make it faster: .*gemm_local.cl" \
        "$work/stderr" || fail "not told of the rejected kernels: $(cat "$work/stderr")"
    expect_success env GEMLET_KERNEL_DIR="$work/kernels" "$gemlet" qualify --device opencl-cpu \
        --kernels gpu --gemm own --quiet --network 7-5bn-tanh-3 --batch 9

    # ---- CLBlast's caches go before the context, where it was used
    job="train --overwrite --data $mnist --device opencl-cpu --hidden 48 --steps 3 --quiet --fused off"
    expect_success env BAD_CLBLAST=none BAD_CLBLAST_TRACE="$work/trace" LD_PRELOAD="$clblast" \
        "$gemlet" $job --gemm own --out "$work/own"
    expect_equal "without CLBlast" "$(tr '\n' ' ' <"$work/trace")" "released "
    rm "$work/trace"
    expect_success env BAD_CLBLAST_TRACE="$work/trace" LD_PRELOAD="$clblast" \
        "$gemlet" $job --gemm clblast --no-qualify --out "$work/clblast"
    expect_equal "with CLBlast" "$(tr '\n' ' ' <"$work/trace")" "cleared released "

    # ---- a context that died with CLBlast is replaced: own kernels are not blamed for it
    rm -rf "$XDG_CACHE_HOME"
    expect_success env BAD_CLBLAST=dead LD_PRELOAD="$clblast" "$gemlet" $job --gemm clblast \
        --out "$work/after"
    grep -q 'CLBlast.* fails on this device: .*using own' "$work/stderr" ||
        fail "not told of the failure: $(cat "$work/stderr")"
    expect_same_file "after a dead context" "$work/after/model_mnist.npz" "$work/own/model_mnist.npz"
}
finish
