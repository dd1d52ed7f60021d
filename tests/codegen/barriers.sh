#!/bin/sh
# SPDX-License-Identifier: MIT
# Counts the barriers of each kernel in the machine code of three NVIDIA GPUs and compares them with
# what the source says (barriers.txt): a barrier that a compiler could remove, or should not have
# repeated, shows here, on a machine without a GPU.
#
#   barriers.sh ROOT PRINT_PROGRAM EXPECTED [KERNELS]
#
# KERNELS: gpu, the default, or fused. ptxas and nvdisasm come with the wheels of
# scripts/requirements.txt. Without them exit code 77, or 1 if GEMLET_REQUIRE_WHEELS=1.
set -eu
root=$1
print_program=$2
expected=$3
kernels=${4:-gpu}
. "$root/scripts/codegen.sh"

find_machine_code_tools

# option NAME: the value of -DNAME=.
option() {
    printf '%s\n' "$options" | tr ' ' '\n' | sed -n "s/^-D$1=//p"
}

# Rows "kernel barriers" of a disassembly, all kernels.
count_barriers() {
    awk '
        /^\.text\./ { name = $1; sub(/^\.text\./, "", name); sub(/:$/, "", name); n[name] += 0 }
        name != "" && /[ \t]BAR\.SYNC/ { ++n[name] }
        END { for (name in n) print name, n[name] }' "$1"
}

# compare GPU COUNTS
compare() {
    awk -v gpu="$1" -v flat="$(option WG_FLAT)" -v rows="$(option WG_ROWS)" '
        function levels(n) { return int(log(n) / log(2) + 0.5) }
        FNR == NR {
            if (!/^#/) expected[$1] = $2 * (levels(flat) + 2) + $3 * (levels(rows) + 2) + $4
            next
        }
        {
            found[$1] = 1
            if ($2 != expected[$1] + 0) {
                printf "FAIL: %s: %s has %d barriers, expected %d\n", gpu, $1, $2, expected[$1]
                bad = 1
            } else if ($2 > 0)
                printf "%s: %s: %d barriers\n", gpu, $1, $2
        }
        END {
            for (name in expected)
                if (!(name in found)) {
                    printf "FAIL: %s: no kernel %s\n", gpu, name
                    bad = 1
                }
            exit bad
        }' "$expected" "$2"
}

write_program "$kernels"
failed=0
for gpu in sm_75 sm_86 sm_90; do
    write_machine_code "$gpu"
    count_barriers "$work/$gpu.sass" | sort >"$work/$gpu.barriers"
    compare "$gpu" "$work/$gpu.barriers" || failed=1
done
exit "$failed"
