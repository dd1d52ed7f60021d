#!/bin/sh
# SPDX-License-Identifier: MIT
# Does gemlet train as well as NumPy, with fused steps and operation by operation? All three train the
# headline job with the same initial weights and the same batches.
#
#   sh tests/peers/compare_accuracy.sh [--markdown] SEEDS [plain|reference]
#
# Prints test loss and accuracy of the seeds 1 to SEEDS; the means and standard deviations; and what
# fused steps differ by from the other two: mean and standard error of the differences seed by seed,
# t and the two-sided p of the t-test for pairs. lib.sh says which variables are read.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
markdown=0
if [ "${1:-}" = --markdown ]; then
    markdown=1
    shift
fi
usage="usage: compare_accuracy.sh [--markdown] SEEDS [plain|reference]"
n_seeds=${1:?$usage}
case $n_seeds in *[!0-9]* | 0) printf '%s\n' "$usage" >&2; exit 2 ;; esac
recipe=${2:-plain}
case $recipe in plain | reference) ;; *) printf '%s\n' "$usage" >&2; exit 2 ;; esac
. "$root/tests/peers/lib.sh"
is_there numpy || exit 1
python=$(python_with numpy)

# figure KEY FILE: the number behind "KEY": at the top level of a JSON file.
figure() {
    tr ',' '\n' <"$2" | sed -n "s/^[[:space:]{]*\"$1\":[[:space:]]*\\([0-9.e+-]*\\).*/\\1/p" | head -n 1
}

train_numpy() {
    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 "$python" "$root/tests/peers/numpy_mnist.py" \
        --data "$root/datasets/mnist" --recipe "$recipe" --model "$work/model.npz" \
        --orders "$work/orders" >"$work/numpy.json"
}

# train_gemlet NAME --fused on|off
train_gemlet() {
    "$build/gemlet" train --data "$root/datasets/mnist" --device "$gemlet_device" \
        --recipe "$recipe" --seed "$seed" --overwrite --out "$work/$1" --quiet "$2" "$3" >/dev/null
}

# Lines "seed loss loss loss accuracy accuracy accuracy": fused, operations, NumPy.
train_all() {
    for seed in $(seq "$n_seeds"); do
        "$build/tests/peers/draws" "$seed" "$recipe" "$work/model.npz" "$work/orders"
        train_numpy &
        train_gemlet fused --fused on
        train_gemlet operations --fused off
        wait $! || fail "NumPy failed with seed $seed"
        figures=$seed
        for key in test_loss test_accuracy; do
            for file in fused/stats.json operations/stats.json numpy.json; do
                figures="$figures $(figure "$key" "$work/$file")"
            done
        done
        say "$figures"
        note "seed $figures"
    done
}

train_all >"$work/figures"
awk -v markdown="$markdown" '
    # Integral of cos(x)^power from 0 to end: Simpson.
    function integral(power, end,    i, n, h, sum) {
        n = 2000
        h = end / n
        for (i = 0; i <= n; ++i) sum += cos(i * h) ^ power * (i == 0 || i == n ? 1 : i % 2 ? 4 : 2)
        return sum * h / 3
    }
    # Two-sided p of t: with x = sqrt(df) tan(a) the density of t is cos(a)^(df - 1), up to a factor.
    function p_of(t, df) {
        if (t < 0) t = -t
        return 1 - integral(df - 1, atan2(t, sqrt(df))) / integral(df - 1, atan2(1, 0) * 0.9999999)
    }
    # Of column a, or of a minus b where b > 0: sets mean and deviation.
    function moments(a, b,    i, x, sum, squares) {
        for (i = 1; i <= NR; ++i) sum += value[i, a] - (b > 0 ? value[i, b] : 0)
        mean = sum / NR
        for (i = 1; i <= NR; ++i) {
            x = value[i, a] - (b > 0 ? value[i, b] : 0) - mean
            squares += x * x
        }
        deviation = NR > 1 ? sqrt(squares / (NR - 1)) : 0
    }
    function line(title, loss, accuracy) {
        printf markdown ? "| %-24s | %-42s | %-42s |\n" : "%-24s  %-42s  %s\n", title, loss, accuracy
    }
    function spread(first, scale, unit) {
        moments(first, 0)
        return sprintf("%.*f +- %.*f%s", unit == "" ? 4 : 2, mean * scale, unit == "" ? 4 : 2,
                       deviation * scale, unit)
    }
    function difference(a, b, scale, unit,    error, t) {
        moments(a, b)
        error = deviation / sqrt(NR)
        t = error > 0 ? mean / error : 0
        return sprintf("%+.*f +- %.*f%s, t = %.2f, p = %.2f", unit == "" ? 5 : 3, mean * scale,
                       unit == "" ? 5 : 3, error * scale, unit, t, NR > 1 ? p_of(t, NR - 1) : 1)
    }
    { for (i = 2; i <= 7; ++i) value[NR, i] = $i }
    END {
        line(NR " seeds", "test loss", "test accuracy")
        if (markdown) print "|---|---|---|"
        split("fused steps|operation by operation|NumPy", title, "|")
        for (i = 1; i <= 3; ++i)
            line(title[i], spread(i + 1, 1, ""), spread(i + 4, 100, " %"))
        line("fused - operations", difference(2, 3, 1, ""), difference(5, 6, 100, " points"))
        line("fused - NumPy", difference(2, 4, 1, ""), difference(5, 7, 100, " points"))
    }' "$work/figures"
