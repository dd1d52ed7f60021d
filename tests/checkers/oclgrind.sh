#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs an OpenCL program in oclgrind's simulator, which sees data races, reads of uninitialised
# memory, accesses out of bounds and wrong OpenCL calls. Passes if the program does and oclgrind
# has nothing to say.
#
#   oclgrind.sh PRELOAD COMMAND...        PRELOAD: the library of whole_writes.c
#
# Exit code 77 without oclgrind, which not every release of Debian has.
set -u
if ! command -v oclgrind >/dev/null 2>&1; then
    echo "skipped: no oclgrind"
    exit 77
fi
log=$(mktemp "${TMPDIR:-/tmp}/gemlet-oclgrind.XXXXXX") || exit 1
trap 'rm -f "$log"' EXIT
trap 'exit 1' HUP INT TERM
preload=$1
shift
# oclgrind sets LD_PRELOAD itself; ours comes before it, and only for the program.
oclgrind --data-races --uninitialized --check-api --max-errors 10 --log "$log" \
    sh -c 'LD_PRELOAD="$0:$LD_PRELOAD" exec "$@"' "$preload" "$@"
code=$?
if [ -s "$log" ]; then
    cat "$log"
    echo "FAILED: oclgrind found the above"
    exit 1
fi
[ "$code" -eq 0 ] || echo "FAILED: exit code $code"
exit "$code"
