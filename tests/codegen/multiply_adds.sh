#!/bin/sh
# SPDX-License-Identifier: MIT
# Prints, for the tiles of the products on three NVIDIA GPUs and Intel's Arc, the share of multiply-adds among the
# instructions of the loop over blocks of k, and fails where it is lower than multiply_adds.txt says:
# addresses that are calculated anew in the loop, or values read one by one, show here without a GPU.
#
#   multiply_adds.sh ROOT PRINT_PROGRAM LEAST
#
# ptxas and nvdisasm as for barriers.sh; without ocloc Intel's is left out.
set -eu
root=$1
print_program=$2
least=$3
. "$root/scripts/codegen.sh"
find_machine_code_tools

# Rows "kernel instructions multiply-adds local-reads" of a disassembly: of each kernel's loop with the
# most multiply-adds. A loop is what lies between a label and a branch back to it.
measure_loops() {
    awk '
        /^\.text\./ {
            name = $1; sub(/^\.text\./, "", name); sub(/:$/, "", name)
            n = 0
            delete place
            next
        }
        /^\.L[A-Za-z0-9_]*:/ { label = $1; sub(/:$/, "", label); place[label] = n; next }
        name == "" || !/\/\*[0-9a-f]+\*\// { next }
        {
            text = $0
            sub(/^[^\/]*\/\*[0-9a-f]+\*\/ */, "", text)
            sub(/^@!?U?P[0-9T]+ */, "", text)
            code[n] = text
            if (text ~ /^BRA/ && match(text, /`\(\.L[^)]*\)/)) {
                label = substr(text, RSTART + 2, RLENGTH - 3)
                if (label in place) {
                    fused = reads = 0
                    for (i = place[label]; i <= n; ++i) {
                        fused += code[i] ~ /^FFMA/
                        reads += code[i] ~ /^LDS/
                    }
                    if (fused > most[name]) {
                        most[name] = fused
                        row[name] = name " " n - place[label] + 1 " " fused " " reads
                    }
                }
            }
            ++n
        }
        END { for (name in row) print row[name] }' "$1"
}

# The same of what write_intel left, a file for each kernel.
measure_intel_loops() {
    for kernel in gemm_local_128 gemm_local_64 gemm_local_32; do
        awk -v name="$kernel" '
            /^ *L[0-9]+:/ { label = $1; sub(/:.*/, "", label); place[label] = n + 0; next }
            { code[n] = $0 }
            /(jmpi|while|goto)/ {
                for (i = 1; i <= NF; ++i)
                    if ($i in place) {
                        fused = reads = 0
                        for (k = place[$i]; k <= n; ++k) {
                            fused += code[k] ~ /mad \(.*:f .*:f .*:f .*:f/
                            reads += code[k] ~ /send.*FE .*surface read/
                        }
                        if (fused >= most) {
                            most = fused
                            row = name " " n - place[$i] + 1 " " fused " " reads
                        }
                    }
            }
            { ++n }
            END { print row }' "$work/$1/.text.$kernel.asm"
    done
}

# compare GPU LOOPS
compare() {
    awk -v gpu="$1" '
        FNR == NR {
            if ($2 == "kernel") for (i = 3; i <= NF; ++i) if ($i == gpu) column = i - 1
            if (!/^#/) least[$1] = $column
            next
        }
        $1 in least {
            found[$1] = 1
            share = 100 * $3 / $2
            printf "%s%s: %s: %d of %d instructions are multiply-adds, %.1f %%, expected %d or more; " \
                   "%d reads of local memory\n", share < least[$1] ? "FAIL: " : "", gpu, $1, $3, $2, share, least[$1], $4
            bad = bad || share < least[$1]
        }
        END {
            for (name in least)
                if (!(name in found)) {
                    printf "FAIL: %s: no loop in %s\n", gpu, name
                    bad = 1
                }
            exit bad
        }' "$least" "$2"
}

write_program gpu
failed=0
for gpu in sm_75 sm_86 sm_90; do
    write_machine_code "$gpu"
    measure_loops "$work/$gpu.sass" | sort >"$work/$gpu.loops"
    compare "$gpu" "$work/$gpu.loops" || failed=1
done
ocloc=$(command -v ocloc || true)
if [ -n "$ocloc" ]; then
    write_intel dg2
    measure_intel_loops dg2 >"$work/dg2.loops"
    compare dg2 "$work/dg2.loops" || failed=1
fi
exit "$failed"
