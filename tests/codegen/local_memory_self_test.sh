#!/bin/sh
# SPDX-License-Identifier: MIT
# local_pointers.sh must report every way to ask whether a local pointer is 0, and it and barriers.sh
# must both fail where the reductions ask.
#
#   local_memory_self_test.sh ROOT PRINT_PROGRAM
set -u
root=$1
real_print_program=$2
here=$root/tests/codegen
failures=0

fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

directory=$(mktemp -d "${TMPDIR:-/tmp}/gemlet-self-test.XXXXXX") || exit 1
trap 'rm -rf "$directory"' EXIT
trap 'exit 1' HUP INT TERM

# ---- each way to ask
output=$(sh "$here/local_pointers.sh" "$root" "$real_print_program" "$here/local_pointers.cl")
code=$?
[ "$code" -ne 77 ] || exit 77
[ "$code" -ne 0 ] || fail "exit code 0 with local_pointers.cl"
for form in $(sed -n 's/^KERNEL(\([a-z]*\),.*/\1/p' "$here/local_pointers.cl"); do
    printf '%s\n' "$output" | grep -q "^FAIL: asks_$form, line [0-9]" || fail "$form was not reported"
done
n=$(printf '%s\n' "$output" | grep '^FAIL: ' | grep -vc '^FAIL: asks_')
[ "$n" -eq 0 ] || fail "reports of other functions: $output"

# seed_fault STATEMENT: from now on reductions in groups of several items begin with it, in what
# $directory/print_program prints.
seed_fault() {
    cat >"$directory/print_program" <<END
#!/bin/sh
"$real_print_program" "\$@" | awk '
    { print }
    /^#define DEFINE_REDUCE_FLAT/ { inside = ++n == 1 } # the second is that of groups of one item
    inside && /^ *{ *\\\\$/ { print "$1 \\\\"; inside = 0 }'
END
    chmod +x "$directory/print_program"
    n=$("$directory/print_program" source gpu | grep -cF "$1 \\")
    [ "$n" -eq 1 ] || fail "'$1' is in $n places, expected 1"
}

# ---- the reductions ask
seed_fault 'if (scratch == 0) return v;'

output=$(sh "$here/local_pointers.sh" "$root" "$directory/print_program")
[ "$?" -ne 0 ] || fail "exit code 0 of local_pointers.sh with the fault"
for function in reduce_flat_sum reduce_flat_max; do
    printf '%s\n' "$output" | grep -q "^FAIL: $function, " || fail "$function was not reported"
done

# expect_lost_barriers: barriers.sh reports them
expect_lost_barriers() {
    output=$(sh "$here/barriers.sh" "$root" "$directory/print_program" "$here/barriers.txt")
    code=$?
    if [ "$code" -eq 77 ]; then
        printf '%s\n' "$output"
        return
    fi
    [ "$code" -ne 0 ] || fail "exit code 0 of barriers.sh with the fault"
    for gpu in sm_75 sm_86; do
        printf '%s\n' "$output" | grep -q "^FAIL: $gpu: softmax_fwd has 0 barriers, expected 16" ||
            fail "$gpu: the lost barriers of softmax_fwd were not reported: $output"
    done
}
# Only clang 15 takes the question for one whose answer it knows; clang 19 leaves it to the GPU.
if command -v clang-15 >/dev/null 2>&1; then
    expect_lost_barriers
fi
seed_fault 'return v;'
expect_lost_barriers
[ "$failures" -eq 0 ]
