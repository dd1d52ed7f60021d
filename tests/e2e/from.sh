#!/bin/sh
# SPDX-License-Identifier: MIT
# A run that begins with a model: its weights, on the same classes or on others.
#
#   from.sh
. "$(dirname -- "$0")/lib.sh"

# write_data DIRECTORY CLASSES FEATURES
write_data() {
    mkdir -p "$1"
    for split in train test; do
        awk -v classes="$2" -v features="$3" -v seed="$split" 'BEGIN {
            for (i = 0; i < 48; ++i) {
                printf "%d", i % classes
                for (f = 0; f < features; ++f)
                    printf ",%d", (i % classes == f % classes) * 100 + i * (f + 3) % 17
                print ""
            } }' >"$1/mnist_$split.csv"
    done
    cut -d, -f2- "$1/mnist_test.csv" >"$1/rows.csv"
}

# predictions MODEL OUTPUT
predictions() {
    expect_success "$gemlet" predict --model "$1" --input "$work/data/rows.csv" --device cpu --output "$2"
}

write_data "$work/data" 4 5
write_data "$work/others" 3 5
write_data "$work/wide" 4 6
train="train --overwrite --batch 8 --device cpu --quiet"
# shellcheck disable=SC2086 # lists of words
{
    # ---- the same weights: a step too small to change them, from a file and from a run
    expect_success "$gemlet" $train --data "$work/data" --network 5-6-gelu-7-relu-4 --steps 300 \
        --input-scale 0.01 --out "$work/first"
    predictions "$work/first/model_mnist.npz" "$work/expected"
    for from in "$work/first" "$work/first/model_mnist.npz"; do
        expect_success "$gemlet" $train --data "$work/data" --from "$from" --steps 1 --lr 1e-30 \
            --out "$work/second"
        expect_equal "lines on stderr" "$(wc -l <"$work/stderr")" 0
        predictions "$work/second/model_mnist.npz" "$work/found"
        expect_same_file "predictions" "$work/expected" "$work/found"
    done
    grep -q "\"from\":.*$work/first/model_mnist.npz" "$work/second/stats.json" || fail "not in stats.json"

    # ---- with running statistics, which evaluation takes
    expect_success "$gemlet" $train --data "$work/data" --hidden 6 --steps 300 --out "$work/norm"
    expect_success "$gemlet" eval --model "$work/norm/model_mnist.npz" --data "$work/data" --device cpu --json
    before=$(sed 's/.*"loss": //; s/}//' "$work/stdout")
    expect_success "$gemlet" $train --data "$work/data" --from "$work/norm" --steps 1 --lr 1e-30 \
        --out "$work/second"
    expect_success "$gemlet" eval --model "$work/second/model_mnist.npz" --data "$work/data" --device cpu --json
    expect_close "test loss after a step with almost the same statistics" \
        "$(sed 's/.*"loss": //; s/}//' "$work/stdout")" "$before" 0.2

    # ---- the training goes on: it begins where the other ended
    expect_success "$gemlet" $train --data "$work/data" --from "$work/first" --steps 50 --out "$work/second"
    awk -v from="$(json_number final_train_loss "$work/first/stats.json")" \
        -v at="$(json_number initial_loss "$work/second/stats.json")" \
        'BEGIN { exit !(at < 1.5 * from && at < 0.5) }' || fail "begins anew"

    # ---- other classes: a new output layer, the rest as it was
    expect_success "$gemlet" train --overwrite --batch 8 --device cpu --data "$work/others" \
        --from "$work/first" --steps 1 --lr 1e-30 --out "$work/third"
    grep -q "the output layer begins with new weights: the data have 3 classes, .*first has 4" \
        "$work/stderr" || fail "not told: $(cat "$work/stderr")"
    grep -q "^network  5-6-gelu-7-relu-3," "$work/stdout" || fail "another network: $(cat "$work/stdout")"
    grep -q "^from     $work/first$" "$work/stdout" || fail "from what is not printed"
    for run in first third; do
        mkdir "$work/$run.arrays"
        (cd "$work/$run.arrays" && python3 -m zipfile -e "$work/$run/model_mnist.npz" .) || fail "unzip"
    done
    for array in layer1.weight layer1.bias layer2.weight layer2.bias input_scale; do
        expect_same_file "$array" "$work/first.arrays/$array.npy" "$work/third.arrays/$array.npy"
    done

    # ---- interrupted and resumed, when the model is gone
    cp -r "$work/first" "$work/gone"
    more="--data $work/data --from $work/gone --lr-schedule constant --momentum 0.5"
    expect_success "$gemlet" $train $more --steps 200 --out "$work/whole"
    expect_success "$gemlet" $train $more --steps 90 --out "$work/part"
    rm -r "$work/gone"
    expect_error 1 "$work/gone" -- "$gemlet" $train $more --steps 90 --out "$work/again"
    expect_success "$gemlet" train --resume "$work/part" --steps 200 --quiet
    expect_same_file "90 + 110 steps" "$work/whole/model_mnist.npz" "$work/part/model_mnist.npz"
    expect_error 2 "--from: found $work/first, expected $work/gone as the run began with" -- \
        "$gemlet" train --resume "$work/part" --from "$work/first"

    # ---- verified, too
    expect_success "$gemlet" verify --data "$work/data" --batch 8 --device cpu --steps 2 --from "$work/first"

    # ---- what does not fit
    expect_error 1 "--from $work/first: found 5 inputs, expected the 6 features of the data" -- \
        "$gemlet" $train --data "$work/wide" --from "$work/first" --out "$work/x"
    for option in "--hidden 3" "--network 5-4" "--activation relu" --no-batch-norm --batch-norm-output; do
        name=${option%% *}
        expect_error 2 "--from already says what $name would: use one" -- \
            "$gemlet" $train --data "$work/data" --from "$work/first" $option --out "$work/x"
    done
    expect_error 1 "$work/none" "cannot open" -- \
        "$gemlet" $train --data "$work/data" --from "$work/none" --out "$work/x"
    expect_error 1 "rows.csv" -- \
        "$gemlet" $train --data "$work/data" --from "$work/data/rows.csv" --out "$work/x"
    printf 'a,kind\n1,x\n2,y\n3,x\n4,y\n5,x\n6,y\n7,x\n8,y\n9,x\n10,y\n' >"$work/table.csv"
    expect_error 1 "found a table with --from" -- \
        "$gemlet" $train --data "$work/table.csv" --target kind --from "$work/first" --out "$work/x"
    expect_success "$gemlet" $train --data "$work/table.csv" --target kind --steps 5 --batch 4 --out "$work/t"
    expect_error 1 "--from $work/t: found a model of a table" -- \
        "$gemlet" $train --data "$work/data" --from "$work/t" --out "$work/x"
    [ ! -e "$work/x" ] || fail "left a directory behind"
}
finish
