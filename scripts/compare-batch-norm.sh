#!/bin/sh
# SPDX-License-Identifier: MIT
# Trains with and without batch-norm, by the recipe plain and by the reference recipe, each with
# the seeds 1..N, and prints the comparison as Markdown. Runs and picture go to runs/batch-norm/.
#
#   sh scripts/compare-batch-norm.sh [number of seeds, default 5] [more options of gemlet train]
#
# GEMLET names the program (default build/release/gemlet).
set -eu

n_seeds=${1:-5}
case $n_seeds in
*[!0-9]* | 0 | '') echo "compare-batch-norm: found '$n_seeds', expected a number of seeds" >&2; exit 2 ;;
esac
[ $# -eq 0 ] || shift
here=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
gemlet=${GEMLET:-$here/build/release/gemlet}
cd "$here"

# Seed by seed, so that whatever else the machine does meets all four alike.
seed=1
while [ "$seed" -le "$n_seeds" ]; do
    for recipe in plain reference; do
        out=runs/batch-norm/$recipe
        "$gemlet" train "$@" --recipe $recipe --seed "$seed" --quiet --overwrite --out "$out-with-$seed"
        "$gemlet" train "$@" --recipe $recipe --seed "$seed" --quiet --overwrite --out "$out-without-$seed" --no-batch-norm
    done
    seed=$((seed + 1))
done

# Runs of an earlier call with more seeds do not belong here.
set --
for row in plain-with plain-without reference-with reference-without; do
    seed=1
    while [ "$seed" -le "$n_seeds" ]; do
        set -- "$@" "runs/batch-norm/$row-$seed"
        seed=$((seed + 1))
    done
done
exec "$gemlet" compare "$@" --markdown --pairs all --out runs/batch-norm
