#!/bin/sh
# SPDX-License-Identifier: MIT
# A number of a table is learned, predicted and judged in its own unit; and the figures of classes.
#
#   regression.sh PENGUINS [PYTHON]: PYTHON calculates the figures anew.
. "$(dirname -- "$0")/lib.sh"

table=$1
python=${2:-}
short="--recipe default --steps 300 --batch 32 --hidden 16 --no-batch-norm --lr 0.02 --device cpu --log-every 100"

# train OUT OPTION...: of the body mass.
train() {
    out=$work/$1
    shift
    # shellcheck disable=SC2086 # options are words
    expect_success "$gemlet" train --data "$table" --target body_mass_g $short --out "$out" "$@"
}

# judge OUT TARGET: what eval says of the whole table is what the predictions come to.
judge() {
    model=$work/$1/model_mnist.npz
    expect_success "$gemlet" predict --model "$model" --input "$table" --device cpu \
        --output "$work/$1.csv"
    expect_success "$gemlet" eval --model "$model" --data "$table" --device cpu --json
    cp "$work/stdout" "$work/$1.json"
    [ -n "$python" ] || return
    n_checks=$((n_checks + 1))
    "$python" "$(dirname -- "$0")/check_metrics.py" "$table" "$2" "$work/$1.csv" "$work/$1.json" ||
        fail "figures of $1"
}

# ---- a number -----------------------------------------------------------------------------------

train first
grep -q "features, a number to predict" "$work/stdout" || fail "data: $(cat "$work/stdout")"
grep -q "target body_mass_g (regression: many distinct numbers)" "$work/stdout" || fail "task"
grep -q "^test     loss 0\.[0-9]*, RMSE [0-9.]*, MAE [0-9.]*, R2 0\.[0-9]* of 68 rows" \
    "$work/stdout" || fail "test: $(cat "$work/stdout")"
grep -q "acc" "$work/stdout" && fail "an accuracy of numbers: $(cat "$work/stdout")"
grep -q "2 rows without a target are not used" "$work/stderr" || fail "rows without a target"
n_checks=$((n_checks + 5))
stats=$work/first/stats.json
grep -q '"spec":.*-16-relu-1-linear"' "$stats" || fail "network of $stats"
grep -q '"test_accuracy":[[:space:]]*null' "$stats" || fail "accuracy of $stats"
r2=$(json_number test_r2 "$stats")
rmse=$(json_number test_rmse "$stats")
# A deviation of 800 g; the species alone explain two thirds.
awk -v r2="$r2" -v rmse="$rmse" 'BEGIN { exit !(r2 > 0.7 && rmse > 100 && rmse < 450) }' ||
    fail "R2 $r2, RMSE $rmse"
expect_equal "header of the metrics" "$(sed -n 2p "$work/first/metrics.csv" | cut -d, -f5)" ""
n_checks=$((n_checks + 3))
judge first body_mass_g
expect_equal "header" "$(head -n 1 "$work/first.csv")" "row,body_mass_g"
expect_equal "rows" "$(wc -l <"$work/first.csv")" 345

train again
expect_same_file "the same command" "$work/first/model_mnist.npz" "$work/again/model_mnist.npz"

# The rows that were tested on the way are predicted alike from their file.
awk -F, 'NR == 1 || (NR % 5 == 0 && $6 != "")' "$table" >"$work/test.csv"
awk 'NR == 1 || NR % 5 != 0' "$table" >"$work/train.csv"
table=$work/train.csv
train files --test "$work/test.csv" --validation 0.2 --patience 3 --steps 3000
grep -q "^best     after [0-9]* steps: validation loss 0\.[0-9]*, RMSE [0-9]" "$work/stdout" ||
    fail "validation: $(cat "$work/stdout")"
grep -q "^stopped early" "$work/stdout" || fail "patience: $(cat "$work/stdout")"
n_checks=$((n_checks + 2))
table=$work/test.csv
judge files body_mass_g
for figure in rmse mae r2; do
    expect_close "$figure of the test" "$(json_number "test_$figure" "$work/files/stats.json")" \
        "$(sed "s/.*\"$figure\": \([^,}]*\).*/\1/" "$work/files.json")" 1e-15
done
table=$1

# Forms of the predictions.
expect_success "$gemlet" predict --model "$work/first/model_mnist.npz" --input "$table" \
    --output "$work/answers.jsonl.gz" --device cpu
gzip -dc "$work/answers.jsonl.gz" >"$work/answers.jsonl" || fail "answers.jsonl.gz is not packed"
expect_equal "JSON lines" "$(sed 's/.*"value": \([^}]*\)}/\1/' "$work/answers.jsonl" | tr '\n' ' ')" \
    "$(sed 1d "$work/first.csv" | cut -d, -f2 | tr '\n' ' ')"

# ---- goes on, is looked at, is verified ---------------------------------------------------------

