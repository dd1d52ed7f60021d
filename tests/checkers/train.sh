#!/bin/sh
# SPDX-License-Identifier: MIT
# Whole training steps, and the test after them, in oclgrind: every kind of layer, an odd width
# each, a batch that does not divide the rows.
#
#   GEMLET=program train.sh LIB OCLGRIND PRELOAD options of gemlet train...
#
# LIB: tests/e2e/lib.sh. OCLGRIND, PRELOAD: oclgrind.sh and its first argument.
. "$1"
oclgrind=$2
preload=$3
shift 3

mkdir "$work/data" || exit 1
for split in train:9 test:5; do
    awk -v n="${split#*:}" 'BEGIN {
        for (i = 0; i < n; ++i)
            printf "%d,%d,%d,%d,%d,%d,%d,%d\n", i % 3, i * 20, 200 - i * 7, i * 31 % 256, 9, i * i,
                   255 - i, i
    }' >"$work/data/mnist_${split%:*}.csv"
done

n_checks=1
sh "$oclgrind" "$preload" "$gemlet" train --data "$work/data" \
    --network 7-9bn-relu-6-tanh-5bn-sigmoid-3bn --batch 4 --steps 2 \
    --device oclgrind --quiet --out "$work/out" "$@"
code=$?
[ "$code" -ne 77 ] || exit 77
[ "$code" -eq 0 ] || fail "exit code $code: $*"
[ -s "$work/out/model_mnist.npz" ] || fail "no model was written: $*"
finish
