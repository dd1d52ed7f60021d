#!/bin/sh
# SPDX-License-Identifier: MIT
# Ctrl-C during training: exit code 130, and what was trained so far is saved and can be used. And
# other signals that come to a program: those that end a run, at once or not, and those that do not.
#
#   interrupt.sh MNIST-DIRECTORY
. "$(dirname -- "$0")/lib.sh"

# More steps than any machine does while this test runs.
"$gemlet" train --data "$1" --device cpu --steps 4000000000 --log-every 10 --out "$work/run" \
    >"$work/stdout" 2>"$work/stderr" &
pid=$!
waited=0
until grep -q '^step 20/' "$work/stdout"; do
    kill -0 "$pid" 2>/dev/null || fail_with_log "the run ended by itself: $(cat "$work/stderr")"
    [ "$waited" -lt 600 ] || { kill "$pid"; fail_with_log "no second report"; }
    sleep 0.1
    waited=$((waited + 1))
done
kill -INT "$pid"
code=0
wait "$pid" || code=$?
expect_equal "exit code" "$code" 130
expect_equal "stderr" "$(cat "$work/stderr")" ""
grep -q '^stopped after' "$work/stdout" || fail "the program does not say that it was stopped"
grep -q '"stopped":[[:space:]]*true' "$work/run/stats.json" || fail "stats.json: not stopped"
for file in model_mnist.npz stats.json metrics.csv; do
    [ -s "$work/run/$file" ] || fail "$file is missing"
done
steps=$(json_number steps "$work/run/stats.json")
[ "${steps:-0}" -ge 20 ] || fail "stats.json: found $steps steps, expected 20 or more"

expect_success "$gemlet" eval --model "$work/run/model_mnist.npz" --data "$1" --device cpu --json
accuracy=$(sed 's/.*"accuracy": \([0-9.]*\).*/\1/' "$work/stdout")
expect_close "accuracy of the saved model" "$accuracy" \
    "$(json_number test_accuracy "$work/run/stats.json")" 1e-12

# ---- a program of its own that never ends by itself

make_small_data "$work/data"
small="train --data $work/data --hidden 3 --batch 8 --device cpu"

# start COMMAND...: in the background as $pid, until it trains.
start() {
    : >"$work/stdout"
    "$@" >"$work/stdout" 2>"$work/stderr" &
    pid=$!
    waited=0
    until grep -q '^step 1/' "$work/stdout" || [ "$waited" -ge 600 ]; do
        sleep 0.05
        waited=$((waited + 1))
    done
}

# expect_end CODE WHAT
expect_end() {
    code=0
    wait "$pid" || code=$?
    expect_equal "exit code after $2" "$code" "$1"
}

# shellcheck disable=SC2086 # $small is a list of words
{
    # A second Ctrl-C counts a second after the first: here while a picture is drawn for ever.
    mkdir "$work/bin"
    printf '#!/bin/sh\nexec sleep 10\n' >"$work/bin/gnuplot"
    chmod +x "$work/bin/gnuplot"
    start env PATH="$work/bin:$PATH" "$gemlet" $small --steps 4000000000 --out "$work/drawn"
    kill -INT "$pid"
    until grep -q '^results' "$work/stdout"; do
        sleep 0.05
    done
    sleep 1
    kill -INT "$pid"
    expect_end 130 "a second SIGINT"
    [ -s "$work/drawn/stats.json" ] || fail "a second SIGINT: results are lost"
    [ ! -e "$work/drawn/training_loss_graph.png" ] || fail "the picture was not for ever"

    # As nohup starts it: SIGHUP changes nothing.
    start sh -c 'trap "" HUP; exec "$@"' sh "$gemlet" $small --steps 4000000000 --out "$work/nohup"
    kill -HUP "$pid"
    sleep 0.2
    kill -0 "$pid" 2>/dev/null || fail "ended by a SIGHUP that is to be ignored"
    kill -TERM "$pid"
    expect_end 130 SIGTERM

    # The directory of the results is gone, with all above it: the model is saved elsewhere.
    mkdir "$work/elsewhere"
    start env TMPDIR="$work/elsewhere" "$gemlet" $small --steps 4000000000 --out "$work/gone/run"
    rm -rf "$work/gone"
    kill -TERM "$pid"
    expect_end 1 "results that cannot be saved"
    grep -q '^test ' "$work/stdout" || fail "no test figures of results that cannot be saved"
    model=$(sed -n 's/.*the model is saved as \(.*\) instead$/\1/p' "$work/stderr")
    expect_success "$gemlet" eval --device cpu --data "$work/data" --model "$model"

    # Nobody reads on; no file may be larger than 512 bytes.
    "$gemlet" $small --steps 20000 --log-every 10 --out "$work/piped" 2>"$work/stderr" |
        head -n 1 >"$work/line"
    grep -q '"steps":[[:space:]]*20000' "$work/piped/stats.json" || fail "ended by a closed pipe"
    expect_error 1 "model_mnist.npz: cannot write: File too large" -- \
        sh -c 'ulimit -f 1; exec "$@"' sh "$gemlet" $small --hidden 300 --steps 5 --quiet \
        --out "$work/limited"
}
finish
