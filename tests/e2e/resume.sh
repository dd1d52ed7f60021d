#!/bin/sh
# SPDX-License-Identifier: MIT
# A run that was interrupted goes on as if it had not been: whatever ended it, its model and its
# metrics become, byte for byte, those of a run without interruption.
#
#   resume.sh STRUCK-CALLS-LIBRARY [COUNT]
#
# COUNT: how much of everything; 50 is 50 kills at any time, 50 at operations on files, and 20 each of
# SIGTERM and SIGHUP, half of them with a second signal 1 to 50 ms later. The suite takes a sample.

# A file system of its own is mounted, which goes away with the test.
if [ "${GEMLET_TEST_MOUNTS:-0}" = 0 ] && unshare -rm true 2>/dev/null; then
    GEMLET_TEST_MOUNTS=1 exec unshare -rm sh "$0" "$@"
fi
. "$(dirname -- "$0")/lib.sh"

library=$1
count=${2:-3}
make_small_data "$work/data"
train="train --overwrite --data $work/data --hidden 3 --batch 8 --device cpu"
# A few tenths of a second, with a checkpoint every few milliseconds.
long="$train --steps 60000 --log-every 700 --checkpoint-every 1000 --watch-layers 9000"

# expect_same_run WHAT DIRECTORY EXPECTED: all but times and pictures.
expect_same_run() {
    n_checks=$((n_checks + 1))
    cmp -s "$2/model_mnist.npz" "$3/model_mnist.npz" || fail "$1: another model"
    cut -d, -f1-5 "$2/metrics.csv" >"$work/metrics"
    cut -d, -f1-5 "$3/metrics.csv" | cmp -s - "$work/metrics" || fail "$1: other metrics"
    [ ! -e "$3/model_last.npz" ] || cmp -s "$2/model_last.npz" "$3/model_last.npz" ||
        fail "$1: another last model"
    [ ! -e "$3/layers.csv" ] || cmp -s "$2/layers.csv" "$3/layers.csv" || fail "$1: other layers"
    [ -z "$(find "$2" -name '.*')" ] || fail "$1: left behind: $(find "$2" -name '.*')"
    for key in steps initial_loss final_train_loss test_loss; do
        [ "$(json_number $key "$2/stats.json")" = "$(json_number $key "$3/stats.json")" ] ||
            fail "$1: another $key"
    done
}

# A number from 0 to $1 - 1.
random() {
    awk -v n="$1" -v seed="$2" 'BEGIN { srand(seed); printf "%d", n * rand() }'
}

milliseconds() { # N: sleeps
    sleep "$(awk -v n="$1" 'BEGIN { printf "%.3f", n / 1000 }')"
}

# go_on WHAT DIRECTORY: to the end, from the beginning if it was ended before its first checkpoint.
go_on() {
    if [ -n "$(ls "$2/checkpoints" 2>/dev/null | grep '^step-')" ]; then
        "$gemlet" train --resume "$2" --quiet 2>"$work/stderr" || fail "$1: $(cat "$work/stderr")"
    else
        n_anew=$((n_anew + 1))
        # shellcheck disable=SC2086 # lists of words
        "$gemlet" $long --out "$2" --quiet 2>"$work/stderr" || fail "$1: $(cat "$work/stderr")"
    fi
}

