#!/bin/sh
# SPDX-License-Identifier: MIT
# Whether gemlet proves a driver right, in short: three steps of the headline network, composed and
# fused, and every operation at the shapes of `gemlet qualify`, with the kernels for CPUs and those
# for GPUs and gemlet's own products.
#
#   GEMLET=program driver.sh LIB DATA DEVICE COMPUTE-UNITS
#
# LIB: tests/e2e/lib.sh. DEVICE: what the platform or device is called. COMPUTE-UNITS: what it must
# say it has, or - for any number. Exit code 77 without the device, or 1 if GEMLET_REQUIRE_OPENCL=1.
. "$1"
data=$2
device=$3
units=$4

run "$gemlet" devices
if ! grep -qF "$device" "$work/stdout"; then
    cat "$work/stdout"
    [ "${GEMLET_REQUIRE_OPENCL:-0}" = 1 ] || exit 77
    fail "no device '$device'"
    finish
fi
# The device's lines are a paragraph.
awk -v RS= -v device="$device" 'index($0, device)' "$work/stdout" >"$work/device"
[ "$units" = - ] ||
    expect_equal "compute units" "$(sed -n 's/^ *compute units *//p' "$work/device")" "$units"

# expect_verdict VERDICT COMMAND OPTION...
expect_verdict() {
    verdict=$1
    shift
    expect_success "$gemlet" "$@" --device "$device" --gemm own --quiet
    grep -q "^$verdict: " "$work/stdout" || fail "$*: $(cat "$work/stdout")"
}

expect_verdict verified verify --data "$data" --steps 3 --kernels cpu --fused on
expect_verdict verified verify --data "$data" --steps 3 --kernels cpu --fused off
expect_verdict verified verify --data "$data" --steps 3 --kernels gpu --fused on
expect_verdict verified verify --data "$data" --steps 3 --kernels gpu --fused off
expect_verdict qualified qualify --kernels cpu
expect_verdict qualified qualify --kernels gpu
finish
