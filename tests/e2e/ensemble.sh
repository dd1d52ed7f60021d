#!/bin/sh
# SPDX-License-Identifier: MIT
# Ensembles: each network is what it is alone; what the whole predicts is the mean; an interrupted
# one goes on; and what cannot be done says so.
#
#   ensemble.sh PENGUINS.CSV [PYTHON]
. "$(dirname -- "$0")/lib.sh"

penguins=$1
python=${2:-}
model=model_mnist.npz
train="train --data $penguins --target species --hidden 48,32 --epochs 15 --device cpu --log-every 1000"

# ---- networks --------------------------------------------------------------------------------------

# shellcheck disable=SC2086 # lists of words
expect_success "$gemlet" $train --ensemble 3 --seed 7 --out "$work/all"
grep -q '^network  3 of 3, seed 9$' "$work/stdout" || fail "no line of the third network"
for place in 1 2 3; do
    # shellcheck disable=SC2086
    expect_success "$gemlet" $train --seed $((place + 6)) --split-seed 7 --out "$work/alone-$place"
    expect_same_file "network $place" "$work/alone-$place/$model" "$work/all/networks/$place/$model"
done
n_checks=$((n_checks + 1))
! cmp -s "$work/alone-1/$model" "$work/alone-2/$model" || fail "two seeds gave the same network"
# The command that its statistics name makes the network again.
command=$(sed -n 's/.*"command":[[:space:]]*\["gemlet", \(.*\)\],/\1/p' "$work/all/networks/2/stats.json" |
    sed 's/", "/ /g; s/"//g')
# shellcheck disable=SC2086
expect_success "$gemlet" $command --out "$work/again"
expect_same_file "the command of network 2" "$work/again/$model" "$work/all/networks/2/$model"

# ---- answers ---------------------------------------------------------------------------------------

for which in all alone-1 alone-2 alone-3; do
    expect_success "$gemlet" predict --model "$work/$which" --input "$penguins" --device cpu \
        --output "$work/$which.csv"
done
expect_equal "columns" "$(head -n 1 "$work/all.csv")" "row,species,Adelie,Chinstrap,Gentoo,spread"
n_checks=$((n_checks + 1))
paste -d, "$work/all.csv" "$work/alone-1.csv" "$work/alone-2.csv" "$work/alone-3.csv" | awk -F, '
    NR == 1 { next }
    {
        for (c = 3; c <= 5; ++c) {
            a = $(c + 6); b = $(c + 11); d = $(c + 16)
            mean = (a + b + d) / 3
            if (($c - mean)^2 > 1e-10) exit 1
            if (c == 3 || mean > best) {
                best = mean
                spread = sqrt(((a - mean)^2 + (b - mean)^2 + (d - mean)^2) / 2)
            }
        }
        if (($6 - spread)^2 > 1e-10) exit 1
        n += spread > 0.001
    }
    END { exit !(NR == 345 && n > 100) }' || fail "the answers are not the mean of the networks'"
expect_success "$gemlet" predict --model "$work/all" --input "$penguins" --device cpu --format jsonl
head -n 1 "$work/stdout" | grep -q ', "spread": [0-9.e-]*}$' || fail "no spread in JSON"
expect_success "$gemlet" eval --model "$work/all" --data "$penguins" --device cpu
grep -q 'It answers with the mean of 3 networks' "$work/all/report.html" ||
    fail "the report does not tell the ensemble"
expect_success "$gemlet" inspect "$work/all/$model"
grep -q '^ensemble: of 3 networks' "$work/stdout" || fail "inspect does not tell the ensemble"
expect_success "$gemlet" compare "$work/all" "$work/alone-1"
grep -q '^runs .* ensemble' "$work/stdout" || fail "compare does not tell the ensemble"
if [ -n "$python" ]; then
    n_checks=$((n_checks + 1))
    "$python" -c "
import numpy, sys
whole = numpy.load(sys.argv[1])
one = numpy.load(sys.argv[2])
assert whole['networks'] == 3 and whole['format_version'] == 2
assert (whole['network2.layer1.weight'] == one['layer1.weight']).all()
" "$work/all/$model" "$work/alone-2/$model" || fail "NumPy reads something else"
fi

# Of a number: the mean, in its unit.
regression="train --data $penguins --target body_mass_g --epochs 5 --device cpu --log-every 1000"
# shellcheck disable=SC2086
expect_success "$gemlet" $regression --ensemble 2 --out "$work/numbers"
expect_success "$gemlet" predict --model "$work/numbers" --input "$penguins" --device cpu \
    --output "$work/numbers.csv"
for place in 1 2; do
    expect_success "$gemlet" predict --model "$work/numbers/networks/$place" --input "$penguins" \
        --device cpu --output "$work/number-$place.csv"
