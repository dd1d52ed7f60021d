#!/bin/sh
# SPDX-License-Identifier: MIT
# What must be equal: two runs with one seed, the OpenCL device and the CPU path, IDX and CSV data,
# the figures of a run and those of its saved model.
#
#   same_results.sh MNIST-DIRECTORY
. "$(dirname -- "$0")/lib.sh"

mnist=$1
need_opencl

# train_50 NAME OPTION...: 50 steps, every one reported.
train_50() {
    name=$1
    shift
    expect_success "$gemlet" train --overwrite --steps 50 --log-every 1 --quiet --out "$work/$name" "$@"
}

# losses NAME: the training losses of a run, one a line.
losses() {
    awk -F, 'NR == 1 { for (i = 1; i <= NF; ++i) if ($i == "train_loss") column = i; next }
             { print $column }' "$work/$1/metrics.csv"
}

# expect_close_losses NAME NAME TOLERANCE: 50 losses, each to a relative tolerance.
expect_close_losses() {
    n_checks=$((n_checks + 1))
    losses "$1" >"$work/losses_1"
    losses "$2" >"$work/losses_2"
    paste -d ' ' "$work/losses_1" "$work/losses_2" | awk -v tolerance="$3" '
        { d = ($1 - $2) / $2; if (d < 0) d = -d; if (!(d <= tolerance)) bad = NR " (" $0 ")"
          if (d > worst) worst = d }
        END { if (NR != 50) { print NR " losses"; exit 1 }
              if (bad) { print "step " bad; exit 1 } print "largest difference " worst + 0 }' \
        >"$work/log" || fail "losses of $1 and $2: $(cat "$work/log")"
    printf 'losses of %s and %s: %s\n' "$1" "$2" "$(cat "$work/log")"
}

# ---- the same seed, device and data: the same bytes
train_50 first --data "$mnist" --device 0
train_50 second --data "$mnist" --device 0
expect_same_file "two runs with one seed" "$work/first/model_mnist.npz" "$work/second/model_mnist.npz"
train_50 other --data "$mnist" --device 0 --seed 2
n_checks=$((n_checks + 1))
! cmp -s "$work/first/model_mnist.npz" "$work/other/model_mnist.npz" ||
    fail "another seed gives the same model"

# What only looks, or keeps, changes nothing.
train_50 looked_at --data "$mnist" --device 0 --log-every 7 --watch-layers 3 --explain \
    --program-cache off
expect_same_file "a run that is watched" "$work/first/model_mnist.npz" \
    "$work/looked_at/model_mnist.npz"

# recorded NAME KEY: what stats.json of a run says of its device.
recorded() {
    sed -n "s/.*\"$2\":[[:space:]]*\([0-9a-z]*\),*\$/\1/p" "$work/$1/stats.json"
}
# recorded_text NAME KEY: the same of a text.
recorded_text() {
    sed -n "s/.*\"$2\":[[:space:]]*\"\([^\"]*\)\".*/\1/p" "$work/$1/stats.json"
}

# Rows that come to the device in chunks are the same rows.
for way in auto off; do
    train_50 whole --data "$mnist" --device 0 --fused "$way" --batch 500
    train_50 chunks --data "$mnist" --device 0 --fused "$way" --batch 500 --device-memory-limit 2M
    expect_same_file "rows in chunks" "$work/whole/model_mnist.npz" "$work/chunks/model_mnist.npz"
    expect_equal "rows of a chunk" "$(recorded chunks chunk_rows)" 1000
    expect_equal "rows of a chunk" "$(recorded whole chunk_rows)" null
done

# So are those that stay in their file; whoever holds rows out takes others of the same file.
mkdir "$work/plain"
for name in train-images-idx3-ubyte train-labels-idx1-ubyte t10k-images-idx3-ubyte \
    t10k-labels-idx1-ubyte; do
    gzip -dc "$mnist/$name.gz" >"$work/plain/$name"
done
for option in "--seed 1" "--hold-out 5000"; do
    # shellcheck disable=SC2086 # an option and its value
    train_50 memory --data "$work/plain" --device 0 $option
    # shellcheck disable=SC2086
    train_50 file --data "$work/plain" --device 0 $option --max-memory 2M --device-memory-limit 2M
    expect_same_file "rows in a file" "$work/memory/model_mnist.npz" "$work/file/model_mnist.npz"
    expect_equal "checksum of the rows" "$(recorded_text file train_crc32)" \
        "$(recorded_text memory train_crc32)"
