#!/bin/sh
# SPDX-License-Identifier: MIT
# Weights of classes and of rows, and the losses of a number: the first 50 losses beside PyTorch's,
# what is the same said in two ways, and what is refused.
#
#   weights.sh [PYTHON]
. "$(dirname -- "$0")/lib.sh"
python=${1:-}
table=$work/table.csv

# 96 rows; 12 of the first class, 24 and 60 of the others. "same" says what the class weights do.
awk 'BEGIN {
    print "town,colour,count,same,kind,price"
    for (i = 0; i < 96; ++i) {
        kind = i % 8 == 0 ? "rare" : i % 4 == 1 ? "some" : "usual"
        printf "%s,%s,%d,%s,%s,%.1f\n", substr("UlmBonKie", 1 + i * 7 % 3 * 3, 3),
            (i * 5 % 16 < (kind == "rare" ? 12 : 6) ? "red" : "blue"), i % 5,
            (kind == "rare" ? "2.5" : kind == "some" ? "0.5" : "1"), kind,
            1000 + i * 7 % 3 * 400 + (i * 5 % 16 < 6 ? 300 : 0) + (i == 17 ? 9000 : 0) + 0.5
    }
}' >"$table"

# train OUT TARGET DROPPED OPTION...: on all rows in one step, from zero; all columns but town and colour have another use, or none.
train() {
    out=$work/$1
    target=$2
    dropped=$3
    shift 3
    expect_success "$gemlet" train --data "$table" --test "$table" --target "$target" \
        --drop "$dropped" --recipe plain --hidden none --output-gain 0 --batch 96 --steps 50 --lr 0.3 \
        --lr-schedule constant --weight-decay 0 --log-every 1 --device cpu --out "$out" "$@"
}

# like_torch OUT TARGET LOSS [WEIGHTS]: to be compared, all together.
like_torch() {
    printf '%s\n' "$2 $work/$1/metrics.csv $3 ${4:-}" >>"$work/jobs"
}

# ---- classes ------------------------------------------------------------------------------------

train plain kind count,same,price
like_torch plain kind cross-entropy
train balanced kind count,same,price --class-weight balanced
grep -q "weights of classes: rare 2.667, some 1.333, usual 0.5333" "$work/stderr" ||
    fail "weights are not told: $(cat "$work/stderr")"
like_torch balanced kind cross-entropy balanced
train named kind count,same,price --class-weight some=0.5,rare=2.5
like_torch named kind cross-entropy some=0.5,rare=2.5
train rows kind count,price --weight same
expect_same_file "the same weights by a column" "$work/named/model_mnist.npz" \
    "$work/rows/model_mnist.npz"
train counted kind same,price --weight count
like_torch counted kind cross-entropy count
# The rare class is found more often, at the price of the accuracy.
plain=$(json_number test_balanced_accuracy "$work/plain/stats.json")
balanced=$(json_number test_balanced_accuracy "$work/balanced/stats.json")
awk -v a="$plain" -v b="$balanced" 'BEGIN { exit !(b > a + 0.1) }' ||
    fail "balanced accuracy $plain without weights, $balanced with"
n_checks=$((n_checks + 2))

# ---- a number -----------------------------------------------------------------------------------

train squared price count,same,kind
like_torch squared price squared
train absolute price count,same,kind --loss absolute
like_torch absolute price absolute
train huber price count,same,kind --loss huber --huber-delta 0.4
like_torch huber price huber:0.4
train weighed price same,kind --loss huber --huber-delta 0.4 --weight count
like_torch weighed price huber:0.4 count
if [ -n "$python" ]; then
    n_checks=$((n_checks + 1))
    found=0
    "$python" "$(dirname -- "$0")/check_losses.py" "$table" "$work/jobs" || found=$?
    [ "$found" -eq 77 ] || [ "$found" -eq 0 ] || fail "losses"
fi
# One row is far off: the others are answered better by what minds it less.
awk -v a="$(json_number test_mae "$work/huber/stats.json")" \
    -v b="$(json_number test_mae "$work/squared/stats.json")" 'BEGIN { exit !(a < b) }' ||
    fail "Huber's loss: no better than the squared error"
n_checks=$((n_checks + 1))

# ---- directories, runs that go on, refused ------------------------------------------------------

make_small_data "$work/images"
small="--steps 40 --batch 10 --hidden 5 --device cpu --quiet"
# shellcheck disable=SC2086
expect_success "$gemlet" train --data "$work/images" $small --class-weight 0=2,2=0.5 \
    --out "$work/of_directory" --checkpoint-every 20
# shellcheck disable=SC2086
expect_success "$gemlet" train --data "$work/images" $small --class-weight 0=2,2=0.5 --steps 20 \
    --lr-schedule constant --checkpoint-every 20 --out "$work/half"
expect_success "$gemlet" train --resume "$work/half" --steps 40 --quiet
# shellcheck disable=SC2086
expect_success "$gemlet" train --data "$work/images" $small --class-weight 0=2,2=0.5 \
    --lr-schedule constant --out "$work/whole"
expect_same_file "a run that goes on" "$work/half/model_mnist.npz" "$work/whole/model_mnist.npz"

# refuse TEXT OPTION...
refuse() {
    text=$1
    shift
    expect_error 1 "$text" -- "$gemlet" train --data "$table" --test "$table" --device cpu \
        --out "$work/refused" "$@"
}
refuse "found no class 'usaul' in the data; did you mean 'usual'?" --target kind \
    --class-weight usaul=2
refuse "expected a weight from 0 to 1e6 behind '='" --target kind --class-weight rare=-1
refuse "found 'heavy', expected balanced, or NAME=WEIGHT" --target kind --class-weight heavy
refuse "found data with a number to predict" --target price --class-weight balanced
refuse "'town' has no numbers" --target kind --weight town
refuse "did you mean 'count'" --target kind --weight cuont
sed '5s/,[0-4],/,,/' "$table" >"$work/gap.csv"
expect_error 1 "column 'count': found a gap in row 4" -- "$gemlet" train --data "$work/gap.csv" \
    --test "$table" --target kind --weight count --device cpu --out "$work/refused"
sed '2,$s/,[0-4],/,0,/' "$table" >"$work/zero.csv"
expect_error 1 "the weight 0" -- "$gemlet" train --data "$work/zero.csv" --test "$table" \
    --target kind --weight count --numeric count --device cpu --out "$work/refused"
expect_error 1 "found --weight with a directory" -- "$gemlet" train --data "$work/images" \
    --weight 1 --device cpu --out "$work/refused"
expect_error 2 "needs --loss huber" -- "$gemlet" train --data "$table" --target price \
    --huber-delta 2 --out "$work/refused"
finish
