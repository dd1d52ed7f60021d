#!/bin/sh
# SPDX-License-Identifier: MIT
# gemlet compare over runs of gemlet train: tables, pictures, runs that ended early, damaged files.
. "$(dirname -- "$0")/lib.sh"

make_small_data "$work/data"
train="train --data $work/data --hidden 6 --batch 4 --steps 60 --log-every 3 --device cpu --quiet"
# shellcheck disable=SC2086 # $train is a list of words
for seed in 1 2 3; do
    expect_success "$gemlet" $train --seed "$seed" --out "$work/runs/with-$seed"
    expect_success "$gemlet" $train --seed "$seed" --no-batch-norm --out "$work/runs/without-$seed"
done

# ---- one row for each set of options, tested in pairs
expect_success "$gemlet" compare "$work"/runs/with-* "$work"/runs/without-*
expect_equal "lines of the table" "$(grep -c '^with' "$work/stdout")" 3
grep -q '^runs  *network, weight decay  *seeds  *test accuracy ' "$work/stdout" || fail "no header: $(cat "$work/stdout")"
grep -q '^with  *4-6bn-relu-3, 0.005  *3 ' "$work/stdout" || fail "no row of the first runs"
grep -q '^without  *4-6-relu-3, 0.0005  *3 ' "$work/stdout" || fail "no row of the second runs"
grep -q '^without minus with .*paired t-test, 3 seeds$' "$work/stdout" || fail "no paired test"

# The figures are those of the runs.
accuracy=0
for seed in 1 2 3; do
    accuracy="$accuracy + $(json_number test_accuracy "$work/runs/with-$seed/stats.json")"
done
expected=$(awk "BEGIN { printf \"%.2f\", 100 * ($accuracy) / 3 }")
expect_success "$gemlet" compare "$work"/runs/with-* --markdown
expect_equal "mean accuracy" \
    "$(awk -F ' *[|] *' 'NR == 3 { split($4, part, " "); print part[1] }' "$work/stdout")" "$expected"
expect_equal "lines of Markdown" "$(grep -c '^|' "$work/stdout")" 3

# Batch-norm or not decides the default of the weight decay, a flag decides over it.
decay_of() {
    # shellcheck disable=SC2086
    expect_success "$gemlet" $train --overwrite --out "$work/decay" "$@"
    sed -n 's/^.*"weight_decay":[[:space:]]*\([^,]*\),$/\1/p' "$work/decay/stats.json"
}
expect_equal "decay with batch-norm" "$(decay_of)" 0.005
expect_equal "decay without" "$(decay_of --no-batch-norm)" 0.0005
expect_equal "decay without, given" "$(decay_of --weight-decay 0.25 --no-batch-norm)" 0.25
expect_equal "decay without, reference" "$(decay_of --no-batch-norm --recipe reference)" 0
train="train --data $work/data --batch 4 --steps 60 --log-every 3 --device cpu --quiet"
expect_equal "decay of a network with" "$(decay_of --network 4-6-relu-5bn-relu-3)" 0.005
expect_equal "decay of a network without" "$(decay_of --network 4-6-relu-3)" 0.0005
expect_equal "decay without hidden layers" "$(decay_of --hidden none)" 0.0005
train="$train --hidden 6"

# ---- pictures
if command -v gnuplot >/dev/null; then
    expect_success "$gemlet" compare "$work"/runs/* --out "$work/pictures/new" --smooth 4
    expect_equal "pictures" "$(ls "$work/pictures/new" | tr '\n' ' ')" \
        "compare.csv compare.gp compare.png compare.svg "
    grep -q 'moving mean of 4 reports' "$work/pictures/new/compare.svg" || fail "no word of the smoothing"
    grep -q 'without (3 seeds)' "$work/pictures/new/compare.svg" || fail "no legend"
    expect_success "$gemlet" compare "$work"/runs/* --out "$work/pictures/new" --smooth 1
    grep -q 'moving mean' "$work/pictures/new/compare.svg" && fail "smoothing where there is none"
fi
run env PATH="$work" "$gemlet" compare "$work/runs/with-1" --out "$work/pictures/none"
expect_equal "exit code without gnuplot" "$code" 0
expect_equal "lines on stderr without gnuplot" "$(wc -l <"$work/stderr")" 1
grep -q 'gnuplot not found' "$work/stderr" || fail "no word of gnuplot: $(cat "$work/stderr")"
expect_equal "files without gnuplot" "$(ls "$work/pictures/none" | tr '\n' ' ')" "compare.csv compare.gp "

# ---- runs of other lengths, repeated, diverged
# shellcheck disable=SC2086
{
    expect_success "$gemlet" $train --steps 20 --out "$work/short"
    expect_error 1 "diverged" -- "$gemlet" $train --no-batch-norm --lr 1e30 --out "$work/diverged"
}
expect_success "$gemlet" compare "$work/runs/with-1" "$work/runs/with-1/" "$work/short" "$work/diverged" \
    --out "$work/pictures/mixed"
expect_equal "notes" "$(cat "$work/stderr")" \
    "gemlet compare: $work/runs/with-1 repeats $work/runs/with-1: counted once"
grep -q '^diverged .* diverged .* - ' "$work/stdout" || fail "no row of a run that diverged"
grep -q '^one seed each' "$work/stdout" || fail "a test of single runs"

# ---- what is no run
expect_error 1 "$work/none/stats.json: cannot open" -- "$gemlet" compare "$work/runs/with-1" "$work/none"
expect_error 1 "$work/data/stats.json: cannot open" -- "$gemlet" compare "$work/data"
cp -r "$work/runs/with-1" "$work/damaged"
head -n 20 "$work/runs/with-1/stats.json" >"$work/damaged/stats.json"
expect_error 1 "$work/damaged/stats.json: line 2" "not JSON" -- "$gemlet" compare "$work/damaged"
sed 's/"schema_version":[^,]*/"schema_version": 9/' "$work/runs/with-1/stats.json" >"$work/damaged/stats.json"
expect_error 1 "$work/damaged/stats.json: schema_version: found 9, expected 1" -- \
    "$gemlet" compare "$work/damaged"
cp "$work/runs/with-1/stats.json" "$work/damaged/stats.json"
sed '5s/.*/garbage/' "$work/runs/with-1/metrics.csv" >"$work/damaged/metrics.csv"
expect_success "$gemlet" compare "$work/damaged"
expect_error 1 "$work/damaged/metrics.csv: line 5" -- "$gemlet" compare "$work/damaged" --out "$work/pictures/no"
expect_equal "output before the failure" "$(cat "$work/stdout")" ""
[ ! -e "$work/pictures/no" ] || fail "a picture of damaged data"
expect_error 1 "/proc/no" -- "$gemlet" compare "$work/runs/with-1" --out /proc/no
finish
