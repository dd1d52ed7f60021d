#!/bin/sh
# SPDX-License-Identifier: MIT
# Ten fused steps with the kernels for GPUs are verified: every activation, batch-norm nowhere, on
# the hidden layers and on the output too, hidden layers of 1 to 1000 columns, batches of one row to
# several blocks of rows.
#
#   fused_gpu.sh EVERY        each EVERY-th of the 540 networks; 1: all of them, in about an hour
. "$(dirname -- "$0")/lib.sh"
need_opencl
every=$1

mkdir "$work/data" || exit 1
for split in train:300 test:5; do
    awk -v n="${split#*:}" 'BEGIN {
        for (i = 0; i < n; ++i) {
            printf "%d", i % 3
            for (k = 0; k < 37; ++k)
                printf ",%d", (i * i * (k + 3) + 31 * k + 85 * (i % 3) * (k % 3)) % 256
            printf "\n"
        }
    }' >"$work/data/mnist_${split%:*}.csv"
done

number=0
for activation in relu sigmoid tanh leaky_relu elu selu gelu silu mish; do
    for norm in "" --no-batch-norm --batch-norm-output; do
        for hidden in 1,1 7,7 150,150 1000,150; do
            for batch in 1 2 63 64 257; do
                number=$((number + 1))
                [ $((number % every)) -eq 0 ] || continue
                options="--hidden $hidden --activation $activation $norm --batch $batch"
                # shellcheck disable=SC2086
                expect_success "$gemlet" verify --data "$work/data" --recipe plain --steps 10 \
                    --device opencl-cpu --kernels gpu --fused on --quiet $options
                grep -q '^verified: ' "$work/stdout" || fail "$options: $(cat "$work/stdout")"
            done
        done
    done
done
finish