# shellcheck disable=SC2086 # lists of words
{
    # ---- 2000 steps are 700 and 1300

    for more in "" "--momentum 0.9 --nesterov" "--optimizer adamw --beta2 0.95 --lr-scale biases=0.1,first=6" "--average ema:0.95" "--no-batch-norm --lr 0.05" \
        "--dropout 0.3 --input-dropout 0.2" "--momentum 0.5 --validation 0.2 --patience 1000"; do
        some="$train --lr-schedule constant --log-every 90 $more"
        expect_success "$gemlet" $some --steps 2000 --out "$work/whole"
        expect_success "$gemlet" $some --steps 700 --out "$work/part"
        expect_success "$gemlet" train --resume "$work/part" --steps 2000
        expect_same_run "700 + 1300 steps $more" "$work/part" "$work/whole"
        [ -z "$(cat "$work/stderr")" ] || fail "bits that are the same: $(cat "$work/stderr")"
    done
    expect_equal "checkpoints" "$(ls "$work/part/checkpoints" | tr '\n' ' ')" \
        "best.npz step-0000000700.npz step-0000002000.npz "

    # Of a table, which is found from another working directory, too.
    awk 'BEGIN {
        print "a,colour,kind"
        for (i = 0; i < 90; ++i)
            printf "%d,%s,%s\n", i * 7 % 11, i % 2 ? "red" : "blue", i % 3 ? "x" : "y"
    }' >"$work/table.csv"
    table="train --data table.csv --target kind --hidden 4 --device cpu --batch 8 --quiet"
    for steps in 70 200; do
        (cd "$work" && exec "$gemlet" $table --steps $steps --lr-schedule constant --warmup 0 \
            --out "table-$steps") 2>"$work/log" || fail "a run on a table: $(cat "$work/log")"
    done
    expect_success "$gemlet" train --resume "$work/table-70" --steps 200
    expect_same_run "70 + 130 steps on a table" "$work/table-70" "$work/table-200"

    # ---- what a run that goes on may change, and what not

    expect_error 2 "--seed: found 2, expected 1 as the run began with" -- \
        "$gemlet" train --resume "$work/part" --seed 2
    expect_error 2 "--hidden: found 4, expected 3" -- \
        "$gemlet" train --resume "$work/part" --hidden 4
    expect_error 2 "leave --out out" -- "$gemlet" train --resume "$work/part" --out "$work/x"
    expect_error 1 "found a number of 1999 steps, expected at least the 2000" -- \
        "$gemlet" train --resume "$work/part" --steps 1999
    expect_error 1 "$work/none: cannot open: no such directory" -- \
        "$gemlet" train --resume "$work/none"
    expect_error 1 "$work/data: found no checkpoint" -- "$gemlet" train --resume "$work/data"
    cp -R "$work/data" "$work/other"
    sed 's/^1,100/1,101/' "$work/data/mnist_train.csv" >"$work/other/mnist_train.csv"
    expect_error 1 "training rows: found 48 of 4 features, checksum" "as it began with" -- \
        "$gemlet" train --resume "$work/part" --data "$work/other"
    sed 's/^1,100/1,101/' "$work/data/mnist_test.csv" >"$work/other/mnist_test.csv"
    cp "$work/data/mnist_train.csv" "$work/other/mnist_train.csv"
    expect_error 1 "test rows: found" -- \
        "$gemlet" train --resume "$work/part" --data "$work/other"
    cp "$work/data/mnist_test.csv" "$work/other/mnist_test.csv"
    expect_success "$gemlet" train --resume "$work/part" --data "$work/other" --log-every 50
    grep -q 'all 2000 steps are done' "$work/stderr" || fail "no word of steps that are done"
    expect_same_run "all steps done" "$work/part" "$work/whole"
    # The learning rate of a cosine depends on the number of steps.
    expect_success "$gemlet" $train --steps 300 --out "$work/cosine" --quiet
    expect_success "$gemlet" train --resume "$work/cosine" --steps 400 --quiet
    grep -q 'need not be.*steps of the cosine schedule was 300, is 400' "$work/stderr" ||
        fail "no word of another schedule: $(cat "$work/stderr")"
    # So does a warm-up that is a share of them.
    expect_success "$gemlet" $train --steps 300 --lr-schedule constant --warmup 0.5 \
        --out "$work/warm" --quiet
    expect_success "$gemlet" train --resume "$work/warm" --steps 400 --quiet
    grep -q 'steps of the constant schedule was 300, is 400' "$work/stderr" ||
        fail "no word of another warm-up: $(cat "$work/stderr")"
    # So are the steps that an average of the last ones takes.
    expect_success "$gemlet" $train --steps 300 --lr-schedule constant --average last:0.5 \
        --out "$work/mean" --quiet
    expect_success "$gemlet" train --resume "$work/mean" --steps 400 --quiet
    grep -q 'steps of the average was 300, is 400' "$work/stderr" ||
        fail "no word of another average: $(cat "$work/stderr")"
    # From another working directory.
    (cd "$work" && exec "$gemlet" train --data data --batch 8 --steps 30 --device cpu --out far \
        --quiet) ||
        fail "a run in another working directory"
    expect_success "$gemlet" train --resume "$work/far" --quiet

    # ---- what is kept

    expect_success "$gemlet" $train --steps 500 --checkpoint-every 100 --keep-checkpoints 3 \
        --out "$work/kept"
    expect_equal "3 are kept" "$(ls -A "$work/kept/checkpoints" | tr '\n' ' ')" \
        "step-0000000300.npz step-0000000400.npz step-0000000500.npz "
    expect_success "$gemlet" eval --device cpu --data "$work/data" \
        --model "$work/kept/checkpoints/step-0000000300.npz"
    expect_success "$gemlet" $train --steps 500 --keep-checkpoints 0 --out "$work/kept0"
    [ ! -e "$work/kept0/checkpoints" ] || fail "--keep-checkpoints 0 keeps some"
    touch "$work/kept/checkpoints/mine"

    # ---- a checkpoint that is damaged

    cp -R "$work/kept" "$work/damaged"
    printf x | dd of="$work/damaged/checkpoints/step-0000000500.npz" bs=1 seek=900 conv=notrunc \
        2>"$work/log"
    expect_success "$gemlet" train --resume "$work/damaged" --quiet
    grep -q 'step-0000000500.npz: .*damaged.*; the checkpoint before it is tried' "$work/stderr" ||
        fail "no word of a damaged checkpoint: $(cat "$work/stderr")"
    expect_same_run "from the checkpoint before" "$work/damaged" "$work/kept"
    [ -e "$work/damaged/checkpoints/mine" ] || fail "a file of the user's is gone"
    for file in "$work/damaged/checkpoints/step"-*; do
        : >"$file"
    done
    expect_error_with_detail 1 "step-0000000500.npz: not an npz file" -- \
        "$gemlet" train --resume "$work/damaged"

    # ---- ended at any time

    expect_success "$gemlet" $long --out "$work/long"
    started=$(date +%s%N)
    expect_success "$gemlet" $long --out "$work/timed" --quiet
    duration=$((($(date +%s%N) - started) / 1000000))
    n_anew=0
    for i in $(seq "$count"); do
        rm -rf "$work/killed"
        "$gemlet" $long --out "$work/killed" --quiet &
        pid=$!
        milliseconds "$(random "$duration" $((i + $$)))"
        kill -KILL "$pid" 2>/dev/null
        wait "$pid" 2>/dev/null
        if [ $((i % 3)) -eq 0 ]; then # what goes on is killed, too
            "$gemlet" train --resume "$work/killed" --quiet 2>/dev/null &
            pid=$!
            milliseconds "$(random "$duration" $((i + $$ + 500)))"
            kill -KILL "$pid" 2>/dev/null
            wait "$pid" 2>/dev/null
        fi
        go_on "kill $i" "$work/killed"
        expect_same_run "kill $i" "$work/killed" "$work/long"
    done

    if [ "$library" != none ]; then
        n_calls=$(LD_PRELOAD=$library STRIKE=file "$gemlet" $long --out "$work/struck" 2>&1 |
            sed -n 's/^calls: //p')
        [ "${n_calls:-0}" -gt 200 ] || fail "found ${n_calls:-no} operations on files"
        for i in $(seq "$count"); do
            rm -rf "$work/struck"
            at=$(($(random "$n_calls" $((i + $$ + 1000))) + 1))
            # Every other one among the last operations, which place the results.
            [ $((i % 2)) -eq 0 ] || at=$((n_calls - $(random 80 $((i + $$)))))
            LD_PRELOAD=$library STRIKE=file STRIKE_AT=$at STRIKE_BY=kill \
                "$gemlet" $long --out "$work/struck" --quiet 2>/dev/null
            go_on "kill at operation $at of $n_calls" "$work/struck"
            expect_same_run "kill at operation $at of $n_calls" "$work/struck" "$work/long"
        done
    fi

    # ---- TERM and HUP, half of them twice

    n_stopped=0
    for i in $(seq $(((count * 40 + 49) / 50))); do
        rm -rf "$work/stopped"
        "$gemlet" $long --out "$work/stopped" >"$work/stdout" 2>"$work/stderr" &
        pid=$!
        signal=TERM
        [ $((i % 2)) -eq 0 ] || signal=HUP
        milliseconds "$(random "$duration" $((i + $$ + 2000)))"
        kill -$signal "$pid" 2>/dev/null
        if [ $((i / 2 % 2)) -eq 0 ]; then
            milliseconds $(($(random 50 $((i + $$))) + 1))
            kill -$signal "$pid" 2>/dev/null
        fi
        code=0
        wait "$pid" 2>/dev/null || code=$?
        if [ "$code" -eq 130 ]; then
            n_stopped=$((n_stopped + 1))
            grep -q "^resume   gemlet train --resume $work/stopped\$" "$work/stdout" ||
                grep -q '^stopped before the first step' "$work/stdout" ||
                fail "SIG$signal $i: no word of how to go on"
        fi
        go_on "SIG$signal $i" "$work/stopped"
        expect_same_run "SIG$signal $i" "$work/stopped" "$work/long"
    done
    printf '%d ended before their first checkpoint, %d stopped by a signal\n' "$n_anew" "$n_stopped"
}

# ---- a disk that is full

full_disk() {
    # shellcheck disable=SC2086 # a list of words
    {
        "$gemlet" $long --out "$work/small/run" >"$work/stdout" 2>"$work/stderr" &
        pid=$!
        until ls "$work/small/run/checkpoints" 2>/dev/null | grep -q '^step-'; do
            kill -0 "$pid" 2>/dev/null || break
        done
        cat /dev/zero >"$work/small/filler" 2>/dev/null
        code=0
        wait "$pid" || code=$?
    }
    grep -q 'no checkpoint: .*: cannot write: No space left on device; the training goes on' \
        "$work/stderr" || fail "a full disk: $(cat "$work/stderr")"
    expect_equal "exit code with a full disk" "$code" 1
    ls "$work/small/run/checkpoints" | grep -q '^step-' || fail "the last checkpoint is gone"
    rm "$work/small/filler"
    expect_success "$gemlet" train --resume "$work/small/run"
    expect_same_run "once there is room" "$work/small/run" "$work/long"
}

if mkdir "$work/small" && mount -t tmpfs -o size=256k none "$work/small" 2>/dev/null; then
    full_disk
    umount "$work/small"
else
    printf 'left out: a disk that is full, as none can be mounted\n'
fi
finish
