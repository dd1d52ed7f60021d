#!/bin/sh
# SPDX-License-Identifier: MIT
# Validation rows, early stopping and the best model, on a job that overfits: a wide network and few
# rows, a third of their labels at random.
#
#   validation.sh LIBRARY-OF-A-WRONG-CLBLAST    (none: without the gate)
. "$(dirname -- "$0")/lib.sh"

library=$1

# make_noisy_data DIRECTORY: three splits of 8 features in 3 classes.
make_noisy_data() {
    mkdir -p "$1" || exit 1
    for split in train:90:1 validation:150:2 test:150:3; do
        name=${split%%:*}
        rest=${split#*:}
        awk -v n="${rest%:*}" -v seed="${rest#*:}" 'BEGIN {
            state = seed * 7919
            for (i = 0; i < n; ++i) {
                line = ""; best = 0; label = 0
                for (f = 0; f < 8; ++f) {
                    state = (state * 16807) % 2147483647
                    value = state / 2147483647
                    if (f < 3 && value > best) { best = value; label = f }
                    line = line sprintf(",%.6f", value)
                }
                state = (state * 16807) % 2147483647
                if (i % 3 == 0) label = state % 3
                print label line
            }
        }' >"$1/mnist_$name.csv"
    done
}
make_noisy_data "$work/data"
train="train --data $work/data --batch 10 --hidden 200 --no-batch-norm --weight-decay 0 --lr 0.5
    --lr-schedule constant --steps 3600 --device cpu"

# column NAME FILE: the values of a column of metrics.csv that are there.
column() {
    awk -F, -v name="$1" 'NR == 1 { for (i = 1; i <= NF; ++i) if ($i == name) at = i; next }
        $at != "" { print $at }' "$2"
}

# expect_evaluation MODEL LOSS ACCURACY: gemlet eval on the validation rows says the same, to the
# last digit.
expect_evaluation() {
    expect_success "$gemlet" eval --model "$1" --data "$work/data" --split validation --device cpu \
        --json
    expect_equal "loss of $1" \
        "$(awk "BEGIN { printf \"%.17g\", $(sed 's/.*"loss": \([^,}]*\).*/\1/' "$work/stdout") }")" \
        "$(awk "BEGIN { printf \"%.17g\", $2 }")"
    expect_equal "accuracy of $1" \
        "$(awk "BEGIN { printf \"%.17g\", $(sed 's/.*"accuracy": \([^,]*\),.*/\1/' "$work/stdout") }")" \
        "$(awk "BEGIN { printf \"%.17g\", $3 }")"
}

# ---- training loss falls, validation loss rises, patience ends the run, the best model is saved
# shellcheck disable=SC2086 # $train is a list of words
{
    expect_success "$gemlet" $train --validation "$work/data" --patience 30 --out "$work/early"
    stats=$work/early/stats.json
    metrics=$work/early/metrics.csv
    steps=$(json_number steps "$stats")
    best=$(json_number best_step "$stats")
    grep -q "^stopped early: 30 validations in a row did not lower" "$work/stdout" ||
        fail "not stopped early: $(cat "$work/stdout")"
    grep -q "^best     after $best steps: validation loss " "$work/stdout" || fail "no line of the best"
    expect_equal "end of patience" "$steps" $((best + 30 * 9))
    column validation_loss "$metrics" >"$work/losses"
    expect_equal "validations" "$(wc -l <"$work/losses")" $((steps / 9))
    expect_close "lowest of the losses" "$(sort -g "$work/losses" | head -n 1)" \
        "$(json_number validation_loss "$stats")" 1e-8
    n_checks=$((n_checks + 1))
    awk -v first="$(column train_loss "$metrics" | head -n 1)" \
        -v last="$(column train_loss "$metrics" | tail -n 1)" \
        -v lowest="$(json_number validation_loss "$stats")" -v end="$(tail -n 1 "$work/losses")" \
        'BEGIN { exit !(last < 0.8 * first && end > 1.02 * lowest) }' ||
        fail "does not overfit: $(cat "$metrics")"
    expect_evaluation "$work/early/model_mnist.npz" "$(json_number validation_loss "$stats")" \
        "$(json_number validation_accuracy "$stats")"
    expect_evaluation "$work/early/model_last.npz" "$(json_number last_validation_loss "$stats")" \
        "$(json_number last_validation_accuracy "$stats")"

    # The models are those of runs without validation that are as long.
    for steps_of in "$best:model_mnist" "$steps:model_last"; do
        expect_success "$gemlet" $train --steps "${steps_of%:*}" --quiet --overwrite --out "$work/plain"
        expect_same_file "${steps_of#*:}" "$work/plain/model_mnist.npz" \
            "$work/early/${steps_of#*:}.npz"
    done
    [ ! -e "$work/plain/model_last.npz" ] || fail "a last model without validation"
    grep -q validation "$work/plain/metrics.csv" && fail "validation columns without validation"

    # ---- parts of the training rows, by class
    expect_success "$gemlet" $train --validation 0.2 --steps 40 --out "$work/share"
    grep -q " 72 training rows, 18 validation rows, 150 test rows" "$work/stdout" ||
        fail "no share: $(cat "$work/stdout")"
    expect_success "$gemlet" $train --validation 18 --steps 40 --out "$work/number" --quiet
    expect_same_file "share and number" "$work/share/model_mnist.npz" "$work/number/model_mnist.npz"
    expect_success "$gemlet" $train --validation "$work/data/mnist_validation.csv" --steps 40 \
        --validate-every 15 --out "$work/every" --quiet
    expect_equal "validated steps" "$(awk -F, '$6 != "" { printf "%s ", $1 }' "$work/every/metrics.csv")" \
        "step 15 30 40 "
    # --hold-out goes on as it was: other rows, no columns, the last model.
    expect_success "$gemlet" $train --hold-out 18 --steps 40 --out "$work/held-out"
    grep -q "^held out loss .* of 18 rows" "$work/stdout" || fail "nothing of the rows held out"
    [ ! -e "$work/held-out/model_last.npz" ] || fail "a last model with --hold-out"

    # A run without takes the place of a run with.
    expect_success "$gemlet" $train --steps 40 --quiet --overwrite --out "$work/share"
    [ ! -e "$work/share/model_last.npz" ] || fail "the last model of an earlier run stays"
}

