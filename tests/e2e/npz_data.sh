#!/bin/sh
# SPDX-License-Identifier: MIT
# Data in NumPy's archives: what is trained is byte for byte what CSV and IDX files with the same rows
# give, and what is no data is refused.
#
#   npz_data.sh PYTHON
. "$(dirname -- "$0")/lib.sh"

python=${1:-}
code=77
[ -z "$python" ] || { "$python" "$(dirname -- "$0")/npz_data.py" "$work"; code=$?; }
if [ "$code" -eq 77 ] && [ "${GEMLET_REQUIRE_NUMPY:-0}" != 1 ]; then
    echo "skipped: NumPy is missing"
    exit 77
fi
expect_equal "npz_data.py" "$code" 0

train() {
    "$gemlet" train --device cpu --hidden 6 --steps 25 --batch 20 --quiet --overwrite "$@"
}

# expect_same NAME OPTIONS-OF-THE-TEXT...: the archive NAME trains the same model.
expect_same() {
    archive=$1
    shift
    expect_success train --out "$work/a" "$@"
    expect_success train --out "$work/b" --data "$work/$archive"
    expect_same_file "models of $archive" "$work/a/model_mnist.npz" "$work/b/model_mnist.npz"
    expect_equal "test of $archive" "$(json_number test_loss "$work/b/stats.json")" \
        "$(json_number test_loss "$work/a/stats.json")"
}

# ---- tables
expect_same texts.npz --data "$work/texts.csv" --target y
expect_same turned.npz --data "$work/texts.csv" --target y
expect_same value.npz --data "$work/value.csv" --target y
expect_same parts.npz --data "$work/train.csv" --test "$work/test.csv" --target y
for kind in i2 i4 i8 f4; do
    expect_same "whole$kind.npz" --data "$work/whole.csv" --target y
done

expect_success train --out "$work/parts" --data "$work/parts.npz"
expect_success "$gemlet" eval --device cpu --model "$work/parts" --data "$work/parts.npz" --json
expect_equal "rows of the test" "$(sed 's/, "correct".*//' "$work/stdout")" '{"rows": 100'
expect_success "$gemlet" eval --device cpu --model "$work/parts" --data "$work/parts.npz" --split train --json
expect_equal "rows to train on" "$(sed 's/, "correct".*//' "$work/stdout")" '{"rows": 200'
expect_success "$gemlet" predict --device cpu --model "$work/parts" --input "$work/texts.npz" \
    --output "$work/of_npz.csv"
expect_success "$gemlet" predict --device cpu --model "$work/parts" --input "$work/texts.csv" \
    --output "$work/of_csv.csv"
expect_same_file "predictions" "$work/of_npz.csv" "$work/of_csv.csv"
expect_success "$gemlet" inspect "$work/texts.npz"
n_checks=$((n_checks + 1))
grep -q "texts.npz: 300 rows, 6 columns, from arrays" "$work/stdout" || fail "inspect: $(head -n 1 "$work/stdout")"

# ---- items
expect_same images.npz --data "$work/idx"
expect_success train --out "$work/items" --data "$work/images.npz"
expect_success "$gemlet" predict --device cpu --model "$work/items" --input "$work/only_train.npz"
expect_equal "predictions of items" "$(wc -l <"$work/stdout" | tr -d ' ')" 151

# ---- what is no data
expect_error 1 "lengths.npz: y has the shape (5,), expected (300,)" -- train --out "$work/x" --data "$work/lengths.npz"
expect_error 1 "half.npz: array x: found type <f2" -- train --out "$work/x" --data "$work/half.npz"
expect_error 1 "objects.npz: array y: found type |O" -- train --out "$work/x" --data "$work/objects.npz"
expect_error 1 "names.npz: found no array x, expected one" -- train --out "$work/x" --data "$work/names.npz"
expect_error 1 "infinite.npz: line 1, column 3 ('x2'): found 'inf'" -- train --out "$work/x" --data "$work/infinite.npz"
expect_error 1 "cube.npz: y holds numbers with a point" -- train --out "$work/x" --data "$work/cube.npz"
expect_error 1 "negative.npz: y: row" "found -1, expected 0 to" -- train --out "$work/x" --data "$work/negative.npz"
expect_error 1 "empty.npz: x is empty" -- train --out "$work/x" --data "$work/empty.npz"
expect_error 1 "only_train.npz: found no array x_test" -- train --out "$work/x" --data "$work/only_train.npz"
expect_error 1 "model_mnist.npz: found no array x" -- train --out "$work/x" --data "$work/parts/model_mnist.npz"
head -c 5000 "$work/texts.npz" >"$work/cut.npz"
expect_error 1 "cut.npz" -- train --out "$work/x" --data "$work/cut.npz"
finish
