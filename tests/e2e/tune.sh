#!/bin/sh
# SPDX-License-Identifier: MIT
# gemlet tune and its use by gemlet train. No time decides a check: what wins is the machine's affair.
#
#   tune.sh KERNEL-DIRECTORY [BAD-CLBLAST-LIBRARY MNIST-DIRECTORY]
. "$(dirname -- "$0")/lib.sh"

kernels=$1
need_opencl
make_small_data "$work/data"
job="--data $work/data --hidden 3 --batch 8 --device opencl-cpu"
cache=$XDG_CACHE_HOME/gemlet

tuning_file() {
    find "$cache" -name 'tuning-*.txt'
}

# shellcheck disable=SC2086 # $job is a list of words
{
    # ---- a table, something kept, no process left
    expect_success "$gemlet" tune $job --budget 2
    grep -q '  1.000  right    as without tuning' "$work/stdout" || fail "no first variant"
    grep -q '^best  ' "$work/stdout" || fail "no best variant"
    grep -q "^kept     for gemlet train, in $cache" "$work/stdout" || fail "nothing was kept"
    expect_equal "tunings kept" "$(tuning_file | wc -l)" 1
    file=$(tuning_file)

    # ---- train says what it takes, or nothing where that is what it does anyway
    expect_success "$gemlet" train $job --steps 3 --no-tuned --out "$work/plain"
    n=$(grep -c '^tuned ' "$work/stdout")
    expect_equal "lines on tuning with --no-tuned" "$n" 0

    # ---- of another batch, by its content
    sed 's/^batch 8/batch 9/' "$file" >"$work/changed"
    cp "$work/changed" "$file"
    expect_success "$gemlet" train $job --steps 3 --out "$work/damaged"
    expect_equal "lines on stderr" "$(wc -l <"$work/stderr")" 1
    grep -q "^gemlet train: $file: .*ignored" "$work/stderr" || fail "not told: $(cat "$work/stderr")"
    expect_same_file "a run with a damaged tuning" "$work/damaged/model_mnist.npz" \
        "$work/plain/model_mnist.npz"
    expect_success "$gemlet" train $job --steps 3 --no-tuned --overwrite --out "$work/damaged"
    expect_equal "lines on stderr with --no-tuned" "$(wc -l <"$work/stderr")" 0

    # ---- a place where nothing can be kept
    : >"$work/file"
    expect_success env XDG_CACHE_HOME="$work/file" "$gemlet" tune $job --budget 1
    grep -q '^kept     nowhere' "$work/stdout" || fail "not told that nothing was kept"

    # ---- nothing to choose, and nonsense
    expect_error 1 "nothing can be tuned" -- "$gemlet" tune --data "$work/data" --hidden 3 --batch 8 --device cpu
    expect_error 2 "--budget" -- "$gemlet" tune $job --budget 0
    expect_error 2 "--gemm" -- "$gemlet" tune $job --gemm own
    expect_error 1 "$work/nowhere" -- "$gemlet" tune --data "$work/nowhere"

    # ---- a fused step that is wrong does not win: the operations do
    rm -r "$cache"
    cp -r "$kernels" "$work/kernels"
    sed -f "$(dirname -- "$0")/defects/fused_lost_column.sed" "$kernels/fused_stage.cl" \
        >"$work/kernels/fused_stage.cl"
    expect_success env GEMLET_KERNEL_DIR="$work/kernels" "$gemlet" tune $job --budget 3
    grep -q ' no       as without tuning: wrong: ' "$work/stdout" || fail "the defect was not found"
    grep -q '^best     operation by operation' "$work/stdout" || fail "the wrong step won"
    expect_success env GEMLET_KERNEL_DIR="$work/kernels" "$gemlet" train $job --steps 3 \
        --out "$work/tuned"
    grep -q '^tuned    operation by operation' "$work/stdout" || fail "train does not take the tuning"
    grep -q '^step     operation by operation' "$work/stdout" || fail "train fuses all the same"
    for record in '"tuned":[[:space:]]*"operation by operation' '"reason":[[:space:]]*"as tuned"'; do
        grep -q "$record" "$work/tuned/stats.json" || fail "the tuning is not recorded: $record"
    done
    expect_success env GEMLET_KERNEL_DIR="$work/kernels" "$gemlet" verify $job --steps 3
    grep -q '^tuned    operation by operation' "$work/stdout" || fail "verify does not take the tuning"
    # Other kernels are another device.
    expect_success "$gemlet" train $job --steps 3 --out "$work/others"
    expect_equal "lines on tuning with other kernels" "$(grep -c '^tuned ' "$work/stdout")" 0
    grep -q '"tuned":[[:space:]]*null' "$work/others/stats.json" || fail "a tuning that was not used"
    expect_success "$gemlet" compare "$work/tuned" "$work/others"
    grep -q tuning "$work/stdout" || fail "compare does not tell tuned from untuned runs"

    # ---- nor does a wrong CLBlast, whatever its parameters
    if [ "$#" -eq 3 ]; then
        expect_success env LD_PRELOAD="$2" "$gemlet" tune --data "$3" --hidden 48 \
            --no-batch-norm --device opencl-cpu --budget 300
        grep -q ' no       operation by operation, CLBlast: wrong: dense_bwd_w of batch 64' \
            "$work/stdout" || fail "a wrong CLBlast was not found: $(cat "$work/stdout")"
        expect_equal "right variants with a wrong CLBlast" \
            "$(grep -c ' right .*CLBlast' "$work/stdout")" 0
        grep -q '^best .*CLBlast' "$work/stdout" && fail "a wrong CLBlast won"
    fi
}
finish
