#!/bin/sh
# SPDX-License-Identifier: MIT
# gemlet verify --free-run: each side trains on its own, and only what leaves the finite numbers
# fails.
. "$(dirname -- "$0")/lib.sh"
make_small_data "$work/small"
small="--data $work/small --batch 7 --hidden 5,9 --steps 5"

expect_error 2 "leave out --op" -- "$gemlet" verify --free-run --op dense
# shellcheck disable=SC2086
expect_error 1 "name another device" -- "$gemlet" verify $small --free-run --device reference
# shellcheck disable=SC2086
expect_success "$gemlet" verify $small --device cpu --free-run
# Device and float CPU path are the same program here.
expect_equal "drift of the CPU path" "$(sed -n 's/^free run: \([0-9]* steps\).*: \(ratio.*\)/\1 \2/p' \
    "$work/stdout")" "5 steps ratio 1.00"
expect_equal "steps reported" \
    "$(awk '$1 ~ /^[0-9]+$/ { printf "%s%s", sep, $1; sep = "," }' "$work/stdout")" "1,2,5"
# shellcheck disable=SC2086
expect_success "$gemlet" verify $small --device cpu --free-run --json
expect_equal "steps in the JSON" "$(sed -n 's/^[[:space:]]*"steps":[[:space:]]*\([0-9]*\),$/\1/p' \
    "$work/stdout")" 5
# shellcheck disable=SC2086
run "$gemlet" verify $small --device cpu --free-run --no-batch-norm --lr 1e30 --quiet
expect_equal "free run that diverges" "$code $(sed 's/:.*//' "$work/stdout")" "1 diverged"

need_opencl
# shellcheck disable=SC2086
expect_success "$gemlet" verify $small --device opencl-cpu --free-run --quiet
finish
