#!/bin/sh
# SPDX-License-Identifier: MIT
# gemlet verify on a table with every kind of column, for each kind of target and loss: every
# operation of its training within its bound, fused and not, with the kernels for CPUs and for GPUs.
#
#   table_verify.sh [DEVICE]: on this one instead of the CPU path and the first OpenCL device.
. "$(dirname -- "$0")/lib.sh"
device=${1:-}

# Numbers with and without gaps, of few values and whole, a date, texts of which some are rare, gaps
# in texts, yes and no, an id, row numbers, a constant; two classes and three, a number.
awk 'BEGIN {
    print "row,customer,area,gaps,floors,built,town,heating,garage,same,kind,grade,price"
    for (i = 1; i <= 120; ++i) {
        area = 40 + i * 37 % 160
        town = substr("UlmKielBonnUlm ", 1 + i * 7 % 4 * 4, 3)
        if (i % 40 == 0) town = "rare" i
        printf "%d,c%d,%.2f,%s,%d,20%02d-%02d-1%d,%s,%s,%s,7,%s,%d,%d\n", i, 1000 - i * 7, area,
            (i % 9 == 0 ? "" : i * 13 % 50 / 4), i % 5, i % 25, i % 12 + 1, i % 9, town,
            (i % 6 == 0 ? "NA" : i % 4 < 2 ? "gas" : "oil"), (i % 3 ? "yes" : "no"),
            (area > 110 ? "large" : "small"), (area > 150 ? 3 : area > 90 ? 2 : 1),
            area * 2500 + i % 5 * 9000 + i * 31 % 70 * 200
    }
}' >"$work/table.csv"

# expect_verified WHAT OPTIONS...
expect_verified() {
    n_checks=$((n_checks + 1))
    what=$1
    shift
    run "$gemlet" verify --quiet --data "$work/table.csv" --steps 3 --hidden 19,8 --batch 21 "$@"
    if [ "$code" -ne 0 ] || ! grep -q '^verified: ' "$work/stdout"; then
        fail "$what: exit code $code"
        cat "$work/stdout" "$work/stderr"
    fi
}

# expect_weighed WHAT OPTIONS...: the same; steps with weights are not fused.
expect_weighed() {
    case "$*" in *"--fused on"*) return ;; esac
    expect_verified "$@"
}

# verify_targets WHAT OPTIONS...
verify_targets() {
    where=$1
    shift
    expect_verified "two classes, $where" --target kind "$@"
    expect_verified "three classes, $where" --target grade --label-smoothing 0.1 "$@"
    expect_weighed "weights of classes and rows, $where" --target grade \
        --class-weight 1=0.5,3=2.5 --weight floors "$@"
    expect_weighed "a number with weights, $where" --target price --weight floors "$@"
    expect_verified "a number, $where" --target price "$@"
    expect_verified "absolute loss, $where" --target price --loss absolute "$@"
    expect_verified "Huber's loss, $where" --target price --loss huber --huber-delta 0.4 "$@"
}

if [ -n "$device" ]; then
    verify_targets "$device" --device "$device" --gemm own
    finish
fi
# The table is what it is said to be.
expect_success "$gemlet" inspect "$work/table.csv" --target price
for text in 'area .*number .*16 bins' 'gaps .*number .*gap' 'built .*date .*16 bins' \
    'town .*category .*4 levels, others' 'heating .*category .*gap' 'garage .*boolean' \
    'customer .*none: .*identifier' 'row .*none: numbers' 'same .*none: one value'; do
    n_checks=$((n_checks + 1))
    grep -q -e "$text" "$work/stdout" || fail "no '$text' in: $(cat "$work/stdout")"
done
verify_targets "CPU path" --device cpu
need_opencl
verify_targets "CPU kernels" --device opencl-cpu --kernels cpu --fused off
verify_targets "CPU kernels, fused" --device opencl-cpu --kernels cpu --fused on
verify_targets "GPU kernels" --device opencl-cpu --kernels gpu --gemm own --fused off
verify_targets "GPU kernels, fused" --device opencl-cpu --kernels gpu --fused on
finish
