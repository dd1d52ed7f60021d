#!/bin/sh
# SPDX-License-Identifier: MIT
# How products are made by choice, and that a run that goes on makes them as it began, whatever was
# tuned since.
#
#   products.sh KEEP-TUNING MNIST-DIRECTORY
. "$(dirname -- "$0")/lib.sh"

keep_tuning=$1
need_opencl
cache=$XDG_CACHE_HOME/gemlet
choices='dense_fwd 128x784x24 64/5, dense_bwd_w 128x784x24 32/3'
others='dense_fwd 128x784x24 32/2'
job="--data $2 --hidden 24 --batch 128 --kernels gpu --device opencl-cpu --log-every 10
    --lr-schedule constant --warmup 0"

keep() {
    expect_success "$keep_tuning" "$cache" 784-24bn-relu-10 128 "$1"
}

# shellcheck disable=SC2086 # $job is a list of words
{
    expect_success "$gemlet" train $job --steps 40 --no-tuned --fused off --out "$work/chosen"
    grep -q '"products":[[:space:]]*null' "$work/chosen/stats.json" || fail "choices without a tuning"

    # ---- they are taken, told and recorded, and change bits: else the rest would prove nothing
    keep "$choices"
    expect_success "$gemlet" train $job --steps 40 --out "$work/whole"
    grep -q '^tuned    operation by operation, own GEMM, 2 products as the clock says' \
        "$work/stdout" || fail "the choices are not told"
    grep -q "\"products\":[[:space:]]*\"$choices\"" "$work/whole/stats.json" ||
        fail "the choices are not recorded"
    cmp -s "$work/whole/model_mnist.npz" "$work/chosen/model_mnist.npz" &&
        fail "the choices change no bit"

    # ---- a run that goes on does so with its own, not with what was tuned since, or with nothing
    for since in "$others" ''; do
        rm -rf "$work/parts" "$cache"/tuning-*
        keep "$choices"
        expect_success "$gemlet" train $job --steps 20 --out "$work/parts"
        rm -f "$cache"/tuning-*
        [ -z "$since" ] || keep "$since"
        expect_success "$gemlet" train --resume "$work/parts" --steps 40
        expect_equal "lines on stderr, tuned since: $since" "$(wc -l <"$work/stderr")" 0
        expect_same_file "a run in two parts, tuned since: $since" "$work/parts/model_mnist.npz" \
            "$work/whole/model_mnist.npz"
    done

    # ---- verify takes them too
    keep "$choices"
    expect_success "$gemlet" verify ${job% --log-every*} --steps 3
    grep -q '^tuned    operation by operation' "$work/stdout" || fail "verify takes no choices"
}
finish
