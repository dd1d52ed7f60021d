#!/bin/sh
# SPDX-License-Identifier: MIT
# Trains with the seeds 1..N and prints every run's final figures, their means and their standard
# deviations (of the sample, n - 1). Results go to runs/seeds/.
#
#   sh scripts/repeat-seeds.sh 5 --recipe reference
#
# GEMLET names the program (default build/release/gemlet).
set -eu

usage="usage: sh scripts/repeat-seeds.sh N [options of gemlet train]"
n_seeds=${1:?$usage}
case $n_seeds in
*[!0-9]* | 0) echo "repeat-seeds: found '$n_seeds', expected a number of seeds; $usage" >&2; exit 2 ;;
esac
shift
here=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
gemlet=${GEMLET:-$here/build/release/gemlet}
cd "$here"

seed=1
while [ "$seed" -le "$n_seeds" ]; do
    out=runs/seeds/seed$seed
    "$gemlet" train "$@" --seed "$seed" --out "$out" --overwrite --quiet
    # One "key": number a line, at the top level of stats.json.
    awk -v seed="$seed" -F '[:,]' '
        /^\t?"[a-z_]+":/ || /^ ? ? ? ?"[a-z_]+":/ {
            key = $1; gsub(/[" \t]/, "", key); figure[key] = $2 + 0
        }
        END {
            printf "%d %.6f %.6f %.6f %.2f", seed, figure["test_accuracy"], figure["test_loss"],
                   figure["initial_loss"], figure["train_seconds"]
            if ("validation_accuracy" in figure)
                printf " %.6f %.6f", figure["validation_accuracy"], figure["validation_loss"]
            printf "\n"
        }' "$out/stats.json"
    seed=$((seed + 1))
done | awk '
    BEGIN {
        split("seed test_accuracy test_loss initial_loss train_seconds validation_accuracy validation_loss",
              name, " ")
    }
    {
        columns = NF
        if (NR == 1) {
            for (i = 1; i <= NF; ++i) printf "%-20s", name[i]
            printf "\n"
        }
        for (i = 1; i <= NF; ++i) {
            printf "%-20s", $i
            sum[i] += $i; squares[i] += $i * $i
        }
        printf "\n"
        fflush()
    }
    END {
        for (row = 1; row <= 2; ++row) {
            printf "%-20s", row == 1 ? "mean" : "std"
            for (i = 2; i <= columns; ++i) {
                mean = sum[i] / NR
                variance = NR > 1 ? (squares[i] - NR * mean * mean) / (NR - 1) : 0
                printf "%-20.6f", row == 1 ? mean : sqrt(variance > 0 ? variance : 0)
            }
            printf "\n"
        }
    }'