# ---- gemlet compare
expect_success "$gemlet" compare "$work/early" "$work/plain" --out "$work/picture"
grep -q "validation loss .*epochs .*best epoch" "$work/stdout" || fail "no columns: $(cat "$work/stdout")"
grep -q "^early .* $((steps / 9)).0 *$((best / 9)).0 " "$work/stdout" || fail "not: $(cat "$work/stdout")"
grep -q "^group,step,validation_loss" "$work/picture/compare.csv" || fail "no validation curve"
expect_success "$gemlet" compare "$work/plain" "$work/held-out"
grep -q "best epoch" "$work/stdout" && fail "a best epoch of runs without"

# ---- what cannot be
for part in 0 -1 1.5 nan 1e12; do
    expect_error 2 "--validation: found '$part'" "a share of the training rows above 0 and below 1" \
        -- "$gemlet" train --validation $part
done
expect_error 2 "--patience needs --validation" -- "$gemlet" train --patience 3
expect_error 2 "--validate-every needs --validation" -- "$gemlet" train --validate-every 3
expect_error 2 "--validation and --hold-out exclude" -- \
    "$gemlet" train --validation 0.1 --hold-out 10
expect_error 2 "--patience" "0" -- "$gemlet" train --validation 0.1 --patience 0
expect_error 2 "--patience" -- "$gemlet" train --n-iter-no-change 3
# shellcheck disable=SC2086
{
    train="$train --out $work/refused"
    expect_error 1 "--validation 90: found 90 rows, expected fewer than the 90 training rows" -- \
        "$gemlet" $train --validation 90
    expect_error 1 "$work/none: cannot open" -- "$gemlet" $train --validation "$work/none"
    mkdir "$work/empty"
    expect_error 1 "no data set for the validation split" -- "$gemlet" $train --validation "$work/empty"
    cut -d, -f 1-6 "$work/data/mnist_validation.csv" >"$work/narrow.csv"
    expect_error 1 "narrow.csv: found 5 features, expected 8" -- \
        "$gemlet" $train --validation "$work/narrow.csv"
    echo "0,3e38,3e38,3e38,3e38,3e38,3e38,3e38,3e38" >"$work/huge.csv"
    expect_error 1 "after 9 of 3600 steps: validation rows: loss is" "row 0" -- \
        "$gemlet" $train --quiet --validation "$work/huge.csv"
}

# ---- the gate tries the products of validation before fused steps
[ "$library" = none ] || {
    need_opencl
    # 18 rows are multiplied in validations only; tanh shows every wrong element, ReLU half of them.
    train="$train --validation 18 --steps 40 --activation tanh --device 0 --fused on --quiet"
    # shellcheck disable=SC2086
    {
        expect_success env LD_PRELOAD="$library" BAD_CLBLAST_SHAPE=18x200 "$gemlet" $train \
            --gemm clblast --out "$work/switched"
        expect_equal "lines on stderr" "$(wc -l <"$work/stderr")" 1
        grep -q "dense_fwd of batch 18, 8 to 200.*using own" "$work/stderr" ||
            fail "not tried: $(cat "$work/stderr")"
        expect_success "$gemlet" $train --gemm own --out "$work/own"
        expect_equal "validation losses" "$(column validation_loss "$work/switched/metrics.csv")" \
            "$(column validation_loss "$work/own/metrics.csv")"
        expect_success env LD_PRELOAD="$library" BAD_CLBLAST_SHAPE=18x200 "$gemlet" $train \
            --gemm clblast --no-qualify --out "$work/wrong"
        n_checks=$((n_checks + 1))
        [ "$(column validation_loss "$work/wrong/metrics.csv")" != \
            "$(column validation_loss "$work/own/metrics.csv")" ] || fail "the defect does nothing"
    }
}
finish
