#!/bin/sh
# SPDX-License-Identifier: MIT
# From a table to a tested model and its predictions, as a user has it; and what is refused on the
# way.
#
#   table_train.sh PENGUINS
. "$(dirname -- "$0")/lib.sh"

table=$1
short="--steps 150 --batch 32 --hidden 16 --device cpu --log-every 150 --recipe default"

# train OUT OPTION...
train() {
    out=$work/$1
    shift
    # shellcheck disable=SC2086 # options are words
    expect_success "$gemlet" train --target species $short --out "$out" "$@"
}

# predict MODEL INPUT OUTPUT OPTION...
predict() {
    model=$work/$1/model_mnist.npz
    input=$2
    output=$work/$3
    shift 3
    expect_success "$gemlet" predict --model "$model" --input "$input" --output "$output" \
        --device cpu "$@"
}

# refuse TEXT OPTION...: gemlet train says it in one line and leaves nothing.
refuse() {
    text=$1
    shift
    # shellcheck disable=SC2086
    expect_error 1 "$text" -- "$gemlet" train $short --out "$work/refused" --quiet "$@"
    [ ! -e "$work/refused/model_mnist.npz" ] || fail "$text: left a model"
}

# ---- train, test, predict -----------------------------------------------------------------------

train first --data "$table"
grep -q "275 training rows, 69 test rows, 80 features, 3 classes" "$work/stdout" ||
    fail "data: $(cat "$work/stdout")"
grep -q "^table .*separated by comma, with a header; 4 columns of numbers (robust scaling, 16 bins), 2 of categories; target species (classification: texts)" \
    "$work/stdout" || fail "table: $(cat "$work/stdout")"
grep -q "69 of 344 rows, drawn by class and seed, are kept for the test" "$work/stderr" ||
    fail "the split is not told: $(cat "$work/stderr")"
n_checks=$((n_checks + 3))
accuracy=$(json_number test_accuracy "$work/first/stats.json")
awk -v a="$accuracy" 'BEGIN { exit !(a > 0.95) }' || fail "test accuracy $accuracy"

train again --data "$table"
expect_same_file "the same command" "$work/first/model_mnist.npz" "$work/again/model_mnist.npz"
cat "$table" >"$work/whole.csv"
gzip -c "$table" >"$work/whole.csv.gz"
train packed --data "$work/whole.csv.gz"
expect_same_file "a packed table" "$work/first/model_mnist.npz" "$work/packed/model_mnist.npz"
# shellcheck disable=SC2002,SC2086 # a pipe is what is tried
cat "$table" | "$gemlet" train --data /dev/stdin --target species $short --out "$work/piped" \
    --quiet 2>"$work/stderr" || fail "a table from a pipe: $(cat "$work/stderr")"
expect_same_file "a pipe" "$work/first/model_mnist.npz" "$work/piped/model_mnist.npz"
train other --data "$table" --seed 2
cmp -s "$work/first/model_mnist.npz" "$work/other/model_mnist.npz" && fail "a seed without effect"

predict first "$table" first.csv
expect_equal "header" "$(head -n 1 "$work/first.csv")" "row,species,Adelie,Chinstrap,Gentoo"
expect_equal "rows" "$(wc -l <"$work/first.csv")" 345
right=$(awk -F, 'NR == FNR { gsub(/"/, "", $1); of[FNR] = $1; next }
    FNR > 1 && $2 == of[FNR] { ++n } END { print n }' "$table" "$work/first.csv")
[ "$right" -gt 330 ] || fail "$right of 344 rows predicted"
n_checks=$((n_checks + 1))

# The same rows give the same answers, however few they are (OpenBLAS may sum a few rows in another
# order, so here the last digits may differ), in whatever order the columns are, whatever
# separates them, and whatever is beside them.
head -n 9 "$table" >"$work/few.csv"
predict first "$work/few.csv" few_answers.csv
head -n 9 "$work/first.csv" | awk -F, 'NR == FNR { row[FNR] = $0; next } FNR > 1 {
        split(row[FNR], wanted)
        for (i = 1; i <= NF; ++i)
            bad += i <= 2 ? $i != wanted[i] : ($i - wanted[i]) ^ 2 > 1e-12
    }
    END { exit !(FNR == 9 && bad == 0) }' - "$work/few_answers.csv" || fail "few rows: other answers"
awk -F, 'BEGIN { OFS = ";" } { print $7, "x" NR, $6, $5, $4, $3, $2 }' "$work/few.csv" |
    sed '1s/x1/more/' >"$work/turned.csv"
predict first "$work/turned.csv" turned_answers.csv
expect_same_file "other columns" "$work/few_answers.csv" "$work/turned_answers.csv"
grep -q "columns that the model does not use: 'more'" "$work/stderr" || fail "surplus columns"
n_checks=$((n_checks + 2))

