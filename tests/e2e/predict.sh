#!/bin/sh
# SPDX-License-Identifier: MIT
# gemlet predict: formats, kinds of input, and NumPy's forward pass on all test images.
#
#   predict.sh MNIST-DIRECTORY [PYTHON]
. "$(dirname -- "$0")/lib.sh"

mnist=$1
python=${2:-}
images=$mnist/t10k-images-idx3-ubyte.gz
expect_success "$gemlet" train --data "$mnist" --steps 300 --quiet --out "$work/run"
model=$work/run/model_mnist.npz

expect_success "$gemlet" predict --model "$model" --input "$images" --output "$work/answers.csv"
expect_equal "header" "$(head -n 1 "$work/answers.csv")" "row,class,p0,p1,p2,p3,p4,p5,p6,p7,p8,p9"
expect_equal "lines" "$(wc -l <"$work/answers.csv" | tr -d ' ')" 10001
awk -F, 'NR > 1 { s = 0; best = 3; for (i = 3; i <= 12; ++i) { s += $i; if ($i > $best) best = i }
    if (NF != 12 || $1 != NR - 2 || $2 != best - 3 || s < 0.99999 || s > 1.00001) exit 1 }' \
    "$work/answers.csv" || fail "answers.csv: rows, classes or sums of probabilities are wrong"
n_checks=$((n_checks + 1))

expect_success "$gemlet" predict --model "$model" --input "$images"
expect_same_file "standard output and --output" "$work/stdout" "$work/answers.csv"

# JSON holds the same figures.
expect_success "$gemlet" predict --model "$model" --input "$images" --format json
sed -n 's/^{"row": \([0-9]*\), "class": \([0-9]*\), "probabilities": \[\(.*\)\]},\{0,1\}$/\1,\2,\3/p' \
    "$work/stdout" | sed 's/, /,/g' >"$work/from_json"
tail -n +2 "$work/answers.csv" >"$work/rows"
expect_same_file "JSON and CSV" "$work/from_json" "$work/rows"

# CSV with and without labels, plain and gz.
expect_success "$gemlet" convert --from "$images" --to "$work/rows.csv.gz"
expect_success "$gemlet" convert --from "$images" --labels "$mnist/t10k-labels-idx1-ubyte.gz" \
    --to "$work/labelled.csv"
for input in rows.csv.gz labelled.csv; do
    expect_success "$gemlet" predict --model "$model" --input "$work/$input" --output "$work/again.csv"
    expect_same_file "answers for $input" "$work/answers.csv" "$work/again.csv"
done

# A row far into the input without an answer: earlier answers are no file then.
awk 'BEGIN { for (row = 0; row < 601; ++row) for (i = 0; i < 784; ++i)
    printf "%s%s", row == 600 ? 3e38 : i % 7, i < 783 ? "," : "\n" }' >"$work/huge.csv"
cp "$work/answers.csv" "$work/kept.csv"
expect_success "$gemlet" train --data "$mnist" --steps 20 --input-scale 1 --quiet --out "$work/one"
expect_error 1 "row 600: probability of class" "not finite" -- "$gemlet" predict \
    --model "$work/one/model_mnist.npz" --input "$work/huge.csv" --output "$work/kept.csv"
expect_same_file "answers from before" "$work/answers.csv" "$work/kept.csv"

# The share of right answers is the accuracy of the run.
awk -F, 'NR == FNR { label[FNR] = $1; next } FNR > 1 && $2 == label[FNR - 1] { ++n }
    END { printf "%.4f\n", n / 10000 }' "$work/labelled.csv" "$work/answers.csv" >"$work/share"
expect_close "share of right answers" "$(cat "$work/share")" \
    "$(json_number test_accuracy "$work/run/stats.json")" 1e-12

if [ -z "$python" ]; then
    [ "${GEMLET_REQUIRE_NUMPY:-0}" != 1 ] || fail "no Python for the comparison with NumPy"
else
    code=0
    "$python" "$(dirname -- "$0")/forward_numpy.py" "$model" "$images" "$work/answers.csv" || code=$?
    [ "$code" -eq 77 ] || expect_equal "forward_numpy.py" "$code" 0
fi
finish
