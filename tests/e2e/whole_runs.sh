#!/bin/sh
# SPDX-License-Identifier: MIT
# The directory of the results holds the files of one run at every moment: whatever is killed,
# fails, is interrupted twice or runs beside it.
#
#   whole_runs.sh STRUCK-CALLS-LIBRARY [COUNT]
#
# COUNT: how much of everything; 100 is 200 kills, 60 pairs of signals, 25 rounds of four processes
# and every file operation of a run. The suite takes a sample.
. "$(dirname -- "$0")/lib.sh"

library=$1
count=${2:-2}
make_small_data "$work/data"
options="--data $work/data --hidden 3 --batch 8 --device cpu --steps 200 --quiet --overwrite"
out=$work/runs/out

train() { # SEED
    # shellcheck disable=SC2086 # a list of words
    "$gemlet" train $options --seed "$1" --out "$out"
}

# ---- what whole is: everything but times is the same as in a run that nothing happened to

for seed in 1 2 3 4; do
    # shellcheck disable=SC2086
    expect_success "$gemlet" train $options --seed "$seed" --out "$work/whole/$seed"
    cut -d, -f1-5 "$work/whole/$seed/metrics.csv" >"$work/whole/$seed.metrics"
    : >"$work/whole/$seed.notes"
done

# same_file NAME SEED: of the run in $out, or not there.
same_file() {
    [ ! -e "$out/$1" ] || cmp -s "$out/$1" "$work/whole/$2/$1"
}

# Sets $seed to that of the run in $out. Fails unless all that is there is its.
check_whole() { # WHAT
    n_checks=$((n_checks + 1))
    seed=$(json_number seed "$out/stats.json")
    [ -n "$seed" ] || {
        fail "$1: no stats.json: $(ls -A "$out")"
        return
    }
    cmp -s "$out/model_mnist.npz" "$work/whole/$seed/model_mnist.npz" || fail "$1: model"
    cut -d, -f1-5 "$out/metrics.csv" | cmp -s - "$work/whole/$seed.metrics" || fail "$1: metrics"
    cmp -s "$out/evaluation.json" "$work/whole/$seed/evaluation.json" || fail "$1: evaluation"
    grep -q "Seed $seed;" "$out/report.html" || fail "$1: report"
    for name in training_loss_graph.gp training_loss_graph.png training_loss_graph.svg; do
        same_file "$name" "$seed" || fail "$1: $name"
    done
    others=$(cd "$out" && ls -A | grep -v -x -e stats.json -e model_mnist.npz -e metrics.csv \
        -e report.html -e evaluation.json -e checkpoints -e 'training_loss_graph\.[a-z]*' -e notes -e 'gemlet-[0-9a-f]*-.*' -e '\.gemlet\.lock')
    [ -z "$others" ] || fail "$1: others: $others"
}

# What was left behind is gone after a run that nothing happened to.
check_clean() {
    train 1 || fail "a run after all of them"
    expect_equal "left behind" "$(find "$work/runs" -name '.*' | tr '\n' ' ')" ""
}

# A number from 0 to $1 - 1.
random() {
    awk -v n="$1" -v seed="$2" 'BEGIN { srand(seed); printf "%d", n * rand() }'
}

milliseconds() { # N: sleeps
    sleep "$(awk -v n="$1" 'BEGIN { printf "%.3f", n / 1000 }')"
}

# ---- each operation on files in turn: killed before it, failed, interrupted

strike() { # CALL NUMBER HOW SEED
    code=0
    # shellcheck disable=SC2086
    LD_PRELOAD=$library STRIKE=$1 STRIKE_AT=$2 STRIKE_BY=$3 \
        "$gemlet" train $options --seed "$4" --out "$out" >"$work/stdout" 2>"$work/stderr" ||
        code=$?
}

if [ "$library" != none ]; then
    train 1
    # shellcheck disable=SC2086
    n_calls=$(LD_PRELOAD=$library STRIKE=file "$gemlet" train $options --seed 1 --out "$out" 2>&1 |
        sed -n 's/^calls: //p')
    [ "${n_calls:-0}" -gt 20 ] || fail "found ${n_calls:-no} operations on files"
    stride=$((n_calls / (2 * count) + 1))
    for how in kill fail; do
        at=$(($(random "$stride" "$$") + 1))
        while [ "$at" -le "$n_calls" ]; do
            strike file "$at" "$how" $((at % 2 + 1))
            check_whole "$how at operation $at of $n_calls"
            [ "$how:$code:$(wc -l <"$work/stderr")" != fail:1:0 ] ||
                fail "operation $at failed without a message"
            elsewhere=$(sed -n 's/.*the model is saved as \(.*\) instead$/\1/p' "$work/stderr")
            [ -z "$elsewhere" ] ||
                expect_same_file "$how at operation $at" "$elsewhere" \
                    "$work/whole/$((at % 2 + 1))/model_mnist.npz"
            rm -f "$out"/gemlet-*
            at=$((at + stride))
        done
    done
    check_clean

    # ---- with a file of the user's: one file after the other
    echo mine >"$out/notes"
    for at in $(seq $(($(random "$stride" "$$") + 1)) "$stride" "$n_calls"); do
        strike file "$at" kill $((at % 2 + 1))
        [ -e "$out/stats.json" ] || train 1 # which completes it
        rm -rf "$out"/.gemlet-*
        check_whole "beside a foreign file, killed at operation $at"
    done
    expect_equal "a foreign file" "$(cat "$out/notes")" mine
    check_clean
    rm "$out/notes"
