#!/bin/sh
# SPDX-License-Identifier: MIT
# Reads every table of tests/tables and compares what gemlet inspect says of it, output, message and
# exit code, with what was written down; wide tables and pipes are made here.
#
#   tables.sh TABLES
. "$(dirname -- "$0")/lib.sh"

tables=$1
here=$(pwd)

# inspect NAME OPTION...: as a user sees it, in the directory of the tables.
inspect() {
    inspected=$1
    shift
    cd "$tables" || exit 1
    "$gemlet" inspect "$inspected" "$@" >"$work/found" 2>&1
    echo "exit code $?" >>"$work/found"
    cd "$here" || exit 1
}

n_tables=0
tab=$(printf '\t')
while IFS="$tab" read -r name options what; do
    case $name in '#'*) continue ;; esac
    # shellcheck disable=SC2086 # options are words
    inspect "$name.csv" $options
    if [ "${GEMLET_WRITE_EXPECTED:-0}" = 1 ]; then
        cp "$work/found" "$tables/$name.txt"
    fi
    cmp -s "$work/found" "$tables/$name.txt" ||
        fail "$name ($what): $(diff "$tables/$name.txt" "$work/found")"
    n_tables=$((n_tables + 1))
    n_checks=$((n_checks + 1))
done <"$tables/LIST"
# The same through every way in; the first line names the file.
"$gemlet" inspect "$tables/plain.csv" --target kind | sed 1d >"$work/plain" || fail "plain.csv"
gzip -c "$tables/plain.csv" >"$work/packed.csv"
mkfifo "$work/fifo"
for way in packed.csv /dev/stdin fifo; do
    case $way in
    packed.csv) "$gemlet" inspect "$work/packed.csv" --target kind ;;
    /dev/stdin) cat "$tables/plain.csv" | "$gemlet" inspect /dev/stdin --target kind ;;
    fifo)
        cat "$tables/plain.csv" >"$work/fifo" &
        "$gemlet" inspect "$work/fifo" --target kind
        wait
        ;;
    esac >"$work/found" 2>&1
    sed 1d "$work/found" | cmp -s - "$work/plain" || fail "$way: $(cat "$work/found")"
    n_checks=$((n_checks + 1))
done

# Ten thousand columns, and more distinct texts than there can be categories.
awk 'BEGIN {
    for (row = 0; row < 12; ++row) {
        for (i = 0; i < 10000; ++i)
            printf "%s,", row == 0 ? "c" i : (row * i) % 7
        print row == 0 ? "kind" : row % 2 ? "a" : "b"
    }
}' >"$work/wide.csv"
"$gemlet" inspect "$work/wide.csv" --target kind >"$work/found" 2>&1 || fail "10,000 columns"
grep -q '^.*: 11 rows, 10001 columns, separated by comma, with a header$' "$work/found" ||
    fail "10,000 columns: $(head -n 3 "$work/found")"
awk 'BEGIN { print "x,text"; for (i = 0; i < 140000; ++i) print i % 3 ",t" int(i / 2) }' \
    >"$work/many.csv"
"$gemlet" inspect "$work/many.csv" --target x >"$work/found" 2>&1 && fail "no input was left"
grep -q "more than 65,535 distinct texts" "$work/found" || fail "many texts: $(cat "$work/found")"
"$gemlet" inspect "$work/many.csv" --target text >"$work/found" 2>&1 && fail "70,000 classes"
grep -q "target 'text': found more than 65535 distinct texts" "$work/found" ||
    fail "70,000 classes: $(cat "$work/found")"
"$gemlet" inspect "$work/many.csv" --target x --max-memory 100K >"$work/found" 2>&1 &&
    fail "more memory than was given"
grep -q "expected at most 102400, the limit that was set" "$work/found" ||
    fail "memory: $(cat "$work/found")"
n_checks=$((n_checks + 4))

# JSON is JSON, and says the same.
"$gemlet" inspect "$tables/plain.csv" --target kind --json >"$work/found" 2>&1 || fail "--json"
grep -q '"inputs":[[:space:]]*20,' "$work/found" || fail "--json: $(cat "$work/found")"
n_checks=$((n_checks + 1))

[ "$n_tables" -ge 60 ] || fail "found $n_tables tables, expected at least 60"
finish