# What gemlet eval says of the test rows of a file is what training said of them.
awk 'NR == 1 || NR % 5 == 0' "$table" >"$work/test.csv"
awk 'NR == 1 || NR % 5 != 0' "$table" >"$work/train.csv"
train files --data "$work/train.csv" --test "$work/test.csv"
loss=$(json_number test_loss "$work/files/stats.json")
expect_success "$gemlet" eval --model "$work/files/model_mnist.npz" --data "$work/test.csv" \
    --device cpu --json
expect_close "test loss" "$(sed 's/.*"loss": \([^,}]*\).*/\1/' "$work/stdout")" "$loss" 1e-15

# ---- ids, gaps, unknown texts -------------------------------------------------------------------

awk -F, 'NR == 1 { print "penguin_id," $0; next } { sub(/Torgersen/, "Dream"); print "p" 7 * NR "," $0 }' \
    "$table" | sed 's/,,/,-9,/g' >"$work/ids.csv"
train ids --data "$work/ids.csv" --id penguin_id --missing=-9
predict ids "$work/ids.csv" ids_answers.csv
expect_equal "ids" "$(sed -n '1,2p' "$work/ids_answers.csv" | cut -d, -f1 | tr '\n' ' ')" "penguin_id p14 "
# The words for gaps are the model's.
sed 's/,-9,/,,/g' "$work/ids.csv" >"$work/ids_empty.csv"
predict ids "$work/ids_empty.csv" ids_empty_answers.csv
expect_same_file "words for gaps" "$work/ids_answers.csv" "$work/ids_empty_answers.csv"
sed 's/Biscoe/Elsewhere/' "$work/ids.csv" >"$work/unknown.csv"
predict ids "$work/unknown.csv" unknown_answers.csv
grep -q '168 texts that were not seen in training' "$work/stderr" || fail "unknown texts"
predict ids "$work/few.csv" no_id_answers.csv
expect_equal "without ids" "$(head -n 1 "$work/no_id_answers.csv" | cut -d, -f1)" "row"
predict ids "$work/ids.csv" answers.json --format json
grep -q '^{"row": "p14", "class": "Adelie", "probabilities": {"Adelie": 0' "$work/answers.json" ||
    fail "JSON: $(sed -n 2p "$work/answers.json")"
n_checks=$((n_checks + 2))

# ---- a run that goes on, and one that is looked at ----------------------------------------------

# shellcheck disable=SC2086
expect_success "$gemlet" train --target species $short --out "$work/resumed" --data "$table" \
    --steps 80 --checkpoint-every 40
expect_success "$gemlet" train --resume "$work/resumed" --steps 120 --quiet
expect_success "$gemlet" predict --model "$work/resumed/model_mnist.npz" --input "$table" \
    --output "$work/resumed.csv" --device cpu
expect_success "$gemlet" inspect "$work/first/model_mnist.npz"
grep -q "predicts species, one of 3 classes: Adelie, Chinstrap, ..." "$work/stdout" ||
    fail "inspect: $(cat "$work/stdout")"
n_checks=$((n_checks + 1))
expect_success "$gemlet" verify --data "$table" --target species --steps 1 --hidden 8 --device cpu

# ---- refused ------------------------------------------------------------------------------------

refuse "expected --target NAME, the column to predict" --data "$table"
refuse "did you mean 'species'?" --data "$table" --target specie
refuse "expected a part between 0 and 1, or a file" --data "$table" --target species --test 1.5
refuse "leaves none to train on" --data "$table" --target species --test 0.999
refuse "cannot open" --data "$table" --target species --test "$work/nowhere.csv"
sed 's/Gentoo/Emperor/' "$work/test.csv" >"$work/emperor.csv"
refuse "found class 'Emperor', expected one of the 3" \
    --data "$work/train.csv" --target species --test "$work/emperor.csv"
cut -d, -f1-4 "$work/test.csv" >"$work/narrow.csv"
refuse "found no column 'flipper_length_mm', 'body_mass_g', 'sex'" \
    --data "$work/train.csv" --target species --test "$work/narrow.csv"
printf 'PK\003\004 and so on' >"$work/book.csv"
refuse "found a zip archive (unpack it first), expected a table as text" \
    --data "$work/book.csv" --target species
refuse "of memory, expected at most 10240, the limit that was set" \
    --data "$table" --target species --max-memory 10K
make_small_data "$work/images"
refuse "found --target with a directory" --data "$work/images" --target 1
# shellcheck disable=SC2086
expect_success "$gemlet" train $short --out "$work/plain" --data "$work/images" --quiet
expect_error 1 "was not trained on a table" -- \
    "$gemlet" eval --model "$work/plain/model_mnist.npz" --data "$table"
expect_error 1 "was trained on a table" -- \
    "$gemlet" eval --model "$work/first/model_mnist.npz" --data "$work/images"
expect_error 1 "found no column 'island'" -- \
    "$gemlet" predict --model "$work/first/model_mnist.npz" --input "$work/images/mnist_test.csv"
finish