done
n_checks=$((n_checks + 1))
paste -d, "$work/numbers.csv" "$work/number-1.csv" "$work/number-2.csv" | awk -F, '
    NR > 1 {
        a = $5; b = $7; spread = (a > b ? a - b : b - a) / sqrt(2)
        if (($2 - (a + b) / 2)^2 > 1 || ($3 - spread)^2 > 1) exit 1
    }' || fail "the numbers are not the mean of the networks'"

# ---- interrupted -----------------------------------------------------------------------------------

# Killed in the second network; the first is complete, the third has not begun.
long="train --data $penguins --target species --hidden 24 --epochs 800 --device cpu --ensemble 3 --log-every 1000
    --checkpoint-every 50"
# shellcheck disable=SC2086
expect_success "$gemlet" $long --out "$work/whole" --quiet
: >"$work/log"
# shellcheck disable=SC2086
"$gemlet" $long --out "$work/killed" >"$work/log" 2>&1 &
pid=$!
while ! grep -q '^network  2 of 3' "$work/log" && kill -0 $pid 2>/dev/null; do sleep 0.02; done
sleep 0.1
kill -9 $pid
wait $pid 2>/dev/null
n_checks=$((n_checks + 1))
[ ! -e "$work/killed/$model" ] || fail "it was not killed in time"
# shellcheck disable=SC2086
expect_error 1 "killed: holds a run that has not ended" -- "$gemlet" $long --out "$work/killed"
expect_error 2 "--resume says how many networks there are" -- \
    "$gemlet" train --resume "$work/killed" --ensemble 4
expect_success "$gemlet" train --resume "$work/killed" --quiet
expect_same_file "resumed" "$work/killed/$model" "$work/whole/$model"

# An interrupt keeps what there is.
: >"$work/log"
# shellcheck disable=SC2086
"$gemlet" $long --out "$work/stopped" >"$work/log" 2>&1 &
pid=$!
while ! grep -q '^network  2 of 3' "$work/log" && kill -0 $pid 2>/dev/null; do sleep 0.02; done
kill -TERM $pid
code=0
wait $pid || code=$?
expect_equal "exit code of a stopped ensemble" "$code" 130
grep -q "^resume   gemlet train --resume $work/stopped" "$work/log" || fail "it does not say how to go on"
expect_success "$gemlet" train --resume "$work/stopped" --quiet
expect_same_file "stopped and resumed" "$work/stopped/$model" "$work/whole/$model"

# ---- what cannot be done ---------------------------------------------------------------------------

expect_error 2 "--ensemble: found '0', expected a whole number from 1 to 1000" -- "$gemlet" train --ensemble 0
make_small_data "$work/data"
small="train --data $work/data --hidden 3 --batch 8 --device cpu --steps 20"
# shellcheck disable=SC2086
expect_success "$gemlet" $small --ensemble 2 --out "$work/small"
# shellcheck disable=SC2086
expect_error 1 "small: found an ensemble, expected one network" -- \
    "$gemlet" train --data "$work/data" --from "$work/small" --device cpu --out "$work/from"
# A plain run takes the directory over, and an ensemble that of a plain run.
# shellcheck disable=SC2086
expect_success "$gemlet" $small --overwrite --out "$work/small"
expect_success "$gemlet" train --resume "$work/small"
n_checks=$((n_checks + 1))
! grep -q '^ensemble' "$work/stdout" || fail "the ensemble was gone on with that a run has replaced"
# shellcheck disable=SC2086
expect_success "$gemlet" $small --ensemble 2 --overwrite --out "$work/small"
expect_success "$gemlet" train --resume "$work/small"
n_checks=$((n_checks + 1))
grep -q '^ensemble' "$work/stdout" || fail "the ensemble was not gone on with"
# Networks of an ensemble that was replaced are no part of the new one: killed in its first network.
: >"$work/log"
# shellcheck disable=SC2086
"$gemlet" $long --lr 0.001 --overwrite --out "$work/whole" >"$work/log" 2>&1 &
pid=$!
while [ ! -e "$work/whole/networks/1/checkpoints/step-0000000100.npz" ] && kill -0 $pid 2>/dev/null; do
    sleep 0.01
done
kill -9 $pid
wait $pid 2>/dev/null
expect_success "$gemlet" train --resume "$work/whole" --quiet
# shellcheck disable=SC2086
expect_success "$gemlet" $long --lr 0.001 --out "$work/anew" --quiet
expect_same_file "resumed after a replacement" "$work/whole/$model" "$work/anew/$model"
# Diverged: says which.
# shellcheck disable=SC2086
expect_error 1 "network 1 of 2: " -- "$gemlet" $small --ensemble 2 --lr 1e30 --out "$work/diverged"

finish
