#!/bin/sh
# SPDX-License-Identifier: MIT
# What gemlet train reaches on real tables without any option but the files, beside what others
# reach there.
#
#   sh scripts/try-tables.sh DIRECTORY [--splits "0 1 2"] [--tables "NAMES"] [options of gemlet train]
#
# DIRECTORY/<table>/train<split>.csv.gz and test<split>.csv.gz. Prints a line for each table: the
# mean error of the splits (per cent wrong; of a regression the root mean squared error), seconds of
# a whole command, and the ratio of the error to that of scikit-learn's MLP (1.9, early stopping,
# standardised), LightGBM's default (4.7) and RealMLP-TD (pytabkit 1.7); at the end the geometric
# means of these. Sources of the tables and of these figures: docs/tables.md. Runs stay in
# runs/tables/.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
gemlet=${GEMLET:-$root/build/release/gemlet}
[ $# -gt 0 ] && [ -d "$1" ] || { echo "usage: try-tables.sh DIRECTORY [--splits LIST] [--tables LIST] [options]" >&2; exit 2; }
directory=$1
shift
splits="0 1 2"
tables="letterrecognition satellite spam income credit_data wa_churn hpc_data diamonds concrete ames"
while [ $# -ge 2 ]; do
    case $1 in
    --splits) splits=$2 ;;
    --tables) tables=$2 ;;
    *) break ;;
    esac
    shift 2
done

# NAME TARGET SCIKIT-LEARN LIGHTGBM REALMLP
known="letterrecognition lettr 6.23 3.07 1.77
satellite classes 10.98 8.62 7.92
spam type 6.16 4.24 5.40
income INCOME 65.37 64.96 65.30
credit_data Status 21.09 21.84 21.35
wa_churn churn 19.72 19.91 19.58
hpc_data class 22.36 15.17 19.98
diamonds price 576 541 536
concrete compressive_strength 5.85 4.48 4.91
ames Sale_Price 26261 23537 25699"

number() { # KEY FILE
    sed -n "s/^[[:space:]]*\"$1\":[[:space:]]*\\([-+.0-9eE]*\\),\\{0,1\\}\$/\\1/p" "$2" | head -n 1
}

figures=$(mktemp)
trap 'rm -f "$figures"' EXIT
printf '%-18s %9s %8s %8s %8s %8s\n' table error seconds sklearn LightGBM RealMLP
for table in $tables; do
    line=$(printf '%s\n' "$known" | awk -v t="$table" '$1 == t')
    target=$(echo "$line" | cut -d ' ' -f 2)
    runs=
    for split in $splits; do
        out=$root/runs/tables/$table-$split
        begun=$(date +%s.%N)
        "$gemlet" train --data "$directory/$table/train$split.csv.gz" --target "$target" \
            --test "$directory/$table/test$split.csv.gz" --out "$out" --overwrite --quiet "$@" \
            2>"$figures.log" || { cat "$figures.log" >&2; exit 1; }
        ended=$(date +%s.%N)
        rmse=$(number test_rmse "$out/stats.json")
        runs="$runs ${rmse:-e$(number test_accuracy "$out/stats.json")} $(echo "$ended $begun" | awk '{ print $1 - $2 }')"
    done
    rm -f "$figures.log"
    echo "$line $runs" | awk -v figures="$figures" '{
        for (i = 6; i <= NF; i += 2) {
            error += $i ~ /^e/ ? 100 * (1 - substr($i, 2)) : $i
            seconds += $(i + 1)
            ++n
        }
        error /= n
        printf "%-18s %9.4g %8.1f %8.3f %8.3f %8.3f\n", $1, error, seconds / n, error / $3, error / $4, error / $5
        print error / $3, error / $4, error / $5 >>figures }'
done
awk '{ for (i = 1; i <= 3; ++i) s[i] += log($i) }
    END { printf "%-18s %9s %8s %8.3f %8.3f %8.3f\n", "geometric mean", "", "", exp(s[1] / NR), exp(s[2] / NR), exp(s[3] / NR) }' "$figures"
