#!/bin/sh
# SPDX-License-Identifier: MIT
# A machine that gives less than usual, or drivers that fail: nothing hangs, nothing ends without a
# word, and what needs none of it goes on.
#
#   surroundings.sh C-COMPILER
. "$(dirname -- "$0")/lib.sh"

compiler=$1
make_small_data "$work/data"
small="train --data $work/data --hidden 3 --batch 8 --steps 3 --overwrite --out $work/out"
# shellcheck disable=SC2086 # $small is a list of words
expect_success "$gemlet" $small --device cpu
eval="eval --data $work/data --model $work/out/model_mnist.npz"

# A command that hangs ends with code 137.
limited() {
    timeout -s KILL 60 "$@"
}

# ---- little address space: OpenBLAS waits for ever for memory it cannot get
with_memory() {
    limited sh -c 'ulimit -v "$1"; shift; exec "$@"' sh "$@"
}
# without_buffer COMMAND...: works, unless OpenBLAS wants its memory even where it is not used
without_buffer() {
    if with_memory 90000 "$gemlet" --version >"$work/log" 2>&1; then
        expect_success "$@"
    else
        expect_error 1 "OpenBLAS needs" "ulimit -v" -- "$@"
    fi
}
# shellcheck disable=SC2086 # $eval is a list of words
for kilobytes in 90000 150000 300000 400000; do
    if [ $kilobytes -lt 200000 ]; then
        without_buffer with_memory $kilobytes "$gemlet" --version
        without_buffer with_memory $kilobytes "$gemlet" $eval --device reference
        expect_error 1 "OpenBLAS needs" "ulimit -v" -- \
            with_memory $kilobytes "$gemlet" $eval --device cpu
    else
        expect_success with_memory $kilobytes "$gemlet" --version
        expect_success with_memory $kilobytes "$gemlet" $eval --device reference
        expect_success with_memory $kilobytes "$gemlet" $eval --device cpu
        [ $kilobytes -gt 300000 ] || [ "$(nproc)" -lt 2 ] || [ -n "${OPENBLAS_NUM_THREADS:-}" ] ||
            grep -q '^gemlet: note: OpenBLAS gets [0-9]* of [0-9]* threads' "$work/stderr" ||
            fail "no note of fewer threads: $(cat "$work/stderr")"
    fi
done

# ---- no more processes: OpenBLAS ends a program that it cannot give its threads
as_nobody() {
    setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}
chmod 711 "$work"
if as_nobody test -x "$gemlet" 2>"$work/log"; then
    without_processes() {
        as_nobody prlimit --nproc=1 "$@"
    }
    # shellcheck disable=SC2086 # $eval is a list of words
    for device in cpu reference; do
        expect_success without_processes "$gemlet" $eval --device $device
    done
fi

# ---- OpenCL that fails: the paths without it do not touch it
# make_library NAME CODE: a shared library of one line of C.
make_library() {
    printf '#include <stdlib.h>\n#include <unistd.h>\n%s\n' "$2" >"$work/library.c"
    "$compiler" -shared -fPIC -o "$work/$1.so" "$work/library.c" ||
        fail_with_log "$1.so does not compile"
}
# make_driver NAME CODE: a directory for OCL_ICD_VENDORS with a driver that runs the code when it is
# loaded.
make_driver() {
    mkdir "$work/$1" || exit 1
    make_library "$1/$1" "__attribute__((constructor)) static void f(void) { $2 }"
    printf '%s\n' "$work/$1/$1.so" >"$work/$1/$1.icd"
}
make_driver aborts 'abort();'
make_driver exits 'exit(0);'
make_driver crashes '*(volatile int *)0 = 1;'
make_driver hangs 'for (;;) pause();'
make_library shim_aborts 'int clGetPlatformIDs(void); int clGetPlatformIDs(void) { abort(); }'
make_library shim_hangs 'int clGetPlatformIDs(void); int clGetPlatformIDs(void) { for (;;) pause(); }'

make_library asked 'void *clGetExtensionFunctionAddress(const char *); \
    void *clGetExtensionFunctionAddress(const char *name) { (void)name; abort(); }'
