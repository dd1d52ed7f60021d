#!/bin/sh
# SPDX-License-Identifier: MIT
# Ctrl-C during training: exit code 130, and what was trained so far is saved and can be used.
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
finish
