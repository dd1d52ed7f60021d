#!/bin/sh
# SPDX-License-Identifier: MIT
# A run that diverges says whether the learning rate or the device is the cause, and leaves what it
# had until then.
#
#   tripwire.sh MNIST-DIRECTORY KERNEL-DIRECTORY
. "$(dirname -- "$0")/lib.sh"

mnist=$1
kernels=$2

# expect_results VERDICT GOOD-STEPS: the directory of the run is whole and its model can be used.
expect_results() {
    grep -q "\"verdict\":[[:space:]]*\"$1\"" "$work/run/stats.json" ||
        fail "stats.json has not the verdict $1: $(grep -A 5 diverged "$work/run/stats.json")"
    expect_equal "good steps" "$(sed -n 's/.*"good_steps":[[:space:]]*\([0-9]*\).*/\1/p' \
        "$work/run/stats.json")" "$2"
    grep -q '"test_loss":[[:space:]]*null' "$work/run/stats.json" || fail "a test loss of no test"
    [ -s "$work/run/metrics.csv" ] || fail "no metrics"
    expect_success "$gemlet" eval --data "$mnist" --device cpu --model "$work/run/model_mnist.npz"
    rm -r "$work/run"
}

# seed_fault FILE SCRIPT: the kernels of the run, with what sed's script changes in this one.
seed_fault() {
    sed "$2" "$kernels/$1" >"$work/kernels/$1"
    expect_equal "lines of the fault in $1" "$(diff "$kernels/$1" "$work/kernels/$1" | grep -c '^>')" 2
}

train="train --recipe plain --overwrite --data $mnist --out $work/run --log-every 50"

# shellcheck disable=SC2086 # $train is a list of words
{
    # ---- the learning rate, from the start and late
    expect_error 1 "step" "diverged on the CPU too: lower the learning rate (10000)" -- \
        "$gemlet" $train --device cpu --steps 400 --lr 1e4
    expect_results training 0
    expect_error 1 "step" "diverged on the CPU too: lower the learning rate" -- "$gemlet" $train \
        --device cpu --steps 400 --lr-schedule step --lr-step-every 230 --lr-step-factor 1e6
    cp "$work/run/metrics.csv" "$work/metrics.csv"
    expect_results training 200
    expect_equal "last report" "$(tail -n 1 "$work/metrics.csv" | cut -d, -f1)" 200

    # ---- the same on a device
    need_opencl
    expect_error 1 "step" "diverged on the CPU too: lower the learning rate (10000)" -- \
        "$gemlet" $train --device 0 --steps 400 --lr 1e4
    expect_results training 0

    # ---- a device that writes a NaN once the learning rate is below 0.06
    cp -r "$kernels" "$work/kernels"
    seed_fault sgd.cl '/^void sgd_step/,/^}/ s|^    const bool is_aligned = .*|&\
    if (numbers.learning_rate < 0.06f \&\& get_global_id(0) == 0)\
        p[p_offset + 3] = NAN;|'
    halved="--lr-schedule step --lr-step-every 230 --lr-step-factor 0.5"
    expect_error 1 "device differs from the CPU reference at step 231, tensor layer 1 weight" -- \
        env GEMLET_KERNEL_DIR="$work/kernels" "$gemlet" $train --device 0 --steps 400 --fused off \
        $halved
    expect_results device 200
    # The fault is the device's: the CPU trains on.
    expect_success "$gemlet" $train --device cpu --steps 400 $halved

    # ---- the same in a fused step: in what it calculates, and in its weights
    "$gemlet" devices --json >"$work/devices"
    if grep -q '"opencl-cpu"' "$work/devices"; then
        fused="--device opencl-cpu --kernels cpu --fused on --steps 400"
        cp "$kernels/sgd.cl" "$work/kernels"
        seed_fault fused_stage.cl '/^FUSED_INLINE void fused_own_backward/,/^}/ s|^}|    if (numbers->update.learning_rate < 0.06f \&\& layer->batch_norm)\
        arena[layer->dz] = NAN;\
&|'
        expect_error 1 "device differs from the CPU reference at step 231, tensor layer 2 dz" -- \
            env GEMLET_KERNEL_DIR="$work/kernels" "$gemlet" $train $fused $halved
        expect_results device 200
        seed_fault fused_stage.cl '/^FUSED_INLINE void fused_update_input/,/^}/ s|^}|    if (numbers->update.learning_rate < 0.06f)\
        arena[layer->weight] = NAN;\
&|'
        expect_error 1 "device differs from the CPU reference at step 231, tensor layer 1 weight" \
            -- env GEMLET_KERNEL_DIR="$work/kernels" "$gemlet" $train $fused $halved
        expect_results device 200
        expect_error 1 "diverged on the CPU too: lower the learning rate (10000)" -- \
            "$gemlet" $train $fused --lr 1e4
        expect_results training 0
    fi
}
finish