train half --steps 150 --checkpoint-every 75 --validation 0.2 --lr-schedule constant
expect_success "$gemlet" train --resume "$work/half" --steps 300 --quiet
train whole --validation 0.2 --lr-schedule constant
expect_same_file "a run that goes on" "$work/half/model_mnist.npz" "$work/whole/model_mnist.npz"
expect_success "$gemlet" inspect "$work/first/model_mnist.npz"
grep -q "predicts body_mass_g, a number: mean 4[0-9]*\.*[0-9]*, deviation" "$work/stdout" ||
    fail "inspect: $(cat "$work/stdout")"
expect_success "$gemlet" compare "$work/first" "$work/files"
grep -q "test RMSE .*test MAE .*test R2 .*test loss" "$work/stdout" || fail "compare: $(cat "$work/stdout")"
grep -q "accuracy" "$work/stdout" && fail "compare: an accuracy: $(cat "$work/stdout")"
n_checks=$((n_checks + 3))
expect_success "$gemlet" verify --data "$table" --target body_mass_g --steps 2 --hidden 8 --device cpu

# A date is a number, too, and is answered as one.
awk 'BEGIN { print "x,when"; for (i = 0; i < 80; ++i) printf "%d.5,2026-%02d-%02d\n", i * 37 % 80, i * 37 % 80 / 8 + 1, i * 37 % 8 * 3 + 1 }' \
    >"$work/dates.csv"
table=$work/dates.csv
# shellcheck disable=SC2086
expect_success "$gemlet" train --data "$table" --target when $short --out "$work/dates"
expect_success "$gemlet" predict --model "$work/dates/model_mnist.npz" --input "$table" \
    --device cpu
expect_equal "dates" "$(sed 1d "$work/stdout" | grep -c '^[0-9]*,202[56]-[01][0-9]-[0-3][0-9]')" 80
table=$1

# ---- classes ------------------------------------------------------------------------------------

# shellcheck disable=SC2086
expect_success "$gemlet" train --data "$table" --target sex $short --out "$work/two" --steps 40
grep -q "balanced accuracy [0-9.]* %, macro F1 0\.[0-9]*, AUC 0\.[0-9]*" "$work/stdout" ||
    fail "figures of classes: $(cat "$work/stdout")"
n_checks=$((n_checks + 1))
judge two sex
# What rows of one class do not tell is no number.
awk 'NR == 1 || /"female"$/' "$table" | head -n 20 >"$work/one_class.csv"
# shellcheck disable=SC2086
expect_success "$gemlet" train --data "$table" --target sex --test "$work/one_class.csv" $short \
    --out "$work/one" --steps 8
grep -q ", AUC unknown$" "$work/stdout" || fail "AUC of one class: $(cat "$work/stdout")"
grep -q '"test_auc":[[:space:]]*null' "$work/one/stats.json" || fail "test_auc of one class"
n_checks=$((n_checks + 2))
# shellcheck disable=SC2086
expect_success "$gemlet" train --data "$table" --target species $short --out "$work/three" \
    --steps 8
judge three species
expect_success "$gemlet" eval --model "$work/three/model_mnist.npz" --data "$table" --device cpu
grep -q "^rows .* answers  Adelie  Chinstrap  Gentoo" "$work/stdout" ||
    fail "confusion matrix: $(cat "$work/stdout")"
n_checks=$((n_checks + 1))
expect_success "$gemlet" compare --all-figures "$work/two" "$work/three"
grep -q "balanced accuracy .*macro F1 .*AUC" "$work/stdout" || fail "all figures: $(cat "$work/stdout")"

# ---- refused ------------------------------------------------------------------------------------

# refuse TEXT OPTION...
refuse() {
    text=$1
    shift
    # shellcheck disable=SC2086
    expect_error 1 "$text" -- "$gemlet" train --data "$table" --device cpu --out "$work/refused" "$@"
}
refuse "found texts as 'Adelie', expected numbers for regression" --target species --task regression
# refuse_noted TEXT OPTION...: the same behind the notes on the table.
refuse_noted() {
    text=$1
    shift
    run "$gemlet" train --data "$table" --device cpu --out "$work/refused" "$@"
    expect_equal "exit code of $*" "$code" 1
    tail -n 1 "$work/stderr" | grep -q "$text" || fail "no '$text' in: $(cat "$work/stderr")"
}
refuse_noted "expected 1-linear at its end" --target body_mass_g --network 63-8-relu-3
refuse_noted "expected 3 at its end: the data have classes" --target species \
    --network 80-8-relu-1-linear
refuse_noted "without batch-norm" --target body_mass_g --batch-norm-output
refuse_noted "expected 0 for a regression" --target body_mass_g --label-smoothing 0.1
refuse "expected fewer than" --target body_mass_g --validation 1000
refuse "cannot open" --target body_mass_g --validation "$work/nowhere.csv"
finish
