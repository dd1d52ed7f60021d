#!/bin/sh
# SPDX-License-Identifier: MIT
# How the recipes plain and default were chosen: every candidate is trained on 50,000 rows of the training set
# and judged on the 10,000 rows held out of it. The test images take no part in the choice.
#
#   sh scripts/choose-recipe.sh [number of seeds, default 3] [more options of gemlet train]
#
# Prints, per candidate, mean and standard deviation of validation accuracy and loss.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
n_seeds=${1:-3}
[ $# -eq 0 ] || shift

candidate() {
    options=$*
    # shellcheck disable=SC2086 # the options are words without spaces
    sh "$here/repeat-seeds.sh" "$n_seeds" --hold-out 10000 --recipe plain $options $extra | awk -v options="$options" '
        $1 == "mean" { accuracy = $6; loss = $7 }
        # The row of standard deviations has the same columns.
        $1 == "std" { printf "%.4f +- %.4f   %.4f +- %.4f   %s\n", accuracy, $6, loss, $7, options }'
}

extra=$*
printf '%-18s %-18s %s\n' "val. accuracy" "val. loss" "options"
candidate --recipe reference
candidate --lr-schedule constant --weight-decay 0
candidate --lr-schedule cosine --weight-decay 0
candidate --lr-schedule constant --weight-decay 2e-3
for weight_decay in 5e-4 1e-3 2e-3 3e-3 5e-3 7e-3 1e-2 2e-2; do
    candidate --lr-schedule cosine --weight-decay $weight_decay
done
for init in normal xavier; do
    candidate --lr-schedule cosine --weight-decay 2e-3 --init $init
done
candidate --lr-schedule cosine --weight-decay 2e-3 --batch-norm-output
for weight_decay in 0 1e-4 2e-4 3e-4 5e-4 1e-3 2e-3; do
    candidate --no-batch-norm --lr-schedule cosine --weight-decay $weight_decay
done
for input_dropout in 0 0.1 0.2; do
    candidate --momentum 0.9 --lr 0.02 --input-dropout $input_dropout
    candidate --input-dropout $input_dropout
done
