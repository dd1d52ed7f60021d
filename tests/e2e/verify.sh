#!/bin/sh
# SPDX-License-Identifier: MIT
# gemlet verify as it is used: verdicts, exit codes, report, JSON; and that every kind of network
# and batch is verified, on the CPU path and, where there is one, on an OpenCL device with the
# kernels for CPUs and for GPUs.
#
#   verify.sh MNIST [PYTHON]
. "$(dirname -- "$0")/lib.sh"
mnist=$1
python=${2:-}
make_small_data "$work/small"
augment=rotate=15,scale=0.15,shear=15,shift=2,elastic=36:6
small="--recipe plain --data $work/small --batch 7 --hidden 5,9 --device cpu"

# expect_verified WHAT OPTIONS...
expect_verified() {
    n_checks=$((n_checks + 1))
    what=$1
    shift
    run "$gemlet" verify --quiet "$@"
    if [ "$code" -ne 0 ] || ! grep -q '^verified: ' "$work/stdout"; then
        fail "$what: exit code $code"
        cat "$work/stdout" "$work/stderr"
    fi
}

# ---- the report ----------------------------------------------------------------------------------

# shellcheck disable=SC2086
expect_success "$gemlet" verify $small --steps 20
for text in 'network  4-5bn-relu-9bn-relu-3' 'layer 1 dense_fwd y  ' 'layer 2 bn_act_bwd dz  ' \
    'softmax_xent loss  ' 'sgd_step layer 3 bias  ' 'largest error in units of its bound: '; do
    n_checks=$((n_checks + 1))
    grep -qF -e "$text" "$work/stdout" || fail "the report has no '$text'"
done
expect_equal "verdict" "$(tail -n 1 "$work/stdout" | sed 's/, largest.*//')" \
    "verified: 20 steps, 300 operations"

# shellcheck disable=SC2086
expect_success "$gemlet" verify $small --steps 3 --op 'layer 2 dense'
expect_equal "operations with --op" \
    "$(sed -n 's/^verified: 3 steps, \([0-9]*\) operations.*/\1/p' "$work/stdout")" 9

# shellcheck disable=SC2086
expect_success "$gemlet" verify $small --steps 4 --json
cp "$work/stdout" "$work/report.json"
expect_equal "steps in the JSON" "$(sed -n 's/^[[:space:]]*"steps":[[:space:]]*\([0-9]*\),$/\1/p' \
    "$work/report.json")" 4
if [ -n "$python" ]; then
    n_checks=$((n_checks + 1))
    "$python" - "$work/report.json" <<'END' || fail "the JSON report is not what it should be"
import json, sys
report = json.load(open(sys.argv[1]))
assert report["verdict"] == "verified", report["verdict"]
assert report["operations"] == 4 * 15
families = {t["family"] for t in report["tensors"]}
assert families == {"gather", "GEMM", "batch-norm", "softmax", "update"}, families
assert all(0 <= t["device"]["percentile_99"] <= t["device"]["largest"] <= 1 for t in report["tensors"])
END
fi

# shellcheck disable=SC2086
run "$gemlet" verify $small --no-batch-norm --lr 1e30 --quiet
expect_equal "exit code of a divergence" "$code" 1
expect_equal "verdict of a divergence" "$(sed 's/:.*//' "$work/stdout")" diverged

# shellcheck disable=SC2086
expect_error 1 "gemlet verify" "no operation of this network contains 'layer 7'" -- \
    "$gemlet" verify $small --op 'layer 7' --quiet
# shellcheck disable=SC2086
expect_error 1 "gemlet verify" "the reference is what devices are compared with" -- \
    "$gemlet" verify $small --device reference --quiet
# shellcheck disable=SC2086
expect_error 1 "--batch: found 61" -- "$gemlet" verify $small --batch 61 --quiet
expect_error 2 "--steps: found '0'" -- "$gemlet" verify --steps 0

# ---- networks ------------------------------------------------------------------------------------