mkdir "$work/asked"
printf '%s\n' "$work/asked.so" >"$work/asked/asked.icd"

place=$work # of the drivers, for checks aside, too
# with_driver FAULT COMMAND...: an OpenCL that has one of these faults
with_driver() {
    case $1 in
    shim_*) set -- LD_PRELOAD="$place/$1.so" OCL_ICD_VENDORS="$place/asked/asked.icd" "$@" ;;
    *) set -- TMPDIR="$place/temporary" OCL_ICD_VENDORS="$place/$1" "$@" ;;
    esac
    first=$1
    second=$2
    shift 3
    limited env GEMLET_DRIVER_SECONDS=3 "$first" "$second" "$@"
}
# what_failed FAULT: what a message says of it
what_failed() {
    case $1 in
    exits) echo "exit code 0" ;;
    crashes) echo "signal 11" ;;
    *hangs) echo "within 3 s" ;;
    *) echo "signal 6" ;;
    esac
}
# That all is well before does not hide it.
expect_success "$gemlet" devices
[ -f "$(echo "$XDG_CACHE_HOME"/gemlet/drivers-*.txt)" ] || fail "not kept that all drivers answer"
mkdir "$work/temporary"
good=/etc/OpenCL/vendors/pocl.icd
# survives FAULT
# shellcheck disable=SC2086 # $eval is a list of words
survives() {
    fault=$1
    for device in cpu reference auto; do
        expect_success with_driver $fault "$gemlet" $eval --device $device
        grep -q accuracy "$work/stdout" || fail "$fault, --device $device: not tested"
    done
    expect_success with_driver $fault "$gemlet" devices
    grep "^Note: .*$(what_failed $fault)" "$work/stdout" >"$work/note" ||
        fail "$fault: devices does not say so: $(cat "$work/stdout")"
    grep -q '^\[cpu\]' "$work/stdout" || fail "$fault: devices does not list the CPU path"
    case $fault in
    *hangs) ;;
    *) expect_error 1 "'gpu'" "$(what_failed $fault)" -- \
        with_driver $fault "$gemlet" $eval --device gpu ;;
    esac
    case $fault in
    shim_*) ;;
    *) grep -qF "$fault.so" "$work/note" ||
        fail "$fault: the driver is not named: $(cat "$work/note")" ;;
    esac
}
# lets_others_go_on FAULT: a good driver beside it
lets_others_go_on() {
    fault=$1
    cp -r "$place/$fault" "$place/beside-$fault" && cp $good "$place/beside-$fault"
    expect_success with_driver "beside-$fault" "$gemlet" devices
    grep -q '^\[0\]' "$work/stdout" || fail "$fault: the good driver is left out, too"
    grep -qF "$fault.so" "$work/stdout" || fail "$fault: the driver beside a good one is not named"
}
for fault in hangs shim_hangs aborts asked exits crashes shim_aborts; do # those that wait first
    how=
    case $fault in
    *hangs) how=aside ;;
    esac
    $how survives $fault
    case $fault in
    shim_*) continue ;;
    esac
    [ ! -f $good ] || $how lets_others_go_on $fault
done
collect
expect_equal "files left behind" "$(ls -A "$work/temporary")" ""

# ---- started by a program that ignores how its children end: ours still tell
expect_success "$gemlet" devices
cp "$work/stdout" "$work/devices"
expect_success limited env --ignore-signal=CHLD XDG_CACHE_HOME="$work/ignoring" "$gemlet" devices
expect_equal "devices" "$(cat "$work/stdout")" "$(cat "$work/devices")"

