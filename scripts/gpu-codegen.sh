#!/bin/sh
# SPDX-License-Identifier: MIT
# Compiles the GPU variant of all kernels for seven GPUs and prints, as Markdown tables, what each
# kernel takes of them. No GPU is needed. A kernel that spills registers or uses scratch memory
# fails the script.
#
#   sh scripts/gpu-codegen.sh [PRINT_PROGRAM [FILE.cl...]]
#
# PRINT_PROGRAM is the test program that prints sources and options of the OpenCL backend (default
# build/release/tests/codegen/print_program); further files are compiled with the rest.
# Needs clang and libclc, see codegen.sh. Exit code 77 without them, or 1 if GEMLET_REQUIRE_CODEGEN=1.
# Registers and occupancy of NVIDIA's GPU need ptxas, of the wheels of requirements.txt or on the PATH;
# without it there are the virtual registers of the PTX, and stack use still fails. Intel's GPUs need
# ocloc, which Debian has with Intel's driver.
#
# docs/gpu-kernels.md explains the columns and where the limits used here come from.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
print_program=${1:-$root/build/release/tests/codegen/print_program}
[ $# -eq 0 ] || shift
. "$root/scripts/codegen.sh"
find_compiler amdgcn--amdhsa nvptx64--nvidiacl

# compile_for LIBRARY GPU: leaves the assembler text in $work/GPU.s.
compile_for() {
    compile "$1" "$work/$2.s" -O2 -Xclang -target-cpu -Xclang "$2"
}

# Rows "kernel items vgprs sgprs spills scratch lds" from the metadata at the end of the text.
read_amdgcn() {
    awk '
        /^amdhsa.kernels:/ { inside = 1 }
        !inside { next }
        # Keys of a kernel stand four columns in, those of its arguments further.
        /^(    |  - )\.[a-z_]+:/ {
            key = $1 == "-" ? $2 : $1
            value[key] = $NF
            if (key == ".wavefront_size:")
                print value[".name:"], value[".max_flat_workgroup_size:"], value[".vgpr_count:"],
                      value[".sgpr_count:"],
                      value[".vgpr_spill_count:"] + value[".sgpr_spill_count:"],
                      value[".private_segment_fixed_size:"], value[".group_segment_fixed_size:"]
        }' "$1"
}

# print_amdgcn TITLE WAVE SIMDS WAVES VGPRS GRANULE SGPRS LDS < rows. SIMDS share LDS bytes and a
# work-group spreads over them; each holds up to WAVES waves, VGPRS registers per lane in steps of
# GRANULE, and SGPRS scalar ones in steps of 16 (0: no limit).
print_amdgcn() {
    printf '\n### %s\n\n' "$1"
    echo '| kernel | items | VGPR | SGPR | spills | scratch | LDS | waves/SIMD | limit |'
    echo '|---|--:|--:|--:|--:|--:|--:|--:|---|'
    awk -v wave="$2" -v simds="$3" -v waves="$4" -v vgprs="$5" -v granule="$6" -v sgprs="$7" \
        -v lds="$8" '
        function up(value, step) { return int((value + step - 1) / step) * step }
        function least(a, b) { return a < b ? a : b }
        {
            items = $2; spills = $5; scratch = $6
            by_vgpr = least(waves, int(vgprs / up($3 > 0 ? $3 : 1, granule)))
            by_sgpr = sgprs > 0 ? least(waves, int(sgprs / up($4, 16))) : waves
            group_waves = up(items, wave) / wave
            by_registers = int(simds * least(by_vgpr, by_sgpr) / group_waves) # groups
            groups = $7 > 0 ? least(by_registers, int(lds / up($7, 512))) : by_registers
            limit = groups < by_registers ? "LDS" : by_sgpr < by_vgpr ? "SGPR" \
                  : by_vgpr < waves ? "VGPR" : "-"
            printf "| %s | %d | %d | %d | %d | %d | %d | %.4g of %d | %s |\n", $1, items, $3, $4,
                   spills, scratch, $7, groups * group_waves / simds, waves, limit
            if (spills + scratch > 0) {
                printf "FAIL: %s: %d spills, %d bytes of scratch memory\n", $1, spills, scratch
                bad = 1
            }
        }
        END { if (NR == 0) print "FAIL: no kernels"; exit bad || NR == 0 }'
}

# Rows "kernel items virtual-registers stack shared" from the PTX, which clang 15 writes without the
# sizes of work-groups: those come from the rows of the other compilation.
read_ptx() {
    awk '
        FILENAME == ARGV[1] { items[$1] = $2; next }
        /^\.visible \.entry/ { name = $3; sub(/\(.*/, "", name); registers = stack = shared = 0 }
        /^\t\.reg / && !/\.pred/ { sub(/.*</, ""); sub(/>.*/, ""); registers += $0 - 1 }
        /^\t\.local / { sub(/.*\[/, ""); sub(/\].*/, ""); stack += $0 }
        /^\t\.shared / { sub(/.*\[/, ""); sub(/\].*/, ""); shared += $0 }
        /^}/ && name != "" { print name, items[name], registers, stack, shared; name = "" }' "$1" "$2"
}

# Rows "kernel registers spills stack" from what ptxas -v says.
read_ptxas() {
    awk '
        /Compiling entry function/ { split($0, quoted, "\047"); name = quoted[2] }
        /bytes stack frame/ { stack = $1; spills = $5 + $9 }
        /Used [0-9]+ registers/ {
            registers = $0; sub(/.*Used /, "", registers)
            print name, registers + 0, spills, stack
        }' "$1"
}

# print_nvidia TITLE PTX-ROWS PTXAS-ROWS: 64 warps, 32 blocks, 64 K registers in four parts, given
# out in 256 a warp, and 164 KiB of shared memory a multiprocessor; 1 KiB of it a block is the driver's.
print_nvidia() {
    printf '\n### %s\n\n' "$1"
    if [ -s "$3" ]; then
        echo '| kernel | items | registers | spill bytes | stack | shared | warps/SM | limit |'
        echo '|---|--:|--:|--:|--:|--:|--:|---|'
    else
        echo 'Virtual registers of the PTX; no ptxas.'
        echo
        echo '| kernel | items | PTX registers | stack | shared |'
        echo '|---|--:|--:|--:|--:|'
    fi
    awk '
        function up(value, step) { return int((value + step - 1) / step) * step }
        function least(a, b) { return a < b ? a : b }
        FILENAME == ARGV[1] { registers[$1] = $2; spills[$1] = $3; stack[$1] = $4; next }
        {
            ++n
            if ($1 in registers) {
                group_warps = up($2, 32) / 32
                by_registers = least(64, 4 * int(16384 / up(registers[$1] * 32, 256)))
                blocks = least(32, int(by_registers / group_warps))
                by_shared = int(164 * 1024 / (up($5, 128) + 1024))
                limit = by_shared < blocks ? "shared" : by_registers < 64 ? "registers" \
                      : blocks * group_warps < 64 ? "blocks" : "-"
                printf "| %s | %d | %d | %d | %d | %d | %d of 64 | %s |\n", $1, $2, registers[$1],
                       spills[$1], stack[$1], $5, least(blocks, by_shared) * group_warps, limit
                bytes = spills[$1] + stack[$1]
            } else {
                printf "| %s | %d | %d | %d | %d |\n", $1, $2, $3, $4, $5
                bytes = $4
            }
            if (bytes > 0) {
                printf "FAIL: %s: %d bytes of spills and stack\n", $1, bytes
                bad = 1
            }
        }
        END { if (n == 0) print "FAIL: no kernels"; exit bad || n == 0 }' "$3" "$2"
}

# Rows "kernel items simd registers scratch slm barriers" from what ocloc says of its binary. Scratch
# is what is spilled, and private memory.
read_intel() {
    awk '
        function print_row() { if (name != "" && items > 0) print name, items, simd, grf, scratch, slm, barrier }
        /^  - name:/ { print_row(); name = $3; items = scratch = slm = barrier = 0; kind = "" }
        /^kernels_misc_info:/ { exit }
        /^      reqd_work_group_size:/ { gsub(/[^0-9 ]/, ""); items = $1 * $2 * $3 }
        /^      simd_size:/ { simd = $2 }
        /^      grf_count:/ { grf = $2 }
        /^      slm_size:/ { slm = $2 }
        /^      barrier_count:/ { barrier = $2 }
        /^    [a-z_]+:/ { inside = $1 == "per_thread_memory_buffers:" }
        inside && /^        size:/ { scratch += $2 }
        END { print_row() }' "$1"
}

print_intel() {
    printf '\n### %s\n\n' "$1"
    echo '| kernel | items | SIMD | registers | scratch | SLM | barriers |'
    echo '|---|--:|--:|--:|--:|--:|---|'
    awk '
        {
            printf "| %s | %d | %d | %d | %d | %d | %s |\n", $1, $2, $3, $4, $5, $6, $7 ? "yes" : "-"
            if ($5 > 0) {
                printf "FAIL: %s: %d bytes of scratch and private memory\n", $1, $5
                bad = 1
            }
        }
        END { if (NR == 0) print "FAIL: no kernels"; exit bad || NR == 0 }'
}

# print_intel_tables WHAT
print_intel_tables() {
    if [ -z "$ocloc" ]; then
        printf '\nNo ocloc: no table of Intel GPUs.\n'
        return
    fi
    while read -r gpu title; do
        write_intel "$gpu" || { failed=1; continue; }
        read_intel "$work/$gpu/.ze_info" >"$work/$gpu.rows"
        print_intel "$title$1" <"$work/$gpu.rows" || failed=1
    done <<GPUS
dg2 dg2 (Intel Arc A)
tgllp tgllp (Intel Xe of Tiger Lake)
skl skl (Intel Gen9 of Skylake)
GPUS
}

# print_tables WHAT: of the program that write_program left.
print_tables() {
    compile_for amdgcn--amdhsa gfx906
    read_amdgcn "$work/gfx906.s" >"$work/gfx906.rows"
    print_amdgcn "gfx906 (AMD Vega 20, waves of 64)$1" 64 4 10 256 4 800 65536 \
        <"$work/gfx906.rows" || failed=1

    compile_for amdgcn--amdhsa gfx1030
    read_amdgcn "$work/gfx1030.s" >"$work/gfx1030.rows"
    print_amdgcn "gfx1030 (AMD Navi 21, waves of 32)$1" 32 4 16 1024 8 0 131072 \
        <"$work/gfx1030.rows" || failed=1

    compile_for amdgcn--amdhsa gfx1100
    read_amdgcn "$work/gfx1100.s" >"$work/gfx1100.rows"
    print_amdgcn "gfx1100 (AMD Navi 31, waves of 32)$1" 32 4 16 1536 24 0 131072 \
        <"$work/gfx1100.rows" || failed=1

    compile_for nvptx64--nvidiacl sm_80
    read_ptx "$work/gfx906.rows" "$work/sm_80.s" >"$work/ptx.rows"
    : >"$work/ptxas.rows"
    if [ -n "$ptxas" ]; then
        "$ptxas" -v -arch=sm_80 "$work/sm_80.s" -o "$work/sm_80.cubin" 2>"$work/ptxas.log" ||
            { cat "$work/ptxas.log"; failed=1; }
        read_ptxas "$work/ptxas.log" >"$work/ptxas.rows"
    fi
    print_nvidia "sm_80 (NVIDIA Ampere, warps of 32)$1" "$work/ptx.rows" "$work/ptxas.rows" ||
        failed=1
    print_intel_tables "$1"
}

failed=0
ptxas=$(nvidia_tool ptxas)
ocloc=$(command -v ocloc || true)
write_program gpu "$@"
print_tables ""
write_program fused
print_tables ", fused step"
exit $failed