# verify_networks DEVICE-OPTIONS...
verify_networks() {
    for activation in relu sigmoid tanh leaky_relu elu selu gelu silu mish; do
        for norm in "" --no-batch-norm --batch-norm-output; do
            # shellcheck disable=SC2086
            expect_verified "$activation $norm ($*)" --data "$work/small" --batch 13 --steps 20 \
                --hidden 7,17 --activation $activation $norm "$@"
        done
    done
    for options in "" "--no-batch-norm --activation sigmoid" "--activation silu"; do
        # shellcheck disable=SC2086
        expect_verified "dropout $options ($*)" --data "$work/small" --batch 13 --steps 20 \
            --hidden 7,17 --dropout 0.4 --input-dropout 0.2 $options "$@"
    done
    for batch in 1 2 60; do
        expect_verified "batch $batch ($*)" --data "$work/small" --batch $batch --steps 20 "$@"
    done
    for hidden in none 1 1,150 1000; do
        expect_verified "hidden $hidden ($*)" --data "$work/small" --batch 9 --steps 5 \
            --hidden $hidden "$@"
    done
    # Saturated logits and activations.
    expect_verified "large weights ($*)" --data "$work/small" --batch 9 --steps 20 \
        --activation sigmoid --no-batch-norm --init normal --init-scale 5 "$@"
    expect_verified "noise ($*)" --data "$work/small" --batch 13 --steps 20 --hidden 7,17 \
        --input-noise 0.2 --input-dropout 0.1 "$@"
    for options in "" "--no-batch-norm --activation tanh" "--activation silu --dropout 0.2"; do
        # shellcheck disable=SC2086
        expect_verified "hidden noise $options ($*)" --data "$work/small" --batch 13 --steps 20 \
            --hidden 7,17 --hidden-noise 0.2 $options "$@"
    done
    expect_verified "mixup ($*)" --data "$work/small" --batch 13 --steps 20 --hidden 7,17 \
        --mixup 0.4 --label-smoothing 0.1 "$@"
    expect_verified "adversarial ($*)" --data "$work/small" --batch 13 --steps 20 --hidden 7,17 \
        --adversarial 0.1 --dropout 0.1 --input-dropout 0.1 "$@"
    expect_verified "virtual adversarial ($*)" --data "$work/small" --batch 13 --steps 20 \
        --hidden 7,17 --virtual-adversarial 1 --dropout 0.1 --input-dropout 0.1 "$@"
    expect_verified "norms ($*)" --data "$work/small" --batch 13 --steps 20 --hidden 7,17 \
        --clip-norm 0.1 --max-norm 0.5 --momentum 0.9 "$@"
    for average in ema:0.9 last:0.5; do
        expect_verified "average $average ($*)" --data "$work/small" --batch 13 --steps 20 \
            --hidden 7,17 --average $average "$@"
    done
    for optimizer in adam adamw; do
        expect_verified "$optimizer ($*)" --data "$work/small" --batch 13 --steps 20 --hidden 7,17 \
            --optimizer $optimizer --weight-decay 0.01 "$@"
    done
    expect_verified "rates of groups ($*)" --data "$work/small" --batch 13 --steps 20 --hidden 7,17 \
        --momentum 0.9 --lr-scale biases=0.1,scales=0.5,first=6,2=0.5 "$@"
    expect_verified "MNIST ($*)" --data "$mnist" --steps 5 --momentum 0.9 "$@"
    expect_verified "augmented MNIST ($*)" --data "$mnist" --steps 2 --augment "$augment" "$@"
}

