#!/bin/sh
# SPDX-License-Identifier: MIT
# gemlet bench: the shape of its table and its file, what it leaves behind, its errors. No time is
# judged.
#
#   bench.sh
. "$(dirname -- "$0")/lib.sh"

TMPDIR=$work/tmp
export TMPDIR
mkdir "$TMPDIR"
made_up="--features 20 --classes 3 --rows 600 --hidden 8 --batch 16 --rounds 2 --steps 30"

# json_modes FILE: the modes of the file, one a line.
json_modes() {
    sed -n 's/^[[:space:]]*"mode":[[:space:]]*"\(.*\)",\{0,1\}$/\1/p' "$1"
}

# expect_row NAME: the table has a line NAME with eight figures behind it, all of them above 0.
expect_row() {
    n_checks=$((n_checks + 1))
    grep "^$1  *[0-9]" "$work/stdout" | awk -v skip="$(printf '%s' "$1" | wc -w)" '
        { us = $(skip + 1); rows = $(skip + 3); loss = $NF; n = NF }
        END { exit !(us > 0 && rows > 0 && loss > 0 && n >= skip + 9) }' ||
        fail "no sound row '$1' in: $(cat "$work/stdout")"
}

# shellcheck disable=SC2086 # $made_up is a list of words
{
    # ---- the CPU path alone
    expect_success "$gemlet" bench $made_up --device cpu --json "$work/cpu.json"
    expect_row "CPU path"
    for text in "made-up data: 600 rows, 20 features, 3 classes" "network  20-8bn-relu-3, 203 parameters" \
        "only the CPU path is measured" "2 of 30 steps" "nothing to compare CPU path with"; do
        grep -qF "$text" "$work/stdout" || fail "no '$text' in: $(cat "$work/stdout")"
    done
    expect_equal "modes in the file" "$(json_modes "$work/cpu.json" | tr '\n' ' ')" "fused ops cpu "
    expect_equal "modes left out" "$(grep -c '"left_out":.*no OpenCL device' "$work/cpu.json")" 2
    # 2 products of 20x8, 3 of 8x3; parameters twice, bytes of the batch once
    expect_equal "FLOPs" "$(json_number flops_per_step "$work/cpu.json")" \
        $((2 * 2 * 16 * 20 * 8 + 3 * 2 * 16 * 8 * 3))
    expect_equal "bytes" "$(json_number least_bytes_per_step "$work/cpu.json")" \
        $((2 * 4 * 203 + 16 * 20))
    expect_equal "steps" "$(json_number total_steps "$work/cpu.json")" $((1 + 8 + 2 * 33))
    expect_equal "what is left in the temporary directory" "$(ls -A "$TMPDIR")" ""

    # ---- errors
    expect_error 2 "--modes" "'cpu,gpu'" "fused, ops and cpu" -- "$gemlet" bench --modes cpu,gpu
    expect_error 2 "--modes" -- "$gemlet" bench --modes cpu,
    expect_error 2 "--features" "--data" -- "$gemlet" bench --features 3 --data x
    expect_error 2 "--density" "--features" -- "$gemlet" bench --density 0.5
    expect_error 2 "--density: found '1.5'" -- "$gemlet" bench --features 3 --density 1.5
    expect_error 2 "--hold-out" -- "$gemlet" bench --hold-out 10
    expect_error 2 "--fused" -- "$gemlet" bench --fused on
    expect_error 2 "--rounds: found '0'" -- "$gemlet" bench --rounds 0
    expect_error 1 "$work/nowhere" -- "$gemlet" bench --data "$work/nowhere"
    expect_error 1 "--batch: found 601" "600 rows" -- "$gemlet" bench $made_up --batch 601 --device cpu
    expect_error 1 "3 rows" "each of 10 classes" -- "$gemlet" bench --features 3 --rows 3 --batch 3
    expect_error 1 "no such device" -- "$gemlet" bench $made_up --device "no such device"
    expect_error 1 "reference" -- "$gemlet" bench $made_up --device reference
    expect_error 1 "no OpenCL device" -- "$gemlet" bench $made_up --device cpu --modes fused
    expect_error 1 "$work/nowhere/x" -- "$gemlet" bench $made_up --device cpu --json "$work/nowhere/x"
    expect_error 1 "TMPDIR" -- env TMPDIR="$work/nowhere" "$gemlet" bench $made_up --device cpu

    need_opencl

    # ---- all three: the same work gives the same loss
    expect_success "$gemlet" bench $made_up --device opencl-cpu --json "$work/all.json"
    expect_equal "lines on stderr" "$(wc -l <"$work/stderr")" 0
    for row in "opencl fused" "opencl op by op" "CPU path"; do
        expect_row "$row"
    done
    tail -n 1 "$work/stdout" | grep -q ' is [0-9.]*x as fast as .*, [0-9.]*x as fast as ' ||
        fail "no verdict: $(tail -n 1 "$work/stdout")"
    expect_equal "modes in the file" "$(json_modes "$work/all.json" | tr '\n' ' ')" "fused ops cpu "
    cpu_loss=$(json_number loss "$work/cpu.json")
    # One rounding of float for each of 75 steps, with room for their growth.
    for loss in $(sed -n 's/^[[:space:]]*"loss":[[:space:]]*\([0-9.eE+-]*\),\{0,1\}$/\1/p' "$work/all.json"); do
        expect_close "loss of a mode" "$loss" "$cpu_loss" 1e-4
    done
    for key in flops_per_second launch_seconds split_launch_seconds compute_units; do
        [ -n "$(json_number "$key" "$work/all.json")" ] || fail "no $key in the file"
    done
    expect_equal "sizes of copies" "$(grep -c working_set_bytes "$work/all.json")" 5
    expect_equal "what is left in the temporary directory" "$(ls -A "$TMPDIR")" ""

    # ---- some of them, without starts
    expect_success "$gemlet" bench $made_up --device opencl-cpu --modes ops,cpu --no-starts \
        --json "$work/some.json"
    expect_equal "starts that were not measured" \
        "$(grep -c '_start_seconds":[[:space:]]*null' "$work/some.json")" 4
    expect_row "opencl op by op"
    expect_row "CPU path"
    expect_equal "rows of the fused step" "$(grep -c '^opencl fused  ' "$work/stdout")" 0

    # ---- a network that cannot be fused: left out with the reason, unless it was asked for
    many="--features 20 --classes 100 --rows 600 --hidden 8 --batch 16 --rounds 2 --steps 30"
    expect_success "$gemlet" bench $many --device opencl-cpu --json "$work/many.json"
    grep -q '^opencl fused .*left out: .*100 classes' "$work/stdout" ||
        fail "the fused step is not left out: $(cat "$work/stdout")"
    grep -q '"left_out":' "$work/many.json" || fail "not left out in the file"
    expect_error 1 "100 classes" -- \
        "$gemlet" bench $many --device opencl-cpu --modes fused

    # ---- fused steps of GPUs
    expect_success "$gemlet" bench $made_up --device opencl-cpu --kernels gpu --modes fused,ops --no-starts
    expect_row "opencl fused"
    expect_row "opencl op by op"
}
finish