# ---- a cache that others can have written is not believed
kept=$work/private/gemlet
# with_cache COMMAND...: under an umask that lets the group write
with_cache() (
    umask 002
    XDG_CACHE_HOME=$work/private limited "$@"
)
# uses_cache: "yes" if the verdicts of the first run are found, "anew" if they are made anew
uses_cache() {
    touch -d '2001-01-01' "$kept"/qualification-*
    # shellcheck disable=SC2086 # $small is a list of words
    expect_success with_cache "$gemlet" $small --device 0
    if [ -n "$(find "$kept" -name 'qualification-*' -newermt 2002-01-01)" ]; then
        echo anew
    else
        echo yes
    fi
}
make_fifo() {
    rm "$1" && mkfifo "$1"
}
make_link() {
    mv "$1" "$work/elsewhere" && ln -s "$work/elsewhere" "$1"
}
need_opencl
# shellcheck disable=SC2086 # $small is a list of words
{
    expect_success with_cache "$gemlet" $small --device 0
    expect_equal "what others may do with the cache" "$(find "$work/private" -perm /077)" ""
    expect_equal "a cache of one's own" "$(uses_cache)" yes
    for fault in "chmod g+w" "chmod o+w" "chown 65534" make_fifo make_link; do
        [ "$fault" != "chown 65534" ] || [ "$(id -u)" -eq 0 ] || continue
        for file in "$kept"/qualification-*; do
            $fault "$file"
        done
        expect_equal "$fault FILE" "$(uses_cache)" anew
    done
    expect_equal "a cache of one's own again" "$(uses_cache)" yes
    for fault in "chmod 770" "chmod 707" "chown 65534"; do
        [ "$fault" != "chown 65534" ] || [ "$(id -u)" -eq 0 ] || continue
        cp -r "$kept" "$work/before"
        $fault "$kept"
        rm -f "$kept"/*.txt
        expect_success with_cache "$gemlet" $small --device 0
        grep -q "note.*$kept" "$work/stderr" && [ "$(wc -l <"$work/stderr")" -eq 1 ] ||
            fail "$fault DIRECTORY: not said once: $(cat "$work/stderr")"
        expect_equal "files kept after $fault DIRECTORY" "$(ls "$kept")" ""
        rm -r "$kept" && mv "$work/before" "$kept"
    done
}

# ---- POCL's own cache: not writable, damaged, full
if ! "$gemlet" devices | grep -q 'Portable Computing Language'; then
    finish
fi
# with_pocl_cache DIRECTORY COMMAND...
with_pocl_cache() {
    pocl_cache=$1
    shift
    limited env POCL_CACHE_DIR="$pocl_cache" "$@"
}
# expect_pocl_error DIRECTORY COMMAND...: its last line says which directory is to be removed
expect_pocl_error() {
    n_checks=$((n_checks + 1))
    run with_pocl_cache "$@"
    [ "$code" -eq 1 ] || fail "POCL's cache $1: exit code $code, expected 1"
    grep -a '^gemlet.*remove it' "$work/stderr" | grep -qF "$1" ||
        fail "POCL's cache $1 is not named: $(cat "$work/stderr")"
}
# shellcheck disable=SC2086 # $small is a list of words
{
    : >"$work/file"
    expect_success with_pocl_cache "$work/file/pocl" "$gemlet" $small
    grep -q "^device .*CPU path.*$work/file/pocl" "$work/stdout" ||
        fail "POCL's cache, not writable: $(grep '^device' "$work/stdout")"
    expect_pocl_error "$work/file/pocl" "$gemlet" $small --device opencl-cpu
    expect_success with_pocl_cache "$work/pocl" "$gemlet" $small --device Portable
    find "$work/pocl" -name '*.so' -exec truncate -s 100 {} +
    expect_pocl_error "$work/pocl" "$gemlet" $small --device Portable
    # Where the device was not chosen it goes on without.
    for command in "$small" "$eval"; do
        expect_success with_pocl_cache "$work/pocl" "$gemlet" $command
        grep -a '^gemlet: .*starting again with --device cpu' "$work/stderr" | grep -qF "$work/pocl" ||
            fail "no note about POCL's cache: $(cat "$work/stderr")"
    done
    rm -r "$work/pocl"
    expect_success with_pocl_cache "$work/pocl" sh -c 'ulimit -f 16; exec "$@"' sh "$gemlet" $eval
    grep -qa '^gemlet: .*starting again with --device cpu' "$work/stderr" ||
        fail "no note about a full disk: $(cat "$work/stderr")"
    rm -rf "$work/pocl"
    expect_pocl_error "$work/pocl" sh -c 'ulimit -f 16; exec "$@"' sh \
        "$gemlet" $eval --device Portable
}

finish
