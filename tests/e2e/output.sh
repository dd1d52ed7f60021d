#!/bin/sh
# SPDX-License-Identifier: MIT
# Places that cannot be written, and results of earlier runs that must survive a failure.
. "$(dirname -- "$0")/lib.sh"

make_small_data "$work/data"
train="train --overwrite --data $work/data --hidden 3 --batch 8 --device cpu"
echo text >"$work/file"
mkdir "$work/directory"

# shellcheck disable=SC2086 # $train is a list of words
{
    # ---- places. Root may write anywhere, but not below a file or in /proc.
    expect_error 1 "$work/file" -- "$gemlet" $train --steps 3 --out "$work/file/run"
    expect_error 1 "$work/file" -- "$gemlet" $train --steps 3 --out "$work/file"
    expect_error 1 "/proc/run" -- "$gemlet" $train --steps 3 --out /proc/run
    expect_equal "a file in the way" "$(cat "$work/file")" text

    # ---- a good run, and what fails afterwards in the same place
    expect_success "$gemlet" $train --steps 20 --out "$work/run"
    cp -r "$work/run" "$work/kept"
    unchanged() {
        for file in model_mnist.npz stats.json training_loss_graph.png training_loss_graph.svg; do
            [ -e "$work/kept/$file" ] || continue
            expect_same_file "after $1" "$work/kept/$file" "$work/run/$file"
        done
        expect_equal "files after $1" "$(ls "$work/run")" "$(ls "$work/kept")"
    }
    expect_error 1 "$work/none" -- "$gemlet" train --data "$work/none" --overwrite \
        --out "$work/run"
    unchanged "missing data"
    expect_error 1 "no-such" -- "$gemlet" $train --steps 3 --out "$work/run" --device no-such
    unchanged "a missing device"

    # ---- layers.csv: of this run, or of none
    expect_success "$gemlet" $train --steps 20 --watch-layers 7 --out "$work/one"
    expect_equal "layers.csv" "$(cut -d, -f1,2 "$work/one/layers.csv" | tr '\n' ' ')" \
        "step,layer 1,1 1,2 7,1 7,2 14,1 14,2 "
    [ -s "$work/one/layers.gp" ] || fail "no layers.gp"
    expect_success "$gemlet" $train --steps 20 --out "$work/one"
    expect_equal "layers of a run without" "$(ls "$work/one" | grep layers)" ""
    expect_error 2 "--watch-layers: found '0'" -- "$gemlet" $train --watch-layers 0

    # ---- initial weights: two ways to say the same
    same_weights() {
        expect_success "$gemlet" $train --steps 1 --out "$work/one" $1
        expect_success "$gemlet" $train --steps 1 --out "$work/two" $2
        expect_same_file "$1 and $2" "$work/one/model_mnist.npz" "$work/two/model_mnist.npz"
    }
    same_weights "--init he" "--init kaiming"
    same_weights "--init glorot" "--init xavier --init-scale 1"
    same_weights "--init scaled-normal" "--init normal --init-scale 0.05"
    same_weights "--init auto --activation tanh" "--init xavier --activation tanh"
}

# ---- predict and convert
predict="predict --device cpu --model $work/run/model_mnist.npz"
# shellcheck disable=SC2086
{
    expect_success "$gemlet" $predict --input "$work/data/mnist_test.csv" --output "$work/answers"
    cp "$work/answers" "$work/kept_answers"
    echo 1,2,3 >"$work/short.csv"
    expect_error 1 "short.csv" -- "$gemlet" $predict --input "$work/short.csv" --output "$work/answers"
    expect_same_file "answers after a failure" "$work/kept_answers" "$work/answers"
    expect_error 1 "$work/file/x" -- \
        "$gemlet" $predict --input "$work/data/mnist_test.csv" --output "$work/file/x"
    expect_error 1 "$work/directory" -- \
        "$gemlet" $predict --input "$work/data/mnist_test.csv" --output "$work/directory"
    if [ -w /dev/full ]; then
        expect_error 1 "standard output" -- sh -c \
            '"$1" predict --device cpu --model "$2" --input "$3" >/dev/full' sh \
            "$gemlet" "$work/run/model_mnist.npz" "$work/data/mnist_test.csv"
    fi
}
cp "$work/data/mnist_test.csv" "$work/kept.csv"
echo 1,2 >>"$work/data/mnist_train.csv"
expect_error 1 "mnist_train.csv" "line 61" -- "$gemlet" convert \
    --from "$work/data/mnist_train.csv" --to "$work/data/mnist_test.csv"
expect_same_file "target after a failed conversion" "$work/kept.csv" "$work/data/mnist_test.csv"
expect_error 1 "$work/file" -- \
    "$gemlet" convert --from "$work/kept.csv" --to "$work/file/items" --to-labels "$work/labels"
[ ! -e "$work/labels" ] || fail "labels were written without their items"

if find "$work" -name '*.tmp*' | grep -q .; then
    fail "temporary files are left: $(find "$work" -name '*.tmp*')"
fi
finish
