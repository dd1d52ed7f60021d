#!/bin/sh
# SPDX-License-Identifier: MIT
# gemlet profile: its table, its files, its errors. No time is judged.
#
#   profile.sh [PYTHON]
. "$(dirname -- "$0")/lib.sh"

python=${1:-}
make_small_data "$work/data"
common="--recipe plain --data $work/data --hidden 8 --batch 10 --steps 6"

# rows FILE: the rows of a CSV file without their times: operation, shape, kernel, launches.
rows() {
    sed 1d "$1" | cut -d , -f 1,2,3,5 | sort
}

# columns FILE: the different numbers of columns in its lines.
columns() {
    awk -F , '{ print NF }' "$1" | sort -u
}

# shellcheck disable=SC2086 # $common is a list of words
{
    # ---- the CPU path: operations without launches
    expect_success "$gemlet" profile $common --device cpu --csv "$work/cpu.csv" --trace "$work/cpu.json"
    expect_equal "columns" "$(columns "$work/cpu.csv")" 14
    expect_equal "rows of the CPU path" "$(rows "$work/cpu.csv")" "bn_act_bwd,10x8,,6
bn_act_fwd_train,10x8,,6
dense_bwd_w,10x4 10x8,,6
dense_bwd_w,10x8 10x3,,6
dense_bwd_x,10x3 8x3,,6
dense_fwd,10x4 4x8,,6
dense_fwd,10x8 8x3,,6
gather_batch,10x4,,6
sgd_step,240,,6
softmax_xent,10x3,,6"
    grep -q '^a step: .* in 10.0 operations' "$work/stdout" || fail "no sum: $(cat "$work/stdout")"

    # ---- errors
    expect_error 2 "--steps: found 10001" -- "$gemlet" profile --steps 10001
    expect_error 2 "--epochs" -- "$gemlet" profile --epochs 2
    expect_error 1 "$work/nowhere/x" -- "$gemlet" profile $common --device cpu --csv "$work/nowhere/x"
    expect_error 1 "$work/nowhere/x" -- "$gemlet" profile $common --device cpu --trace "$work/nowhere/x"
    expect_error 1 "cannot be fused" -- "$gemlet" profile $common --device cpu --fused on

    need_opencl

    # ---- launches of the operations: the same operations, each with its kernel
    expect_success "$gemlet" profile $common --device opencl-cpu --fused off --csv "$work/ops.csv" \
        --trace "$work/ops.json"
    grep -q '^limits .* GFLOP/s' "$work/stdout" || fail "no limits: $(cat "$work/stdout")"
    expect_equal "columns" "$(columns "$work/ops.csv")" 14
    expect_equal "operations" "$(rows "$work/ops.csv" | cut -d , -f 1,2 | sort -u)" \
        "$(rows "$work/cpu.csv" | cut -d , -f 1,2 | sort -u)"
    expect_equal "launches without a kernel" "$(rows "$work/ops.csv" | grep -c ',,')" 0
    expect_equal "rows without a bound" "$(grep -c ',,' "$work/ops.csv")" 0
    rows "$work/ops.csv" | grep -q '^sgd_step,.*,sgd_step,6$' || fail "no sgd_step: $(cat "$work/ops.csv")"
    awk -F , 'NR > 1 { share += $8 } END { exit !(share > 0.999 && share < 1.001) }' "$work/ops.csv" ||
        fail "the shares do not sum to 1"

    # ---- fused launches
    expect_success "$gemlet" profile $common --device opencl-cpu --fused on --csv "$work/fused.csv" \
        --trace "$work/fused.json"
    grep -q '^step     fused; 6 steps$' "$work/stdout" || fail "not fused: $(cat "$work/stdout")"
    rows "$work/fused.csv" | grep -q '^fused,F2 loss B2 gather,fused_launch_0,' ||
        fail "no middle launch: $(cat "$work/fused.csv")"
    # The first step of the six has no step before it.
    rows "$work/fused.csv" | grep -q '^fused,.*F1,fused_launch_1,6$' ||
        fail "no last launch: $(cat "$work/fused.csv")"

    # ---- a library's calls
    expect_success "$gemlet" profile $common --device opencl-cpu --fused off --gemm clblast \
        --csv "$work/clblast.csv"
    rows "$work/clblast.csv" | grep -q '^dense_fwd,10x4 4x8,CLBlastSgemm,6$' ||
        fail "no call of CLBlast: $(cat "$work/clblast.csv")"

    # ---- the traces: as many events as launches, in order, none before the one before it ended
    for mode in cpu ops fused; do
        n_checks=$((n_checks + 1))
        launches=$(sed 1d "$work/$mode.csv" | awk -F , '{ n += $5 } END { print n }')
        [ -n "$python" ] || continue
        "$python" - "$work/$mode.json" "$launches" <<'PYTHON' || fail "trace of $mode"
import json, sys
trace = json.load(open(sys.argv[1]))
events = [e for e in trace["traceEvents"] if e["ph"] == "X"]
assert len(events) == int(sys.argv[2]), (len(events), sys.argv[2])
assert [e["ph"] for e in trace["traceEvents"]].count("M") == 1
end = 0.0
for e in events:
    assert e["ts"] >= end - 1e-3 and e["dur"] >= 0 and e["name"] and e["args"]["operation"], e
    end = e["ts"] + e["dur"]
PYTHON
    done
}
finish
