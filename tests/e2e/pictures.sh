#!/bin/sh
# SPDX-License-Identifier: MIT
# Pictures are guests: whatever gnuplot does, the results are there before it starts and stay.
. "$(dirname -- "$0")/lib.sh"

make_small_data "$work/data"
mkdir "$work/one-class" "$work/bin"
for split in train test; do
    sed 's/^[0-9]*/0/' "$work/data/mnist_$split.csv" >"$work/one-class/mnist_$split.csv"
done
train="train --data $work/data --hidden 3 --batch 8 --device cpu --steps 30 --log-every 5"

# fake_gnuplot LINE...: what is first in the PATH of `with_fake`.
fake_gnuplot() {
    printf '#!/bin/sh\n' >"$work/bin/gnuplot"
    printf '%s\n' "$@" >>"$work/bin/gnuplot"
    chmod +x "$work/bin/gnuplot"
}
with_fake() {
    PATH="$work/bin:$PATH" "$@"
}

# shellcheck disable=SC2086 # $train is a list of words
{
    # ---- gnuplot fails: one line, everything else is as always. tests/unit/test_graphs.c has more
    # ways to fail.
    fake_gnuplot 'echo no room >&2; exit 1'
    expect_success with_fake "$gemlet" $train --watch-layers 5 --out "$work/run"
    expect_equal "lines on stderr" "$(wc -l <"$work/stderr")" 2
    expect_equal "notes" "$(grep -c 'drawn: gnuplot failed with exit code 1: no room' "$work/stderr")" 2
    expect_equal "files" "$(ls -A "$work/run" | tr '\n' ' ')" \
        "checkpoints evaluation.json layers.csv layers.gp metrics.csv model_mnist.npz report.html stats.json training_loss_graph.gp "
    grep -q '"graph":[[:space:]]*null' "$work/run/stats.json" || fail "a graph that is not there"

    # ---- gnuplot never ends: figures and files are there while it runs
    mkfifo "$work/drawing"
    fake_gnuplot "echo \$\$ >$work/drawing" 'exec sleep 100'
    PATH="$work/bin:$PATH" "$gemlet" $train --out "$work/run3" >"$work/stdout3" 2>&1 &
    process=$!
    read -r drawing <"$work/drawing"
    for file in model_mnist.npz metrics.csv stats.json report.html; do
        [ -s "$work/run3/$file" ] || fail "$file is not there while gnuplot runs"
    done
    grep -q '^test ' "$work/stdout3" || fail "no test figures while gnuplot runs"
    kill -KILL $process
    wait $process 2>/dev/null
    kill -KILL "$drawing"
    expect_success "$gemlet" eval --data "$work/data" --device cpu \
        --model "$work/run3/model_mnist.npz"

    # ---- losses that are 0: a picture, and no alarm
    expect_success "$gemlet" train --data "$work/one-class" --hidden 3 --batch 8 --device cpu \
        --steps 30 --log-every 5 --watch-layers 5 --out "$work/run4"
    expect_equal "notes about the graph" "$(grep -c drawn "$work/stderr")" 0
    for file in training_loss_graph.png training_loss_graph.svg layers.png layers.svg; do
        [ -s "$work/run4/$file" ] || fail "$file is missing"
    done
    grep -q '"graph":[[:space:]]*"training_loss_graph.png"' "$work/run4/stats.json" ||
        fail "the graph is not named"
    expect_success "$gemlet" compare "$work/run4" "$work/run" --out "$work/both"
    expect_success "$gemlet" compare "$work/run4" --out "$work/both"
    expect_equal "notes about the picture" "$(grep -c drawn "$work/stderr")" 0
}
finish
