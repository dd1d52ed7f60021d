#!/bin/sh
# SPDX-License-Identifier: MIT
# Trains with two builds and compares models, metrics and predictions byte for byte, 500 steps a
# case: for a change that must not change results.
#
#   sh scripts/same-bytes.sh BEFORE AFTER [MNIST-DIRECTORY] [STEPS]
#
# BEFORE and AFTER are programs. Ends with 0 if all files are equal, 1 if one differs or is missing.
# Cases with --device opencl-cpu are left out, and said to be, where there is no such device.
set -eu

usage="usage: sh scripts/same-bytes.sh BEFORE AFTER [MNIST-DIRECTORY] [STEPS]"
before=${1:?$usage}
after=${2:?$usage}
here=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
data=${3:-$here/datasets/mnist}
steps=${4:-500}
work=$(mktemp -d "${TMPDIR:-/tmp}/gemlet-same.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
# Nothing that was tuned or kept counts, and nothing is kept; what the drivers compiled stays usable.
POCL_CACHE_DIR=${POCL_CACHE_DIR:-${XDG_CACHE_HOME:-${HOME:-$work}/.cache}/pocl/kcache}
XDG_CACHE_HOME=$work/cache
export POCL_CACHE_DIR XDG_CACHE_HOME

gzip -dc "$data/t10k-images-idx3-ubyte.gz" >"$work/images" ||
    { echo "same-bytes: $data: expected MNIST as compressed IDX files" >&2; exit 2; }

# run_case PROGRAM DIRECTORY OPTION...
run_case() {
    program=$1
    out=$2
    shift 2
    "$program" train --data "$data" --steps "$steps" --no-tuned --quiet --out "$out" "$@" &&
        "$program" predict --model "$out/model_mnist.npz" --input "$work/images" --device cpu \
            --output "$out/predictions.csv" &&
        awk -F, -v OFS=, 'NR == 1 { last = $NF == "seconds" ? NF - 1 : NF }
                          { line = $1; for (i = 2; i <= last; ++i) line = line OFS $i; print line }' \
            "$out/metrics.csv" >"$out/metrics_without_seconds.csv"
}

n_different=0
n_cases=0
# compare_case NAME OPTION...
compare_case() {
    name=$1
    shift
    n_cases=$((n_cases + 1))
    verdict=same
    rm -rf "$work/before" "$work/after"
    if ! run_case "$before" "$work/before" "$@" || ! run_case "$after" "$work/after" "$@"; then
        verdict="a program failed"
    else
        for file in model_mnist.npz metrics_without_seconds.csv predictions.csv; do
            cmp -s "$work/before/$file" "$work/after/$file" || verdict="DIFFERENT: $file"
        done
    fi
    [ "$verdict" = same ] || n_different=$((n_different + 1))
    printf '%-28s %s\n' "$name" "$verdict"
}

compare_case "CPU path" --device cpu
compare_case "CPU path, reference recipe" --device cpu --recipe reference
compare_case "CPU path, no batch-norm" --device cpu --no-batch-norm
compare_case "CPU path, tanh" --device cpu --activation tanh
if "$after" devices --json | grep -q '"index":[[:space:]]*0'; then
    for fused in on off; do
        set -- --device opencl-cpu --fused $fused
        compare_case "fused $fused" "$@"
        compare_case "fused $fused, reference" "$@" --recipe reference
        compare_case "fused $fused, no batch-norm" "$@" --no-batch-norm
        compare_case "fused $fused, tanh" "$@" --activation tanh
    done
    compare_case "kernels for GPUs" --device opencl-cpu --kernels gpu
    compare_case "kernels for GPUs, own GEMM" --device opencl-cpu --kernels gpu --gemm own
else
    echo "left out: no OpenCL device"
fi
printf '%d cases, %d different\n' "$n_cases" "$n_different"
[ "$n_different" -eq 0 ]
