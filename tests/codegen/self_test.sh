#!/bin/sh
# SPDX-License-Identifier: MIT
# gpu-codegen.sh must report kernels that spill, on each GPU.
#
#   self_test.sh SCRIPT PRINT_PROGRAM SPILLING.cl
set -u
output=$(sh "$1" "$2" "$3")
code=$?
[ "$code" -ne 77 ] || exit 77
failures=0
if [ "$code" -eq 0 ]; then
    echo "FAILED: exit code 0, expected another"
    failures=1
fi
for kernel in spilling_array spilling_registers; do
    n=$(printf '%s\n' "$output" | grep -c "^FAIL: $kernel:")
    # PTX alone cannot tell that registers run out.
    expected=7
    ! printf '%s\n' "$output" | grep -q '^No ocloc' || expected=4
    if [ "$kernel" = spilling_registers ] && printf '%s\n' "$output" | grep -q '; no ptxas\.$'; then
        expected=$((expected - 1))
    fi
    if [ "$n" -ne "$expected" ]; then
        echo "FAILED: $kernel was reported $n times, expected $expected"
        failures=1
    fi
done
n=$(printf '%s\n' "$output" | grep '^FAIL: ' | grep -vc '^FAIL: spilling_')
if [ "$n" -ne 0 ]; then
    echo "FAILED: $n reports of other kernels, expected 0"
    failures=1
fi
[ "$failures" -eq 0 ] || printf '%s\n' "$output"
exit "$failures"
