#!/bin/sh
# SPDX-License-Identifier: MIT
# Devices that are not there, are several, or whose compiler refuses a kernel.
#
#   device_errors.sh KERNEL-DIRECTORY
. "$(dirname -- "$0")/lib.sh"

kernels=$1
make_small_data "$work/data"
small="train --data $work/data --hidden 3 --batch 8 --steps 3 --overwrite --out $work/out"

expect_success "$gemlet" devices
grep -q '^\[cpu\]' "$work/stdout" || fail "devices does not list the CPU path"

# ---- a machine without OpenCL: the loader finds no driver
mkdir "$work/no-drivers"
without_opencl() {
    env OCL_ICD_VENDORS="$work/no-drivers/" OPENCL_VENDOR_PATH="$work/no-drivers" "$@"
}
expect_success without_opencl "$gemlet" devices
grep -q '^Note: .*no OpenCL platform' "$work/stdout" || fail "devices does not say that no platform is there"
expect_success without_opencl "$gemlet" devices --json
# shellcheck disable=SC2086 # $small is a list of words
{
    expect_success without_opencl "$gemlet" $small
    grep -q 'CPU path' "$work/stdout" || fail "train does not say that it takes the CPU path"
    rm -r "$work/out"
    expect_error 1 "gpu" -- without_opencl "$gemlet" $small --device gpu
    expect_error 1 "opencl-cpu" -- without_opencl "$gemlet" $small --device opencl-cpu \
        --fused auto
    expect_error 1 "0" -- without_opencl "$gemlet" $small --device 0
    expect_error 1 "pocl" -- without_opencl "$gemlet" $small --device pocl

    # ---- with OpenCL
    need_opencl
    expect_error 1 "'no such device'" -- "$gemlet" $small --device "no such device"
    expect_error 1 "99" -- "$gemlet" $small --device 99
    expect_error 1 "-1" -- "$gemlet" $small --device=-1
    expect_error 1 "99999999999999999999" -- "$gemlet" $small --device 99999999999999999999

    # ---- several: POCL can be told to show its device twice
    if POCL_DEVICES="pthread pthread" "$gemlet" devices | grep -q '^\[1\] pthread'; then
        expect_error 1 "'pthread'" "2 devices match" "0 'pthread" "1 'pthread" -- \
            env POCL_DEVICES="pthread pthread" "$gemlet" $small --device pthread
        expect_success env POCL_DEVICES="pthread pthread" "$gemlet" $small --device 1
        rm -r "$work/out"
    fi

    # ---- a kernel that does not compile
    cp -r "$kernels" "$work/kernels"
    echo 'this is no kernel' >>"$work/kernels/update.cl"
    expect_error_with_detail 1 "kernel" -- \
        env GEMLET_KERNEL_DIR="$work/kernels" "$gemlet" $small --device 0
    grep -q 'update.cl' "$work/stderr" || fail "the build log does not name the file: $(cat "$work/stderr")"
    rm "$work/kernels/update.cl"
    expect_error 1 "update.cl" -- \
        env GEMLET_KERNEL_DIR="$work/kernels" "$gemlet" $small --device 0

    mkfifo "$work/kernels/update.cl" # must not wait for a writer
    expect_error 1 "update.cl" "found a pipe, expected a regular file" -- \
        env GEMLET_KERNEL_DIR="$work/kernels" "$gemlet" $small --device 0
    rm "$work/kernels/update.cl"

    # ---- a fused step that does not compile or is not there
    cp "$kernels/update.cl" "$work/kernels/update.cl"
    echo 'this is no kernel' >>"$work/kernels/fused_stage.cl"
    expect_success env GEMLET_KERNEL_DIR="$work/kernels" "$gemlet" $small --device opencl-cpu \
        --fused auto
    grep -q '^step .*operation by operation .*compiler' "$work/stdout" ||
        fail "train does not say why the step is not fused"
    rm -r "$work/out"
    expect_error_with_detail 1 "fused_stage.cl" -- env GEMLET_KERNEL_DIR="$work/kernels" \
        "$gemlet" $small --device opencl-cpu --fused on
    expect_error 1 "cannot be fused" -- "$gemlet" $small --device cpu --fused on
    expect_success "$gemlet" $small --device opencl-cpu --fused on --explain
    grep -q '^  launch 2:' "$work/stdout" || fail "--explain does not print the plan"
    rm -r "$work/out"

    # ---- the table of the operations: its lines make its totals
    for options in "--kernels gpu --gemm own --fused off" "--kernels gpu --gemm clblast --fused off" \
        "--kernels cpu --fused off"; do
        expect_success "$gemlet" $small --device opencl-cpu $options --explain
        awk '/^  operation /{ on = 1; next }
            on && /launches/{ total = $1; kb = $NF; if (/CLBlast: /) calls = $(NF - 3); on = 0 }
            on && /CLBlastSgemm/{ n_calls++ }
            on && !/CLBlastSgemm/{ n++ }
            on { sum += $NF }
            END { exit !(n > 6 && n == total && n_calls == calls && sum - kb < 1 && kb - sum < 1) }' \
            "$work/stdout" || fail "--explain $options: the totals are not those of the lines"
        rm -r "$work/out"
    done
}
for file in "$work/out"/*; do
    [ ! -e "$file" ] || fail "a refused run left $file"
done
finish
