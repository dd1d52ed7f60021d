# SPDX-License-Identifier: MIT
# Sourced by the end-to-end tests: a temporary directory $work, and checks that count failures and
# go on. Every test ends with `finish`.
set -u
unset CDPATH
LC_ALL=C
export LC_ALL

gemlet=${GEMLET:-gemlet} # the program under test
work=$(mktemp -d "${TMPDIR:-/tmp}/gemlet-e2e.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
# What the program keeps from run to run is the test's own; what the drivers compiled stays usable.
POCL_CACHE_DIR=${POCL_CACHE_DIR:-${XDG_CACHE_HOME:-${HOME:-$work}/.cache}/pocl/kcache}
XDG_CACHE_HOME=$work/cache
export POCL_CACHE_DIR XDG_CACHE_HOME
n_checks=0
n_failures=0

fail() {
    n_failures=$((n_failures + 1))
    printf 'FAILED: %s\n' "$*"
}

# For a step without which the rest makes no sense.
fail_with_log() {
    printf 'FAILED: %s\n' "$*"
    cat "$work/log"
    exit 1
}

# For a test that means nothing without an OpenCL device; GEMLET_REQUIRE_OPENCL=1 forbids to skip it.
need_opencl() {
    "$gemlet" devices --json >"$work/devices" || exit 1
    if ! grep -q '"index":[[:space:]]*0' "$work/devices"; then
        printf 'skipped: no OpenCL device\n'
        if [ "${GEMLET_REQUIRE_OPENCL:-0}" = 1 ] || [ "$n_failures" -gt 0 ]; then
            exit 1
        fi
        exit 77
    fi
}

# make_small_data DIRECTORY: a data set in CSV files, 60 training and 30 test rows of 4 features in
# 3 classes that a small network can tell apart.
make_small_data() {
    mkdir -p "$1" || exit 1
    for split in train:60 test:30; do
        awk -v n="${split#*:}" 'BEGIN {
            for (i = 0; i < n; ++i)
                printf "%d,%d,%d,%d,%d\n", i % 3, (i % 3) * 100, 200 - (i % 3) * 90, i * 7 % 50, 9
        }' >"$1/mnist_${split%:*}.csv"
    done
}

finish() {
    printf '%d checks, %d failed\n' "$n_checks" "$n_failures"
    [ "$n_checks" -gt 0 ] && [ "$n_failures" -eq 0 ]
    exit
}

# expect_equal WHAT FOUND EXPECTED
expect_equal() {
    n_checks=$((n_checks + 1))
    [ "$2" = "$3" ] || fail "$1: found '$2', expected '$3'"
}

# run COMMAND...: leaves the exit code in $code, the output in $work/stdout and $work/stderr.
run() {
    code=0
    "$@" >"$work/stdout" 2>"$work/stderr" </dev/null || code=$?
}

# expect_success COMMAND...
expect_success() {
    n_checks=$((n_checks + 1))
    run "$@"
    if [ "$code" -ne 0 ]; then
        fail "exit code $code, expected 0: $*"
        cat "$work/stderr"
    fi
}

# expect_error CODE TEXT... -- COMMAND...: the command ends with CODE after exactly one line on
# stderr that begins with "gemlet" and contains every TEXT.
expect_error() {
    expect_error_lines 1 "$@"
}

# The same with at least two lines: the message and a detail, e.g. a build log.
expect_error_with_detail() {
    expect_error_lines many "$@"
}

expect_error_lines() {
    n_checks=$((n_checks + 1))
    expected_lines=$1
    expected_code=$2
    shift 2
    : >"$work/texts"
    while [ "$1" != -- ]; do
        printf '%s\n' "$1" >>"$work/texts"
        shift
    done
    shift
    run "$@"
    [ "$code" -eq "$expected_code" ] || fail "exit code $code, expected $expected_code: $*"
    lines=$(wc -l <"$work/stderr")
    case $expected_lines in
    1) [ "$lines" -eq 1 ] || fail "$lines lines on stderr, expected 1: $*" ;;
    many) [ "$lines" -ge 2 ] || fail "$lines lines on stderr, expected 2 or more: $*" ;;
    esac
    # Before a build log a driver may say something of its own on stderr.
    case $expected_lines in
    1) head -n 1 "$work/stderr" >"$work/line" ;;
    many) grep '^gemlet' "$work/stderr" | head -n 1 >"$work/line" ;;
    esac
    grep -q '^gemlet' "$work/line" || fail "message does not begin with 'gemlet': $(cat "$work/line")"
    while IFS= read -r text; do
        grep -qF -e "$text" "$work/line" || fail "no '$text' in: $(cat "$work/line")"
    done <"$work/texts"
}

# aside CHECK...: a check that waits for something, in the background and in a place of its own: $work
# is another directory there. `collect` counts what all of them have found.
n_asides=0
aside() {
    n_asides=$((n_asides + 1))
    mkdir "$work/aside-$n_asides" || exit 1
    (
        work=$work/aside-$n_asides
        n_checks=0
        n_failures=0
        "$@"
        echo "$n_checks $n_failures" >"$work/counts"
    ) >"$work/aside-$n_asides/log" 2>&1 &
}

collect() {
    wait
    for found in "$work"/aside-*; do
        cat "$found/log"
        if read -r checks failures <"$found/counts"; then
            n_checks=$((n_checks + checks))
            n_failures=$((n_failures + failures))
        else
            fail "a check in the background did not end: $found"
        fi
    done
    rm -rf "$work"/aside-*
}

# expect_same_file WHAT FILE FILE
expect_same_file() {
    n_checks=$((n_checks + 1))
    cmp -s "$2" "$3" || fail "$1: $2 and $3 differ"
}

# json_number KEY FILE: the number of a top-level key of a file with one key a line.
json_number() {
    sed -n "s/^[[:space:]]*\"$1\":[[:space:]]*\\([-+.0-9eE]*\\),\\{0,1\\}\$/\\1/p" "$2" | head -n 1
}

# expect_close WHAT FOUND EXPECTED RELATIVE-TOLERANCE
expect_close() {
    n_checks=$((n_checks + 1))
    awk -v a="$2" -v b="$3" -v tolerance="$4" 'BEGIN {
        if (a == "" || b == "") exit 1
        d = a - b; if (d < 0) d = -d; if (b < 0) b = -b
        exit !(d <= tolerance * b) }' || fail "$1: found '$2', expected '$3' to $4 relative"
}
