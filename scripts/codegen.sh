# SPDX-License-Identifier: MIT
# Sourced by what looks at the kernels as compilers for GPUs see them, gpu-codegen.sh and
# tests/codegen: finds a compiler and compiles the program that the OpenCL backend builds. Expects
# $root, the repository, and $print_program, the test program that prints sources and options of the
# backend; makes a directory $work.

libclc=${GEMLET_LIBCLC:-/usr/lib/clc}

# skip WHAT: ends the script with 77, or 1 if GEMLET_REQUIRE_CODEGEN=1.
skip() {
    echo "${0##*/}: skipped: no $1" >&2
    [ "${GEMLET_REQUIRE_CODEGEN:-0}" != 1 ] || exit 1
    exit 77
}

# can_compile CLANG LIBRARY: a compiler cannot read the library of a later one.
can_compile() {
    command -v "$1" >/dev/null 2>&1 && [ -f "$libclc/$2.bc" ] &&
        echo '__kernel void k(__global int *x) { *x = get_local_id(0); }' |
        "$1" -x cl -target "$2" -nogpulib -Xclang -finclude-default-header \
            -Xclang -mlink-builtin-bitcode -Xclang "$libclc/$2.bc" -S -o /dev/null - 2>/dev/null
}

# find_compiler LIBRARY...: sets $clang, the first that can link all of them.
find_compiler() {
    for clang in clang-15 clang-17 clang-18 clang-19; do
        for library in "$@"; do
            can_compile "$clang" "$library" || continue 2
        done
        return 0
    done
    skip "clang with a libclc that it can read in $libclc, e.g. clang-15 and libclc-15"
}

# nvidia_tool NAME: the path of ptxas or nvdisasm in the wheels that setup.sh installs, else on the
# PATH; nothing where there is none.
nvidia_tool() {
    for path in "$root"/build/venv/lib/python3*/site-packages/nvidia/cu*/bin/"$1"; do
        if [ -x "$path" ]; then
            printf '%s' "$path"
            return 0
        fi
    done
    command -v "$1" || true
}

work=$(mktemp -d "${TMPDIR:-/tmp}/gemlet-codegen.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# write_program KERNELS [FILE.cl...]: the source, and further files, in $work/program.cl and the
# options in $options; KERNELS is cpu, gpu or fused.
write_program() {
    options=$("$print_program" options "$1")
    "$print_program" source "$1" >"$work/program.cl"
    shift
    [ $# -eq 0 ] || cat "$@" >>"$work/program.cl"
}

# compile LIBRARY OUTPUT OPTION...: for the target that the library is named after.
compile() {
    target=$1
    output=$2
    shift 2
    # shellcheck disable=SC2086 # options are words
    "$clang" -x cl $options -target "$target" -nogpulib -Xclang -finclude-default-header \
        -Xclang -mlink-builtin-bitcode -Xclang "$libclc/$target.bc" "$@" \
        -S "$work/program.cl" -o "$output"
}

# write_intel GPU: of the program, for an Intel GPU that $ocloc knows, $work/GPU/.ze_info, which says
# what kernels take, and their machine code as text in $work/GPU/.text.KERNEL.asm. Debian's ocloc looks
# for its disassembler under a name that only the files for developers would have.
write_intel() {
    mkdir -p "$work/intel" "$work/$1"
    if [ ! -e "$work/intel/libiga64.so" ]; then
        iga=$(ldconfig -p 2>/dev/null | sed -n 's/.*=> \(.*libiga64\.so.*\)/\1/p' | head -n 1)
        [ -z "$iga" ] || ln -s "$iga" "$work/intel/libiga64.so"
    fi
    "$ocloc" compile -file "$work/program.cl" -device "$1" -options "$options" \
        -internal_options -ze-allow-zebin -out_dir "$work/intel" -output "$1" \
        >"$work/ocloc.log" 2>&1 || { cat "$work/ocloc.log"; return 1; }
    LD_LIBRARY_PATH=$work/intel${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} \
        "$ocloc" disasm -file "$work/intel/$1"_*.bin -device "$1" -dump "$work/$1" \
        >"$work/ocloc.log" 2>&1 || { cat "$work/ocloc.log"; return 1; }
}

# find_machine_code_tools: sets $ptxas, $nvdisasm and $clang, or ends the script with 77, or 1 if
# GEMLET_REQUIRE_WHEELS=1.
find_machine_code_tools() {
    ptxas=$(nvidia_tool ptxas)
    nvdisasm=$(nvidia_tool nvdisasm)
    if [ -z "$ptxas" ] || [ -z "$nvdisasm" ]; then
        echo "${0##*/}: skipped: no ptxas or no nvdisasm, which scripts/run-tests.sh installs"
        [ "${GEMLET_REQUIRE_WHEELS:-0}" != 1 ] || exit 1
        exit 77
    fi
    find_compiler nvptx64--nvidiacl
}

# write_machine_code GPU: the program's machine code for an NVIDIA GPU as text in $work/GPU.sass. The
# newest GPU that clang 15 knows is older than those of today: ptxas takes older PTX.
write_machine_code() {
    [ -f "$work/program.ptx" ] ||
        compile nvptx64--nvidiacl "$work/program.ptx" -O2 -Xclang -target-cpu -Xclang sm_75
    "$ptxas" -arch="$1" "$work/program.ptx" -o "$work/$1.cubin"
    "$nvdisasm" "$work/$1.cubin" >"$work/$1.sass"
}