# verify_fused DEVICE-OPTIONS...: a sample; tests/unit/test_fused.c has more. Every network is compiled.
verify_fused() {
    for norm in "--activation relu" "--activation sigmoid --no-batch-norm" \
        "--activation tanh --batch-norm-output" "--activation gelu" "--activation mish --no-batch-norm"; do
        # shellcheck disable=SC2086
        expect_verified "$norm ($*)" --data "$work/small" --batch 13 --steps 20 --hidden 7,17 $norm "$@"
    done
    expect_verified "momentum ($*)" --data "$work/small" --batch 13 --steps 20 --hidden 7,17 \
        --momentum 0.9 --nesterov "$@"
    expect_verified "adamw ($*)" --data "$work/small" --batch 13 --steps 20 --hidden 7,17 \
        --optimizer adamw "$@"
    expect_verified "average ($*)" --data "$work/small" --batch 13 --steps 20 --hidden 7,17 \
        --average ema:0.9 "$@"
    expect_verified "adam of MNIST ($*)" --data "$mnist" --steps 3 --optimizer adam "$@"
    expect_verified "label smoothing ($*)" --data "$work/small" --batch 13 --steps 20 \
        --hidden 7,17 --label-smoothing 0.1 "$@"
    expect_verified "dropout ($*)" --data "$work/small" --batch 13 --steps 20 --hidden 7,17 \
        --dropout 0.4 --input-dropout 0.2 "$@"
    expect_verified "dropout of MNIST ($*)" --data "$mnist" --steps 3 --input-dropout 0.2 "$@"
    expect_verified "noise ($*)" --data "$work/small" --batch 13 --steps 20 --hidden 7,17 \
        --input-noise 0.2 "$@"
    expect_verified "norms ($*)" --data "$work/small" --batch 13 --steps 20 --hidden 7,17 \
        --clip-norm 0.1 --max-norm 0.5 --momentum 0.9 "$@"
    expect_verified "largest norm of MNIST ($*)" --data "$mnist" --steps 3 --max-norm 1 \
        --average ema:0.9 "$@"
    expect_verified "mixup of MNIST ($*)" --data "$mnist" --batch 65 --steps 3 --mixup 0.4 \
        --label-smoothing 0.1 --input-dropout 0.1 "$@"
    expect_verified "augmented MNIST ($*)" --data "$mnist" --steps 3 --input-dropout 0.2 \
        --augment "$augment" "$@"
    expect_verified "batch 1 ($*)" --data "$work/small" --batch 1 --steps 20 --hidden 1,150 "$@"
    expect_verified "no hidden layer ($*)" --data "$work/small" --batch 60 --steps 20 --hidden none "$@"
    expect_verified "MNIST ($*)" --data "$mnist" --steps 5 "$@"
}

verify_networks --device cpu
"$gemlet" devices --json >"$work/devices" || exit 1
if grep -q '"opencl-cpu"' "$work/devices"; then
    verify_networks --device opencl-cpu --kernels cpu --gemm own --fused off
    verify_networks --device opencl-cpu --kernels gpu --gemm own --fused off
    verify_fused --device opencl-cpu --kernels cpu # the default: fused
    verify_fused --device opencl-cpu --kernels gpu

    # ---- fused steps: what is verified is said; modes that have none
    expect_success "$gemlet" verify --data "$work/small" --recipe plain --batch 7 --hidden 5,9 --steps 12 \
        --device opencl-cpu --kernels cpu
    for text in 'steps    fused, 2 launches a step' 'layer 2 bn_act_bwd dz  ' \
        'sgd_step layer 1 weight  ' 'steps in a row losses  ' 'steps in a row layer 3 bias  '; do
        n_checks=$((n_checks + 1))
        grep -qF -e "$text" "$work/stdout" || fail "the report of fused steps has no '$text'"
    done
    # The gradients of weights stay inside of a fused step: two operations less than otherwise.
    expect_equal "operations" "$(sed -n 's/^verified: 12 steps, \([0-9]*\) operations.*/\1/p' \
        "$work/stdout")" $((12 * 13 + 1))
    expect_success "$gemlet" verify --data "$work/small" --batch 7 --hidden 5,9 --steps 2 \
        --device opencl-cpu --kernels cpu --fused on --json
    grep -q '"step":[[:space:]]*"fused, 2 launches a step"' "$work/stdout" ||
        fail "the JSON report does not say that the steps were fused"
    expect_success "$gemlet" verify --data "$work/small" --batch 7 --hidden 5,9 --steps 2 \
        --device opencl-cpu --kernels cpu --fused off --json
    grep -q '"step":[[:space:]]*"operation by operation (turned off)"' "$work/stdout" ||
        fail "the JSON report does not say that the steps were not fused"
    expect_error 2 "leave out --fused on" -- \
        "$gemlet" verify --data "$work/small" --fused on --free-run
fi
finish
