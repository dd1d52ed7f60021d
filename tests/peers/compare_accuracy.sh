#!/bin/sh
# SPDX-License-Identifier: MIT
# Does gemlet train as well as NumPy? Both train the headline job with the same initial weights and
# the same batches, for the seeds 1..N; prints both test losses and accuracies of every seed, the
# mean difference, its standard error and t = mean / standard error.
#
#   sh tests/peers/compare_accuracy.sh N [default|reference] [more options of gemlet train]
#
# BUILD names the build directory (default build/release), with the tests built.
set -eu

n_seeds=${1:?usage: compare_accuracy.sh N [default|reference] [options of gemlet train]}
recipe=${2:-default}
[ $# -lt 2 ] || shift
shift
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
build=${BUILD:-$root/build/release}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$root"

# figure KEY FILE: the number behind "KEY": at the top level of a JSON file.
figure() {
    tr ',' '\n' <"$2" | sed -n "s/^[[:space:]{]*\"$1\":[[:space:]]*\\([0-9.e+-]*\\).*/\\1/p" | head -n 1
}

echo "seed  loss: gemlet  numpy     accuracy: gemlet  numpy"
seed=1
while [ "$seed" -le "$n_seeds" ]; do
    "$build/gemlet" train --recipe "$recipe" --seed "$seed" --out "$work/run" --quiet "$@"
    "$build/tests/peers/draws" "$seed" "$recipe" "$work/model.npz" "$work/orders"
    /usr/bin/python3 tests/peers/numpy_mnist.py --recipe "$recipe" --model "$work/model.npz" \
        --orders "$work/orders" >"$work/numpy.json"
    echo "$seed $(figure test_loss "$work/run/stats.json") $(figure test_loss "$work/numpy.json")" \
        "$(figure test_accuracy "$work/run/stats.json") $(figure test_accuracy "$work/numpy.json")"
    seed=$((seed + 1))
done | awk '
    function summary(name, sum, squares) {
        mean = sum / NR
        error = NR > 1 ? sqrt((squares - NR * mean * mean) / (NR - 1) / NR) : 0
        printf "%s, gemlet - numpy: %.6f +- %.6f (standard error), t = %.2f\n", name, mean, error,
               (error > 0 ? mean / error : 0)
    }
    {
        printf "%4d  %12.6f  %8.6f  %16.4f  %6.4f\n", $1, $2, $3, $4, $5
        fflush()
        loss += $2 - $3; loss2 += ($2 - $3) ^ 2
        accuracy += $4 - $5; accuracy2 += ($4 - $5) ^ 2
    }
    END { summary("loss", loss, loss2); summary("accuracy", accuracy, accuracy2) }'
