#!/bin/sh
# SPDX-License-Identifier: MIT
# Recipes: which one a run has, that options override it, and the recipe of tables.
#
#   recipes.sh PENGUINS
. "$(dirname -- "$0")/lib.sh"

table=$1
make_small_data "$work/data"

# expect_option KEY VALUE RUN: as stats.json has it.
expect_option() {
    n_checks=$((n_checks + 1))
    grep -q "^[[:space:]]*\"$1\":[[:space:]]*$2,*\$" "$3/stats.json" ||
        fail "$1 of $3: $(grep "\"$1\"" "$3/stats.json"), expected $2"
}

expect_success "$gemlet" recipes
for name in default plain reference mnist-deform fashion table; do
    n_checks=$((n_checks + 1))
    grep -q "^$name: " "$work/stdout" || fail "$name is not listed"
done
expect_error 2 "--recipe: found 'tables'" -- "$gemlet" train --recipe tables

# ---- of images and of a table
expect_success "$gemlet" train --data "$work/data" --device cpu --steps 2 --batch 8 --quiet --out "$work/rows"
expect_option recipe '"default"' "$work/rows"
expect_option learning_rate 0.02 "$work/rows"
expect_option momentum 0.9 "$work/rows"
expect_option input_dropout 0.1 "$work/rows"
expect_success "$gemlet" train --data "$work/data" --device cpu --steps 2 --batch 8 --out "$work/told"
expect_equal "what is said of the recipe" "$(sed -n 's/^besides  //p' "$work/stdout")" \
    "momentum 0.9, input dropout 0.1"
# A learning rate of one's own is not meant for the recipe's momentum.
expect_success "$gemlet" train --data "$work/data" --device cpu --steps 2 --batch 8 --quiet --lr 0.1 \
    --out "$work/rate"
expect_option learning_rate 0.1 "$work/rate"
expect_option momentum null "$work/rate"
expect_success "$gemlet" train --data "$work/data" --device cpu --steps 2 --batch 8 --quiet --lr 0.1 \
    --momentum 0.5 --out "$work/both"
expect_option momentum 0.5 "$work/both"
expect_success "$gemlet" train --data "$work/data" --device cpu --steps 2 --batch 8 --quiet \
    --recipe plain --out "$work/plain"
expect_option learning_rate 0.1 "$work/plain"
expect_option momentum null "$work/plain"
# So many epochs, whatever the rows: 7 batches of 8 in each of 80. And what images go through.
expect_success "$gemlet" schedule --data "$work/data" --recipe fashion --batch 8
expect_equal "steps of the recipe fashion" "$(sed -n 's/^schedule //p' "$work/stdout")" \
    "0.02 cosine, 560 steps"
run "$gemlet" train --data "$work/data" --device cpu --recipe fashion --batch 8 --quiet --out "$work/fashion"
expect_equal "exit code of rows that are no images" "$code" 1
grep -q "found items of 1 dimension, expected 2" "$work/stderr" || fail "$(cat "$work/stderr")"
expect_success "$gemlet" train --data "$work/data" --device cpu --recipe fashion --augment none --steps 2 \
    --batch 8 --hidden 8 --quiet --out "$work/fashion"
expect_option dropout 0.1 "$work/fashion"
penguins="train --data $table --target species --device cpu --quiet"
# shellcheck disable=SC2086 # a list of words
{
    # 344 rows: 69 test, a fifth of 275 are held out, 1 batch of 128 from 220, so 256 epochs
    expect_success "$gemlet" $penguins --out "$work/table"
    for option in 'recipe "table"' 'learning_rate 0.002' 'schedule "flat-cosine"' 'weight_decay 0.02' \
        'optimizer "adamw"' 'beta2 0.95' 'dropout 0.15' 'label_smoothing 0.1' 'batch 128' \
        'validation 0.2' 'average_decay 0.99'; do
        expect_option "${option%% *}" "${option#* }" "$work/table"
    done
    expect_equal steps "$(json_number steps "$work/table/stats.json")" 256
    n_checks=$((n_checks + 1))
    awk -v a="$(json_number test_accuracy "$work/table/stats.json")" 'BEGIN { exit !(a > 0.97) }' ||
        fail "test accuracy $(json_number test_accuracy "$work/table/stats.json")"

    # ---- what is given overrides it
    expect_success "$gemlet" $penguins --hidden 8 --lr 0.5 --steps 3 --average none --validation none \
        --label-smoothing 0 --out "$work/given"
    expect_option learning_rate 0.5 "$work/given"
    expect_option average_decay null "$work/given"
    expect_option validation null "$work/given"
    expect_option label_smoothing null "$work/given"
    expect_equal steps "$(json_number steps "$work/given/stats.json")" 3
    expect_success "$gemlet" $penguins --hidden 8 --optimizer sgd --epochs 2 --out "$work/sgd"
    expect_option learning_rate 0.1 "$work/sgd"
    expect_equal steps "$(json_number steps "$work/sgd/stats.json")" 2
    expect_success "$gemlet" $penguins --hidden 8 --recipe default --steps 2 --out "$work/default"
    expect_option recipe '"default"' "$work/default"
    expect_option validation null "$work/default"
    expect_option reason '"turned off"' "$work/given"
    expect_success "$gemlet" $penguins --hidden 8 --fused auto --steps 2 --out "$work/auto"
    expect_option reason '"the device has no fused step"' "$work/auto"
    expect_success "$gemlet" $penguins --hidden 8 --hold-out 9 --steps 2 --out "$work/held"
    expect_option validation null "$work/held"
    expect_error 2 "--steps: found '0'" -- "$gemlet" $penguins --steps 0 --out "$work/x"

    # ---- of numbers: no smoothing, whose target is a class
    expect_success "$gemlet" train --data "$table" --target body_mass_g --device cpu --quiet --hidden 8 \
        --steps 20 --out "$work/mass"
    expect_option label_smoothing null "$work/mass"
    run "$gemlet" train --data "$table" --target body_mass_g --device cpu --quiet --hidden 8 --steps 20 \
        --label-smoothing 0.1 --out "$work/x"
    expect_equal "exit code of label smoothing of numbers" "$code" 1
    grep -q "label smoothing is 0.1, expected 0 for a regression" "$work/stderr" || fail "$(cat "$work/stderr")"

    # ---- a run of a recipe goes on as it began
    expect_success "$gemlet" $penguins --steps 40 --lr-schedule constant --warmup 0 --hidden 8 --out "$work/part"
    expect_success "$gemlet" train --resume "$work/part" --steps 90 --quiet --lr 0.002 --optimizer adamw
    expect_success "$gemlet" $penguins --steps 90 --lr-schedule constant --warmup 0 --hidden 8 --out "$work/whole"
    expect_same_file "40 + 50 steps" "$work/part/model_mnist.npz" "$work/whole/model_mnist.npz"
    expect_success "$gemlet" train --resume "$work/table" --quiet
    expect_equal "steps of a complete run" "$(json_number steps "$work/table/stats.json")" 256

    # ---- few rows
    { echo a,kind; for i in 1 2 3 4 5 6 7 8 9 10; do echo "$i,$((i % 2))"; done; } >"$work/few.csv"
    expect_success "$gemlet" train --data "$work/few.csv" --target kind --device cpu --quiet --out "$work/few"
    grep -q "no rows are held out of the 8 for training: too few" "$work/stderr" || fail "not told"
    expect_option validation null "$work/few"
}
finish
