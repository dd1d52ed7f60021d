#!/bin/sh
# SPDX-License-Identifier: MIT
# The gate in front of gemlet_train() of the C API: a program that uses the library is told of a
# device that is wrong, as the users of gemlet train are (qualify.sh, defects.sh).
#
#   gate.sh MNIST-DIRECTORY KERNEL-DIRECTORY DEFECT-DIRECTORY BAD-CLBLAST-LIBRARY EXAMPLE
. "$(dirname -- "$0")/lib.sh"

mnist=$1
kernels=$2
defects=$3
library=$4
example=$5
need_opencl
"$gemlet" devices --json | grep -q '"opencl-cpu"' || { echo "skipped: no OpenCL CPU"; exit 77; }

# as_gpu VARIABLE=VALUE: the example on a CPU that is taken for a GPU; fused: as it is.
as_gpu() {
    env "$@" "$example" "$mnist" opencl-cpu "$work/model.npz" as-gpu
}

fused() {
    env "$@" "$example" "$mnist" opencl-cpu "$work/model.npz"
}

# ---- nothing wrong: nothing said
expect_success as_gpu A=a
expect_equal "lines on stderr" "$(wc -l <"$work/stderr")" 0
grep -q "^matrices multiplied by CLBlast" "$work/stdout" || fail "not by CLBlast: $(cat "$work/stdout")"

# ---- a wrong product: the own kernels instead
expect_success as_gpu LD_PRELOAD="$library"
expect_equal "lines on stderr" "$(wc -l <"$work/stderr")" 1
for text in "CLBlast" "is wrong on this device" "dense_bwd_w of batch 64, 784 to 48" "using own"; do
    grep -qF "$text" "$work/stderr" || fail "no '$text' in: $(cat "$work/stderr")"
done
grep -q "^matrices multiplied by own" "$work/stdout" || fail "no switch: $(cat "$work/stdout")"

# ---- a wrong operation of the kernels for GPUs: refused, and nothing trained
defect=$defects/gradient_scale.sed
file=$(sed -n 's/^# file: //p' "$defect")
operation=$(sed -n 's/^# operation: //p' "$defect")
rm "$work/model.npz"
cp -r "$kernels" "$work/kernels"
sed -f "$defect" "$kernels/$file" >"$work/kernels/$file"
run as_gpu GEMLET_KERNEL_DIR="$work/kernels"
expect_equal "exit code with a wrong operation" "$code" 1
for text in "trains wrongly" "$operation" "element (" "expected"; do
    grep -qF "$text" "$work/stderr" || fail "no '$text' in: $(cat "$work/stderr")"
done
[ ! -e "$work/model.npz" ] || fail "trained all the same"

# ---- wrong fused steps: operation by operation instead
rm -rf "$work/kernels"
cp -r "$kernels" "$work/kernels"
sed 's|^    return min(layer->panel, layer->width - p \* layer->panel);|    return layer->width - 1;|' \
    "$kernels/fused_stage.cl" >"$work/kernels/fused_stage.cl"
expect_equal "the kernel has the fault" \
    "$(diff "$kernels/fused_stage.cl" "$work/kernels/fused_stage.cl" | grep -c '^>')" 1
expect_success fused GEMLET_KERNEL_DIR="$work/kernels"
expect_equal "lines on stderr" "$(wc -l <"$work/stderr")" 1
grep -q "fused step is wrong on this device: .*; training operation by operation instead" \
    "$work/stderr" || fail "not told: $(cat "$work/stderr")"
finish
