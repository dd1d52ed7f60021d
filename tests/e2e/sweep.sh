#!/bin/sh
# SPDX-License-Identifier: MIT
# Sweeps: each run is what gemlet train makes of its options alone, whatever device and rows it has
# been handed; what is done stays, further values come to it, and the tables say what the runs say.
#
#   sweep.sh PENGUINS.CSV
. "$(dirname -- "$0")/lib.sh"

penguins=$1
model=model_mnist.npz
data="--data $penguins --target species"

# ---- runs ------------------------------------------------------------------------------------------

# expect_alone DIRECTORY OPTION...: the run there is the one of these options.
n_alone=0
expect_alone() {
    directory=$1
    shift
    n_alone=$((n_alone + 1))
    # shellcheck disable=SC2086 # lists of words
    expect_success "$gemlet" train $data --out "$work/alone-$n_alone" --quiet "$@"
    expect_same_file "$directory" "$work/alone-$n_alone/$model" "$directory/$model"
}

all="sweep $data --epochs 15 --device cpu --seed 4 --out $work/all"
# shellcheck disable=SC2086
expect_success "$gemlet" $all --lr 0.003,0.01 --hidden=16/8,8 --dropout 0.1 --seeds 2
expect_equal "runs" "$(grep -c '^[0-9]* of 8  hidden=' "$work/stdout")" 8
grep -q 'paired t-test, 2 seeds' "$work/stdout" || fail "no tests"
expect_alone "$work/all/hidden=16,lr=0.003/seed-4" --epochs 15 --device cpu --hidden 16 --lr 0.003 \
    --dropout 0.1 --seed 4
expect_alone "$work/all/hidden=8,8,lr=0.01/seed-5" --epochs 15 --device cpu --hidden 8,8 --lr 0.01 \
    --dropout 0.1 --seed 5 --split-seed 4
# The command that its statistics name makes the run again.
command=$(sed -n 's/.*"command":[[:space:]]*\["gemlet", \(.*\)\],/\1/p' \
    "$work/all/hidden=16,lr=0.01/seed-5/stats.json" | sed 's/", "/ /g; s/"//g')
# shellcheck disable=SC2086
expect_success "$gemlet" $command --out "$work/again"
expect_same_file "the command of a run" "$work/again/$model" "$work/all/hidden=16,lr=0.01/seed-5/$model"

# The tables.
expect_equal "lines of the table" "$(wc -l <"$work/all/sweep.csv")" 9
[ -s "$work/all/report.html" ] || fail "no report"
accuracy=$(awk -F, '$1 == 16 && $2 == 0.01 && $3 == 5 { print $5 }' "$work/all/sweep.csv")
expect_close "accuracy in the table" "$accuracy" \
    "$(json_number test_accuracy "$work/all/hidden=16,lr=0.01/seed-5/stats.json")" 1e-8

# On an OpenCL device, which runs of one network hand on.
opencl="sweep $data --epochs 4 --device opencl-cpu --out $work/opencl --quiet"
if "$gemlet" devices | grep -q opencl-cpu; then
    # shellcheck disable=SC2086
    expect_success "$gemlet" $opencl --batch 16,32 --weight-decay 0,0.1 --hidden 16
    expect_alone "$work/opencl/batch=32,weight-decay=0.1/seed-1" --epochs 4 --device opencl-cpu --hidden 16 \
        --batch 32 --weight-decay 0.1
    expect_alone "$work/opencl/batch=32,weight-decay=0/seed-1" --epochs 4 --device opencl-cpu --hidden 16 \
        --batch 32 --weight-decay 0
fi

# ---- what is done ----------------------------------------------------------------------------------

when() { stat -c '%i' "$work/all/hidden=16,lr=0.003/seed-4/stats.json"; }
before=$(when)
# shellcheck disable=SC2086
expect_success "$gemlet" $all --hidden 16 --lr 0.003,0.01,0.03 --dropout 0.1
n_checks=$((n_checks + 1))
[ ! -d "$work/all/hidden=16,lr=0.03" ] || fail "an option with one value is no part of the name"
# shellcheck disable=SC2086
expect_success "$gemlet" $all --hidden 16/8,8 --lr 0.003,0.01,0.03 --dropout 0.1 --seeds 2
expect_equal "the run that was done" "$(when)" "$before"
expect_equal "new runs" "$(grep -c '^[0-9]* of 12  hidden=.*,lr=0.03' "$work/stdout")" 4
expect_equal "all new runs" "$(grep -c '^[0-9]* of 12  ' "$work/stdout")" 4
# shellcheck disable=SC2086
expect_error 1 "seed-4: --dropout: found 0.2, expected 0.1 as the run began with; --overwrite" -- \
    "$gemlet" $all --hidden 16/8,8 --lr 0.003,0.01 --dropout 0.2 --seeds 2

# Ended in the second run: the first is told of, and the same command goes on.
long="sweep $data --hidden 24 --epochs 1200 --device cpu --lr 0.002,0.004,0.008 --checkpoint-every 50
    --out $work/ended"
: >"$work/log"
# shellcheck disable=SC2086
"$gemlet" $long >"$work/log" 2>&1 &
pid=$!
while ! grep -q '^1 of 3' "$work/log" && kill -0 $pid 2>/dev/null; do sleep 0.02; done
sleep 0.1
kill -TERM $pid
code=0
wait $pid || code=$?
expect_equal "exit code of a stopped sweep" "$code" 130
grep -q '^stopped  after 1 of 3 runs: the same command goes on' "$work/log" || fail "it does not say what is done"
expect_equal "lines of the table" "$(wc -l <"$work/ended/sweep.csv")" 2
: >"$work/log"
# shellcheck disable=SC2086
"$gemlet" $long >"$work/log" 2>&1 &
pid=$!
while ! grep -q '^2 of 3' "$work/log" && kill -0 $pid 2>/dev/null; do sleep 0.02; done
kill -9 $pid
wait $pid 2>/dev/null
# shellcheck disable=SC2086
expect_success "$gemlet" $long
for lr in 0.004 0.008; do
    expect_alone "$work/ended/lr=$lr/seed-1" --hidden 24 --epochs 1200 --device cpu --lr $lr
done

# A rate that diverges is a result.
expect_success "$gemlet" sweep --data "$penguins" --target body_mass_g --hidden 8 --epochs 5 --device cpu \
    --lr 0.01,1e30 --recipe plain --out "$work/diverged"
grep -q '^2 of 2  lr=1e30, seed 1: diverged after' "$work/stdout" || fail "the diverged run is not told"
grep -q '1e30,1,diverged,' "$work/diverged/sweep.csv" || fail "the diverged run is not in the table"

# ---- what cannot be done ---------------------------------------------------------------------------

expect_error 2 "--out DIR must be given" -- "$gemlet" sweep --lr 0.1,0.2
expect_error 2 "--lr: found 'x', expected a finite number" -- "$gemlet" sweep --lr 0.1,x --out "$work/none"
expect_error 2 "--lr: found twice with several values, expected once" -- \
    "$gemlet" sweep --lr 0.1,0.2 --lr 0.3,0.4 --out "$work/none"
expect_error 2 "--seed: found '1,2', expected a whole number" -- "$gemlet" sweep --seed 1,2 --out "$work/none"
expect_error 1 "alone-1: holds a run; use another directory" -- \
    "$gemlet" sweep --data "$penguins" --target species --lr 0.1,0.2 --out "$work/alone-1"
n_checks=$((n_checks + 1))
[ ! -e "$work/none" ] || fail "a refused sweep left a directory"

finish
