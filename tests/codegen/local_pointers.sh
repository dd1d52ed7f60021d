#!/bin/sh
# SPDX-License-Identifier: MIT
# No kernel may ask whether a pointer to local memory is 0: on some GPUs local memory begins at
# address 0, and the answer for a real array is wrong there. Looks at the compiler's output before
# any optimisation, where every way to ask (p == 0, !p, if (p), p ? a : b, p && x) is one comparison
# of two pointers, or a pointer taken as a number.
#
#   local_pointers.sh ROOT PRINT_PROGRAM [FILE.cl...]     files are compiled with the rest
set -eu
root=$1
print_program=$2
shift 2
. "$root/scripts/codegen.sh"
find_compiler nvptx64--nvidiacl

# report PROGRAM.ll: a line for each comparison, its function in our source and the line there.
report() {
    awk '
        FNR == NR {
            if (/ = !DILocation\(/ || /DILocation\(line/) {
                id = $1; sub(/.*line: /, ""); sub(/,.*/, ""); line[id] = $0
            }
            next
        }
        /^define / { name = $0; sub(/.*@/, "", name); sub(/\(.*/, "", name); next }
        (/icmp (eq|ne) / || /icmp .*null/ || /ptrtoint /) && /addrspace\(3\)/ {
            id = $0; sub(/.*!dbg /, "", id); sub(/[^!0-9].*/, "", id)
            printf "FAIL: %s, line %s: a __local pointer is compared or made a number\n", name, line[id]
        }' "$1" "$1"
}

for kernels in cpu gpu fused; do
    write_program "$kernels" "$@"
    compile nvptx64--nvidiacl "$work/$kernels.ll" -O0 -Xclang -disable-llvm-passes \
        -gline-tables-only -emit-llvm
    grep -q 'addrspace(3)' "$work/$kernels.ll" || [ "$kernels" = cpu ] ||
        { echo "FAIL: no local memory in the $kernels kernels: nothing was looked at"; exit 1; }
    report "$work/$kernels.ll" >>"$work/found"
done
sort -u "$work/found"
[ ! -s "$work/found" ]