fi

# ---- kills at any time, and while the results are saved

train 1
for i in $(seq $((2 * count))); do
    # shellcheck disable=SC2086
    "$gemlet" train $options --seed $((i % 2 + 1)) --out "$out" &
    pid=$!
    milliseconds "$(random 60 $((i + $$)))"
    kill -KILL "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
    check_whole "kill $i"
done
check_clean

# ---- two signals, one shortly after the other

n_stopped=0
n_pairs=$(((count * 6 + 9) / 10))
for i in $(seq $n_pairs); do
    # More steps than any machine does while this test runs.
    rm -f "$work/stdout"
    "$gemlet" train --data "$work/data" --hidden 3 --batch 8 --device cpu --steps 4000000000 \
        --log-every 1000000 --seed 1 --out "$work/runs/signal" >"$work/stdout" 2>"$work/stderr" &
    pid=$!
    waited=0
    until grep -q '^step 1/' "$work/stdout" 2>/dev/null; do
        [ "$waited" -lt 600 ] || break
        sleep 0.02
        waited=$((waited + 1))
    done
    case $((i % 3)) in
    0) signal=INT ;;
    1) signal=TERM ;;
    2) signal=HUP ;;
    esac
    kill -$signal "$pid"
    milliseconds $(($(random 120 $((i + $$))) + 1))
    kill -$signal "$pid" 2>/dev/null
    code=0
    wait "$pid" || code=$?
    expect_equal "exit code after two SIG$signal" "$code" 130
    steps=$(json_number steps "$work/runs/signal/stats.json")
    [ "${steps:-0}" -gt 0 ] && n_stopped=$((n_stopped + 1))
    for name in model_mnist.npz metrics.csv training_loss_graph.gp; do
        [ -s "$work/runs/signal/$name" ] || fail "two SIG$signal: no $name"
    done
    rm -rf "$work/runs/signal"
done
expect_equal "runs with two signals that were saved" "$n_stopped" $n_pairs

# ---- four processes with one --out: those that come while another is there are refused

refused=0
for i in $(seq $(((count + 3) / 4))); do
    [ $((i % 2)) -eq 1 ] || rm -rf "$out"
    pids=
    for seed in 1 2 3 4; do
        train "$seed" 2>"$work/stderr$seed" &
        pids="$pids $!"
    done
    n_done=0
    seed=0
    for pid in $pids; do
        seed=$((seed + 1))
        if wait "$pid"; then
            n_done=$((n_done + 1))
        else
            refused=$((refused + 1))
            grep -q "^gemlet train: $out: in use by process [0-9]*: " "$work/stderr$seed" ||
                fail "one of four processes: $(cat "$work/stderr$seed")"
        fi
    done
    [ "$n_done" -gt 0 ] || fail "none of four processes, round $i"
    check_whole "four processes, round $i"
done
[ "$refused" -gt 0 ] || fail "four processes: none was refused"
check_clean

# ---- a directory is one run's

expect_error 1 "$out: holds the results of another run: --overwrite" -- \
    "$gemlet" train --data "$work/data" --hidden 3 --device cpu --steps 20 --quiet --out "$out"
check_whole "a run that was refused"
mkdir "$work/default" && cd "$work/default" || exit 1
for run in 1 2 3; do
    # shellcheck disable=SC2086
    expect_success "$gemlet" train ${options% --overwrite} --seed $run
done
expect_equal "the last of three runs" "$(cat "$work/stderr")" \
    "gemlet train: results go to runs/data-3: the directories before it hold other runs"
for run in 1:data 2:data-2 3:data-3; do
    expect_same_file "run $run" "runs/${run#*:}/model_mnist.npz" \
        "$work/whole/${run%:*}/model_mnist.npz"
done
# shellcheck disable=SC2086
expect_success "$gemlet" train $options --seed 4
expect_same_file "--overwrite" runs/data/model_mnist.npz "$work/whole/4/model_mnist.npz"
expect_equal "directories" "$(ls -A runs | tr '\n' ' ')" "data data-2 data-3 "
finish