done

# And those of a text, from the copy that the first run makes.
mkdir "$work/text"
expect_success "$gemlet" convert --from "$mnist/t10k-images-idx3-ubyte.gz" \
    --labels "$mnist/t10k-labels-idx1-ubyte.gz" --to "$work/text/train.csv"
ln "$work/text/train.csv" "$work/text/test.csv"
train_50 memory --data "$work/text" --device 0
for run in made found; do
    train_50 "$run" --data "$work/text" --device 0 --max-memory 4M
    expect_same_file "rows in a copy" "$work/memory/model_mnist.npz" "$work/$run/model_mnist.npz"
done

# What the promise depends on is recorded.
units=$(sed -n 's/.*"compute_units":[[:space:]]*\([0-9]*\).*/\1/p' "$work/devices" | head -n 1)
expect_equal "compute units" "$(recorded first compute_units)" "$units"
expect_equal "threads of OpenBLAS where there is none" "$(recorded first blas_threads)" null
expect_equal "tuning of a run without" "$(recorded first tuned)" null

# ---- the CPU path: the same with as many threads
train_50 cpu --data "$mnist" --device cpu
train_50 cpu_again --data "$mnist" --device cpu
expect_same_file "two runs on the CPU path" "$work/cpu/model_mnist.npz" "$work/cpu_again/model_mnist.npz"
expect_equal "compute units where there are none" "$(recorded cpu compute_units)" null
for threads in 1 2; do
    for name in threads again; do
        OPENBLAS_NUM_THREADS=$threads
        export OPENBLAS_NUM_THREADS
        train_50 "$name-$threads" --data "$mnist" --device cpu
        unset OPENBLAS_NUM_THREADS
    done
    expect_equal "threads of OpenBLAS" "$(recorded threads-$threads blas_threads)" $threads
    expect_same_file "two runs with $threads threads" "$work/threads-$threads/model_mnist.npz" \
        "$work/again-$threads/model_mnist.npz"
done
# compare tells them apart and the repeats not.
expect_success "$gemlet" compare "$work/threads-1" "$work/again-1" "$work/threads-2" "$work/first"
for trait in "BLAS threads" "compute units" driver; do
    expect_equal "lines of compare on $trait" "$(grep -c "$trait" "$work/stdout")" 1
done
expect_close_losses first cpu 1e-5

# ---- the saved model
expect_success "$gemlet" eval --model "$work/first/model_mnist.npz" --data "$mnist" --device 0 --json
for key in accuracy loss; do
    expect_close "$key of the saved model" \
        "$(sed "s/.*\"$key\": \\([-+.0-9e]*\\).*/\\1/" "$work/stdout")" \
        "$(json_number test_$key "$work/first/stats.json")" 1e-12
done
initial=$(json_number initial_loss "$work/first/stats.json")
expect_close "untrained loss" "$initial" 2.302585 0.0217 # within 0.05 of ln 10

# ---- CSV: 2,000 training rows of MNIST and all test rows
expect_success "$gemlet" convert --data "$mnist" --to-csv "$work/whole"
mkdir "$work/csv"
head -n 2000 "$work/whole/mnist_train.csv" >"$work/csv/mnist_train.csv"
mv "$work/whole/mnist_test.csv" "$work/csv/"
expect_success "$gemlet" convert --data "$work/csv" --to-idx "$work/idx" --item-shape 28x28 --gz
train_50 from_csv --data "$work/csv" --device 0
train_50 from_idx --data "$work/idx" --device 0
expect_same_file "runs from CSV and IDX" "$work/from_csv/model_mnist.npz" "$work/from_idx/model_mnist.npz"
expect_close_losses from_csv from_idx 0
gzip -dc "$mnist/t10k-images-idx3-ubyte.gz" >"$work/original"
gzip -dc "$work/idx/t10k-images-idx3-ubyte.gz" >"$work/round_trip"
expect_same_file "test images through CSV and back" "$work/original" "$work/round_trip"
finish
