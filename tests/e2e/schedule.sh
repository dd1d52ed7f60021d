#!/bin/sh
# SPDX-License-Identifier: MIT
# Schedules on the command line: the learning rates that a run had are in its metrics.csv.
. "$(dirname -- "$0")/lib.sh"

# 60 rows of one feature: 6 steps of 10 rows an epoch.
mkdir "$work/data" || exit 1
awk 'BEGIN { for (i = 0; i < 60; ++i) print i % 2 "," i % 7 }' >"$work/data/mnist_train.csv"
cp "$work/data/mnist_train.csv" "$work/data/mnist_test.csv"

# expect_rates WHAT RATES OPTION...: of the last steps of the epochs, of 5 epochs at 0.5.
expect_rates() {
    what=$1 rates=$2
    shift 2
    expect_success "$gemlet" train --data "$work/data" --batch 10 --hidden 2 --device cpu --epochs 5 \
        --lr 0.5 --log-every 6 --quiet --out "$work/run" --overwrite "$@"
    expect_equal "rates: $what" "$(awk -F, '
        NR == 1 { for (i = 1; i <= NF; ++i) if ($i == "learning_rate") at = i; next }
        $1 % 6 == 0 { printf "%s%.4f", separator, $at; separator = " " }' "$work/run/metrics.csv")" \
        "$rates"
}
expect_rates "steps" "0.5000 0.2500 0.1250 0.0625 0.0312" \
    --lr-schedule step --lr-step-every 6 --lr-step-factor 0.5
expect_rates "epochs" "0.5000 0.5000 0.2500 0.2500 0.1250" \
    --lr-schedule step --lr-step-every 2 --lr-step-factor 0.5 --lr-unit epochs
# 0.02 + t / 12 of step t, from 0
expect_rates "a warm-up in steps" "0.2183 0.4683 0.5000 0.5000 0.5000" \
    --lr-schedule constant --warmup 12
expect_rates "a warm-up in epochs" "0.2183 0.4683 0.5000 0.5000 0.5000" \
    --lr-schedule constant --warmup 2 --lr-unit epochs
expect_rates "a warm-up as a share" "0.2183 0.4683 0.5000 0.5000 0.5000" \
    --lr-schedule constant --warmup 0.4 --lr-unit epochs
# (1 + cos(pi u / c)) / 4 with u / c = 5/12 and 11/12, then 5/24, 11/24 and 17/24
expect_rates "restarts" "0.3147 0.0085 0.4483 0.2826 0.0978" \
    --lr-schedule cosine-restarts --lr-cycle 2 --lr-cycle-factor 2 --lr-unit epochs

# ---- drawn

expect_success "$gemlet" schedule --lr 0.5 --lr-schedule step --lr-step-every 15 \
    --lr-step-factor 0.5 --steps 30
cat >"$work/expected" <<END
       0.5 |*********************************
           |
           |
           |
           |
           |                                 *********************************
           |
           |
           |
           |
           |
         0 |
           +------------------------------------------------------------------
            1                                                               30
schedule 0.5 step, 30 steps
rates    0.5 in the first step, 0.5 at most, 0.25 in the last
END
sed 's/ *$//' "$work/stdout" >"$work/found"
expect_same_file "half a rate in the second half" "$work/expected" "$work/found"
for schedule in constant cosine flat-cosine one-cycle coslog4; do
    for steps in 1 2 3 70 50000; do
        expect_success "$gemlet" schedule --lr-schedule $schedule --steps $steps
        expect_equal "lines of $schedule, $steps steps" "$(wc -l <"$work/stdout")" 16
    done
done
# Epochs need the rows.
expect_success "$gemlet" schedule --data "$work/data" --batch 10 --epochs 5 --lr-schedule step \
    --lr-step-every 2 --lr-unit epochs
expect_equal "steps of 5 epochs" "$(sed -n 's/^schedule //p' "$work/stdout")" "0.02 step, 30 steps"
# So does the recipe for tables: 192 rows of 240 are trained on, in batches of 128.
awk 'BEGIN {
    print "a,b,y"
    for (i = 0; i < 300; ++i) printf "%d,%d,%s\n", i * 7 % 11, i % 7, i % 2 ? "x" : "z"
}' >"$work/table.csv"
expect_success "$gemlet" schedule --data "$work/table.csv" --target y
expect_equal "steps of a table" "$(sed -n 's/^schedule //p' "$work/stdout")" \
    "0.002 flat-cosine with a warm-up of 5.12 steps, 256 steps"
expect_success "$gemlet" schedule --data "$work/table.csv" --target y --lr-schedule one-cycle
expect_equal "a recipe's warm-up with one-cycle" "$(sed -n 's/^schedule //p' "$work/stdout")" \
    "0.002 one-cycle, 256 steps"
expect_error 1 "$work/none" -- "$gemlet" schedule --data "$work/none" --epochs 5
expect_success "$gemlet" schedule --data "$work/none" --steps 5 --out "$work/drawn"
[ -s "$work/drawn/schedule.gp" ] || fail "no script of the picture"
expect_error 1 "makes the learning rate 1e+39 at step 41" -- \
    "$gemlet" schedule --lr 0.1 --steps 41 --lr-schedule step --lr-step-every 1 --lr-step-factor 10
finish
