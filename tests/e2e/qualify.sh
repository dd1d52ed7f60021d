#!/bin/sh
# SPDX-License-Identifier: MIT
# The qualification before a training run, with a CLBlast that is wrong at one shape.
#
#   qualify.sh MNIST-DIRECTORY KERNEL-DIRECTORY BAD-CLBLAST-LIBRARY
. "$(dirname -- "$0")/lib.sh"

mnist=$1
kernels=$2
library=$3
need_opencl

with_bad_clblast() {
    LD_PRELOAD="$library" "$gemlet" "$@"
}

job="train --overwrite --data $mnist --device 0 --hidden 48 --no-batch-norm --steps 300 --quiet"
# Only operations multiply by GEMM; fused steps follow at the end.
train="$job --fused off"
test_accuracy() {
    json_number test_accuracy "$1/stats.json"
}

# shellcheck disable=SC2086 # $train is a list of words
{
    # ---- a wrong element: one line, own kernels, and from there on the run that they would give
    expect_success with_bad_clblast $train --gemm clblast --out "$work/switched"
    expect_equal "lines on stderr" "$(wc -l <"$work/stderr")" 1
    for text in "CLBlast" "is wrong on this device" "dense_bwd_w of batch 64, 784 to 48" \
        "element (17, 5)" "times its bound" "using own"; do
        grep -qF "$text" "$work/stderr" || fail "no '$text' in: $(cat "$work/stderr")"
    done
    grep -q '"gemm":[[:space:]]*"own' "$work/switched/stats.json" || fail "stats.json names not the own kernels"
    expect_success "$gemlet" $train --gemm own --out "$work/own"
    expect_same_file "a run that switched" "$work/switched/model_mnist.npz" "$work/own/model_mnist.npz"
    expect_equal "its accuracy" "$(test_accuracy "$work/switched")" "$(test_accuracy "$work/own")"

    # ---- the verdict is remembered
    expect_success with_bad_clblast $train --gemm clblast --out "$work/again"
    grep -qF "(found earlier)" "$work/stderr" || fail "not from the cache: $(cat "$work/stderr")"
    expect_same_file "from the cache" "$work/again/model_mnist.npz" "$work/own/model_mnist.npz"

    # ---- without the qualification the defect goes into the model
    expect_success with_bad_clblast $train --gemm clblast --no-qualify --out "$work/bad"
    expect_equal "lines on stderr" "$(wc -l <"$work/stderr")" 0
    expect_success "$gemlet" $train --gemm clblast --no-qualify --out "$work/good"
    n_checks=$((n_checks + 1))
    ! cmp -s "$work/bad/model_mnist.npz" "$work/good/model_mnist.npz" || fail "the defect does nothing"

    # ---- a call that fails
    rm -r "$XDG_CACHE_HOME"
    expect_success env BAD_CLBLAST=status LD_PRELOAD="$library" "$gemlet" $train --gemm clblast \
        --out "$work/failing"
    grep -q 'CLBlast.* fails on this device: .*using own' "$work/stderr" ||
        fail "not told of the failure: $(cat "$work/stderr")"
    expect_same_file "after a failure" "$work/failing/model_mnist.npz" "$work/own/model_mnist.npz"

    # ---- a right CLBlast is kept, and nothing is said
    rm -r "$XDG_CACHE_HOME"
    expect_success "$gemlet" $train --gemm clblast --out "$work/kept"
    expect_equal "lines on stderr" "$(wc -l <"$work/stderr")" 0
    expect_same_file "a right CLBlast" "$work/kept/model_mnist.npz" "$work/good/model_mnist.npz"

    # ---- own kernels that are wrong: nothing is left
    cp -r "$kernels" "$work/kernels"
    awk '{ print } /^inline|^static inline/ { inside = /gemm_tile_strip/ }
        inside && /^    bias \+= bias_offset/ { print "    if (m == 64 && k == 784) ++c;" }' \
        "$kernels/gemm_tile.cl" >"$work/kernels/gemm_tile.cl"
    expect_equal "the kernel has the fault" \
        "$(diff "$kernels/gemm_tile.cl" "$work/kernels/gemm_tile.cl" | grep -c '++c')" 1
    expect_error 1 "dense_fwd of batch 64, 784 to 48" "no other GEMM" "--device cpu" -- \
        env GEMLET_KERNEL_DIR="$work/kernels" "$gemlet" $train --gemm own --kernels cpu \
        --out "$work/none"

    # ---- fused steps multiply for themselves: the products of the test are tried behind them
    sed 's/if (m == 64 && k == 784)/if (k == 784)/' "$work/kernels/gemm_tile.cl" >"$work/changed"
    mv "$work/changed" "$work/kernels/gemm_tile.cl"
    expect_error 1 "dense_fwd of batch 512, 784 to 48" "no other GEMM" -- \
        env GEMLET_KERNEL_DIR="$work/kernels" "$gemlet" $train --gemm own --kernels cpu \
        --fused on --out "$work/untested"
    [ -f "$work/untested/model_mnist.npz" ] || fail "the trained model is lost"
    grep -q '"test_accuracy":[[:space:]]*null' "$work/untested/stats.json" || fail "tested all the same"

    # ---- gemlet qualify: every operation of backend.h, on a right device
    expect_success "$gemlet" qualify --device 0 --json "$work/device.json"
    for op in gather_batch dense_fwd dense_bwd_w dense_bwd_x act_fwd act_bwd bn_act_fwd_train \
        bn_act_fwd_test bn_act_bwd softmax softmax_xent sgd_step; do
        grep -q "^pass  $op " "$work/stdout" || fail "no $op in the table"
    done
    expect_equal "results that fail" "$(grep -c ^FAIL "$work/stdout")" 0
    tail -n 1 "$work/stdout" | grep -q '^qualified: ' || fail "no verdict"
    grep -q '"verdict":[[:space:]]*"pass"' "$work/device.json" || fail "no verdict in the JSON"
    grep -q '"driver":' "$work/device.json" || fail "no driver in the JSON"
    expect_success "$gemlet" qualify --device cpu --network 7-5bn-tanh-3 --batch 9 --quiet
    expect_equal "lines" "$(wc -l <"$work/stdout")" 1

    # ---- on a wrong one: exit code 1, the operation, the shape, the element
    run with_bad_clblast qualify --device 0 --gemm clblast --network 784-48-relu-10 --quiet \
        --json "$work/bad.json"
    expect_equal "exit code of a wrong device" "$code" 1
    grep -q '^FAIL  dense_bwd_w 64x784 64x48 .*first (17, 5)' "$work/stdout" ||
        fail "the wrong product is not named: $(cat "$work/stdout")"
    tail -n 1 "$work/stdout" | grep -q '^not qualified: ' || fail "no verdict"
    expect_equal "results that fail in the JSON" \
        "$(grep -c '"verdict":[[:space:]]*"fail"' "$work/bad.json")" 2
    expect_error 2 "--batch" -- "$gemlet" qualify --device cpu --batch 9
    expect_error 1 "$work/nowhere/x" -- "$gemlet" qualify --device cpu --network 7-3 \
        --json "$work/nowhere/x"

    # ---- everything about a device: a part that fails does not stop the others
    run env BAD_CLBLAST=status BAD_CLBLAST_SHAPE=784x150 LD_PRELOAD="$library" "$gemlet" qualify --device 0 --full \
        --json "$work/full.json"
    expect_equal "exit code of a part that failed" "$code" 1
    grep -q '^failed .*operations, CLBlast .*CLBlast' "$work/stdout" || fail "CLBlast is not named"
    grep -q '^pass .*operations, own products .* \([0-9]*\) of \1 results' "$work/stdout" || fail "no table"
    grep -q '^measured .*device .*launch .* us' "$work/stdout" || fail "no times of the device"
    grep -q '^pass .*training, and the end of its process' "$work/stdout" || fail "no training"
    n_parts=$(grep -c '"part":' "$work/full.json")
    expect_equal "last line" "$(tail -n 1 "$work/stdout" | sed 's/ right,.*//')" \
        "not qualified: $((n_parts - 1)) of $n_parts parts"
    grep -q '"complete":[[:space:]]*true' "$work/full.json" || fail "not complete"
    grep -q '"verdict":[[:space:]]*"fail"' "$work/full.json" || fail "no verdict of all parts"
    expect_error 2 "--full" -- "$gemlet" qualify --full --tiles
    run "$gemlet" qualify --device reference --full
    expect_equal "exit code of the reference" "$code" 1
    grep -q '^failed .*device .* the reference is what devices are compared with' "$work/stdout" ||
        fail "the reference was compared with itself: $(cat "$work/stdout")"

    # ---- fused steps: tried before training, replaced by operations where they are wrong
    expect_success "$gemlet" $job --device opencl-cpu --kernels cpu --out "$work/fused"
    expect_equal "lines on stderr" "$(wc -l <"$work/stderr")" 0
    grep -q '"fused":[[:space:]]*true' "$work/fused/stats.json" || fail "the steps are not fused"
    sed 's|^    return min(layer->panel, layer->width - p \* layer->panel);|    return layer->width - 1;|' \
        "$kernels/fused_stage.cl" >"$work/kernels/fused_stage.cl"
    cp "$kernels/gemm_tile.cl" "$work/kernels/gemm_tile.cl"
    expect_equal "the kernel has the fault" \
        "$(diff "$kernels/fused_stage.cl" "$work/kernels/fused_stage.cl" | grep -c '^>')" 1
    with_bad_fused() {
        env GEMLET_KERNEL_DIR="$work/kernels" "$gemlet" $job --device opencl-cpu --kernels cpu "$@"
    }
    expect_success with_bad_fused --out "$work/unfused"
    expect_equal "lines on stderr" "$(wc -l <"$work/stderr")" 1
    for text in "the fused step is wrong on this device: layer " " dense_fwd, y: element (0, " \
        "training operation by operation instead"; do
        grep -qF "$text" "$work/stderr" || fail "no '$text' in: $(cat "$work/stderr")"
    done
    grep -q '"reason":[[:space:]]*"wrong on this device"' "$work/unfused/stats.json" ||
        fail "stats.json does not say why the steps were not fused"
    expect_success "$gemlet" $train --device opencl-cpu --kernels cpu --out "$work/own"
    expect_same_file "instead of a wrong fused step" "$work/unfused/model_mnist.npz" \
        "$work/own/model_mnist.npz"
    expect_success with_bad_fused --out "$work/unfused"
    grep -qF "(found earlier)" "$work/stderr" || fail "not from the cache: $(cat "$work/stderr")"
    expect_error 1 "the fused step is wrong on this device" "leave out --fused on" -- \
        with_bad_fused --fused on --out "$work/none"

    # ---- places where nothing can be kept
    : >"$work/file"
    expect_success env XDG_CACHE_HOME="$work/file" "$gemlet" $train --out "$work/kept"
    expect_success env XDG_CACHE_HOME=relative HOME="$work/home" "$gemlet" $train --out "$work/kept"
    [ -d "$work/home/.cache/gemlet" ] || fail "a relative XDG_CACHE_HOME is not passed over"
    expect_success env -u XDG_CACHE_HOME -u HOME "$gemlet" $train --out "$work/kept"
}
finish
