#!/bin/sh
# SPDX-License-Identifier: MIT
# Cross-validation: each fold is the run that it is alone, every row is answered once, by a network
# that has not seen it, the figures add up, and an interrupted one goes on.
#
#   folds.sh PENGUINS.CSV
. "$(dirname -- "$0")/lib.sh"

penguins=$1
model=model_mnist.npz
train="train --data $penguins --target species --hidden 24 --epochs 20 --device cpu --log-every 1000"

# ---- classes of a table ----------------------------------------------------------------------------

# shellcheck disable=SC2086 # lists of words
expect_success "$gemlet" $train --folds 5 --seed 3 --out "$work/all"
grep '^mean' "$work/stdout" | grep -q '+-' || fail "no means"
for fold in 1 4; do
    # shellcheck disable=SC2086
    expect_success "$gemlet" $train --folds 5 --fold $fold --seed 3 --out "$work/alone-$fold"
    expect_same_file "fold $fold" "$work/alone-$fold/$model" "$work/all/folds/$fold/$model"
done
# What a fold answers is what predict says of its model.
expect_success "$gemlet" predict --model "$work/all/folds/4" --input "$penguins" --device cpu \
    --output "$work/by-4.csv"
expect_equal "columns" "$(head -n 1 "$work/all/predictions.csv")" \
    "row,fold,known,answer,Adelie,Chinstrap,Gentoo"
n_checks=$((n_checks + 1))
tr -d '"' <"$penguins" >"$work/plain.csv"
paste -d, "$work/all/predictions.csv" "$work/by-4.csv" "$work/plain.csv" | awk -F, '
    NR == 1 { for (i = 1; i <= NF; ++i) if ($i == "species") known = i; next }
    {
        if ($1 != NR - 2 || $8 != $1) { print "row", NR - 2; exit 1 }
        if ($known != $3) { print "another class in row", $1; exit 1 }
        if ($2 == 4 && ($4 != $9 || ($5 - $10)^2 > 1e-10)) { print "another answer in row", $1; exit 1 }
        ++n[$2]; ++n_of[$2 "," $3]; right += $3 == $4
    }
    END {
        for (f = 1; f <= 5; ++f) {
            if (n[f] < 68 || n[f] > 69) { print "rows of a fold:", n[f]; exit 1 }
            if (n_of[f ",Chinstrap"] < 13 || n_of[f ",Chinstrap"] > 14) { print "classes"; exit 1 }
        }
        if (NR != 345) exit 1
        printf "%.9g\n", right / 344
    }' >"$work/right" || fail "the predictions: $(cat "$work/right")"
all=$(sed -n 's/^all,,\([^,]*\),.*/\1/p' "$work/all/folds.csv")
expect_close "accuracy of all rows" "$all" "$(cat "$work/right")" 1e-7
awk -F, 'NR > 1 && NR < 7 { s += $3; q += $3 * $3 }
    END { m = s / 5; printf "%.6f %.6f\n", m, sqrt((q - 5 * m * m) / 4) }' "$work/all/folds.csv" >"$work/means"
sed -n 's/^\(mean\|deviation\),,\([^,]*\),.*/\2/p' "$work/all/folds.csv" |
    awk '{ printf "%s%.6f", (NR > 1 ? " " : ""), $1 } END { print "" }' >"$work/found"
expect_equal "mean and deviation" "$(cat "$work/found")" "$(cat "$work/means")"
[ -s "$work/all/report.html" ] || fail "no report"

# ---- numbers, and the rows of a directory ----------------------------------------------------------

expect_success "$gemlet" train --data "$penguins" --target body_mass_g --hidden 8 --epochs 5 --device cpu \
    --folds 3 --out "$work/numbers" --quiet
n_checks=$((n_checks + 1))
awk -F, 'NR == FNR { if ($1 == "all") rmse = $3; next }
    FNR > 1 { s += ($3 - $4)^2; ++n }
    END { exit !(n == 342 && (sqrt(s / n) / rmse - 1)^2 < 1e-8) }' \
    "$work/numbers/folds.csv" "$work/numbers/predictions.csv" || fail "the numbers' RMSE"
make_small_data "$work/data"
expect_success "$gemlet" train --data "$work/data" --hidden 3 --batch 8 --steps 60 --device cpu --folds 4 \
    --out "$work/items" --quiet
n_checks=$((n_checks + 1))
awk -F, 'NR > 1 { if ($1 != NR - 2 || $3 != $1 % 3) exit 1 } END { exit NR != 61 }' \
    "$work/items/predictions.csv" || fail "the rows of a directory"

# ---- interrupted -----------------------------------------------------------------------------------

long="train --data $penguins --target species --hidden 24 --epochs 600 --device cpu --folds 3
    --log-every 1000 --checkpoint-every 50"
# shellcheck disable=SC2086
expect_success "$gemlet" $long --out "$work/whole" --quiet
: >"$work/log"
# shellcheck disable=SC2086
"$gemlet" $long --out "$work/killed" >"$work/log" 2>&1 &
pid=$!
while ! grep -q '^fold     2 of 3' "$work/log" && kill -0 $pid 2>/dev/null; do sleep 0.02; done
kill -9 $pid
wait $pid 2>/dev/null
n_checks=$((n_checks + 1))
[ ! -e "$work/killed/folds.csv" ] || fail "it was not killed in time"
expect_success "$gemlet" train --resume "$work/killed" --quiet
expect_same_file "resumed predictions" "$work/killed/predictions.csv" "$work/whole/predictions.csv"
expect_same_file "resumed figures" "$work/killed/folds.csv" "$work/whole/folds.csv"

# ---- what cannot be done ---------------------------------------------------------------------------

expect_error 2 "--fold needs --folds K" -- "$gemlet" train --fold 2
expect_error 2 "--fold: found 6, expected 1 to the 5 of --folds" -- "$gemlet" train --folds 5 --fold 6
expect_error 2 "--folds says which rows test: leave --test out" -- \
    "$gemlet" train --data "$penguins" --target species --folds 5 --test 0.3
expect_error 2 "--ensemble and --folds exclude each other" -- "$gemlet" train --folds 5 --ensemble 2
expect_error 1 "fold 1 of 100: folds: found fold 1 of 100 for 60 rows, expected 2 folds or more" -- \
    "$gemlet" train --data "$work/data" --device cpu --folds 100 --out "$work/many"
# shellcheck disable=SC2086
expect_error 1 "items: holds" -- "$gemlet" $train --out "$work/items"
# shellcheck disable=SC2086
expect_error 1 "items: holds a cross-validation; use another directory" -- \
    "$gemlet" $train --overwrite --out "$work/items"
# shellcheck disable=SC2086
expect_error 1 "holds a run that is no cross-validation; use another directory" -- \
    "$gemlet" $train --overwrite --folds 2 --out "$work/alone-1"

finish
