#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs every fuzz target under libFuzzer, one after the other, starting from tests/corpus/.
#
#   sh scripts/fuzz.sh [seconds for each target, default 300] [target...]
#
# Needs clang. Prints a line per target: executions, findings. A finding ends its target and fails
# the script; the input that shows it is in build/fuzz/findings/. When its cause is repaired it
# belongs into tests/corpus/<target>/, where ctest runs it for ever after. New inputs that reach
# more code are kept in build/fuzz/corpus/ and used by the next run.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
build=${GEMLET_FUZZ_BUILD:-$root/build/fuzz}
seconds=${1:-300}
case $seconds in
*[!0-9]* | 0) echo "fuzz: found '$seconds', expected seconds; usage: fuzz.sh [SECONDS] [TARGET...]" >&2; exit 2 ;;
esac
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- idx csv table schema npz npz_data npy checkpoint spec stats metrics

mkdir -p "$build"
log=$build/fuzz-build.log
programs=
for target in "$@"; do
    programs="$programs fuzz_$target"
done
# shellcheck disable=SC2086 # a list of words
{ (cd "$root" && cmake --preset fuzz -B "$build") && cmake --build "$build" --parallel 2 --target $programs; } \
    >"$log" 2>&1 || { cat "$log" >&2; exit 1; }

# The largest file of the corpus has 9 KB, and what a reader may ask for is bounded by the size of
# its input times 1032, the most that deflate can expand; half a gigabyte is the sanitizer's.
n_bad=0
printf '%-10s %12s %10s %10s %9s\n' target executions seconds new findings
for target in "$@"; do
    kept=$build/corpus/$target
    findings=$build/findings/$target
    rm -rf "$findings"
    mkdir -p "$kept" "$findings"
    log=$build/fuzz-$target.log
    nice -n 10 "$build/tests/fuzz/fuzz_$target" -max_total_time="$seconds" -max_len=10000 \
        -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 -artifact_prefix="$findings/" \
        "$kept" "$root/tests/corpus/$target" >"$log" 2>&1 || true
    executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    new=$(sed -n 's/^stat::new_units_added: *//p' "$log")
    n_findings=$(find "$findings" -type f | wc -l)
    printf '%-10s %12s %10s %10s %9s\n' "$target" "${executions:-none}" "$seconds" "${new:-0}" "$n_findings"
    if [ "$n_findings" -gt 0 ] || [ -z "$executions" ]; then
        n_bad=$((n_bad + 1))
        grep -m 5 -E 'ERROR|SUMMARY|not so|runtime error' "$log" | sed 's/^/       /' || tail -n 5 "$log"
        find "$findings" -type f | sed 's/^/       /'
    fi
done
[ "$n_bad" -eq 0 ]
