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

# ---- a model that is used: a wrong operation is refused, a wrong product replaced
rm -rf "$work/kernels"
rows=$(awk 'BEGIN { for (i = 0; i < 18; ++i) print i % 2 "," i "," i * 7 % 5 "," i * 3 % 11 }')
for split in train test; do
    mkdir -p "$work/data"
    echo "$rows" >"$work/data/mnist_$split.csv"
done
cut -d, -f2- "$work/data/mnist_test.csv" >"$work/rows.csv"
expect_success "$gemlet" train --data "$work/data" --hidden 200 --activation tanh --batch 6 \
    --steps 100 --device cpu --quiet --out "$work/run"
model=$(echo "$work"/run/model_*.npz)
eval="eval --model $model --data $work/data --device opencl-cpu"
predict="predict --model $model --input $work/rows.csv --device opencl-cpu"
# shellcheck disable=SC2086 # lists of words
for use in "$eval" "$predict"; do
    expect_success "$gemlet" $use
    expect_equal "lines on stderr" "$(wc -l <"$work/stderr")" 0
    cp "$work/stdout" "$work/right"
    mkdir "$work/kernels"
    cp "$kernels"/* "$work/kernels"
    sed '/^void batch_norm_fwd_test/,/^}/ s|+ eps|+ 1.0f|' \
        "$kernels/batch_norm.cl" >"$work/kernels/batch_norm.cl"
    cmp -s "$kernels/batch_norm.cl" "$work/kernels/batch_norm.cl" && fail "no fault in the kernels"
    expect_error 1 "evaluates wrongly" "bn_act_fwd_test" "expected" "use --device cpu" -- \
        env GEMLET_KERNEL_DIR="$work/kernels" "$gemlet" $use
    expect_error 1 "evaluates wrongly (found earlier)" -- \
        env GEMLET_KERNEL_DIR="$work/kernels" "$gemlet" $use
    expect_success env GEMLET_KERNEL_DIR="$work/kernels" "$gemlet" $use --no-qualify
    cmp -s "$work/stdout" "$work/right" && fail "the fault does nothing: $(cat "$work/right")"
    expect_success env GEMLET_KERNEL_DIR="$work/kernels" "$gemlet" ${use% *} cpu
    rm -r "$work/kernels"
    expect_success env LD_PRELOAD="$library" BAD_CLBLAST_SHAPE=18x200 "$gemlet" $use --gemm clblast
    grep -q "dense_fwd of batch 18, 3 to 200.*using own" "$work/stderr" ||
        fail "not tried: $(cat "$work/stderr")"
done
finish
