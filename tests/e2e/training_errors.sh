#!/bin/sh
# SPDX-License-Identifier: MIT
# What cannot be trained, or not with these options, and what is said of it.
. "$(dirname -- "$0")/lib.sh"

make_small_data "$work/data"
train="train --overwrite --hidden 3 --device cpu --steps 40 --out $work/run"

# changed NAME SPLIT PROGRAM: the small data with one file passed through awk, in $work/NAME.
changed() {
    mkdir -p "$work/$1"
    cp "$work"/data/* "$work/$1"
    awk -F, "BEGIN { OFS = \",\" } $3" "$work/data/mnist_$2.csv" >"$work/$1/mnist_$2.csv"
}

# ---- numbers that a float does not hold: not taken for 0 or for infinite
for command in train verify tune bench profile init-study; do
    for value in 1e-60 1e60; do
        expect_error 2 "--lr: found '$value'" "1.2e-38 to 3.4e+38" -- "$gemlet" $command --lr $value
        [ $command = train ] || [ $command = verify ] || continue # the others take the same table
        for option in input-scale weight-decay init-scale output-gain lr-step-factor; do
            expect_error 2 "--$option: found '$value'" "1.2e-38 to 3.4e+38" -- \
                "$gemlet" $command --$option $value
        done
    done
done

for value in 1 -0.1 1e-60 nan; do
    expect_error 2 "--momentum: found '$value'" -- "$gemlet" train --momentum $value
done
for value in -0.1 1 2 nan many; do
    expect_error 2 "--label-smoothing: found '$value'" -- "$gemlet" train --label-smoothing $value
done
for value in 1 -0.1 nan; do
    expect_error 2 "--dropout: found '$value'" -- "$gemlet" train --dropout $value
    expect_error 2 "--input-dropout: found '$value'" -- "$gemlet" train --input-dropout $value
done
expect_error 1 "dropout is 1e-06, expected 0, or 2^-16 to 1 - 2^-16" -- \
    "$gemlet" train --data "$work/data" --batch 8 --device cpu --dropout 1e-6 --out "$work/x"
expect_error 2 "--augment: found 'rotation=5', expected none, or one or more of rotate=DEGREES" -- \
    "$gemlet" train --augment rotation=5
expect_error 1 "augmentation: found items of 1 dimension, expected 2" -- \
    "$gemlet" train --data "$work/data" --batch 8 --device cpu --augment rotate=5 --out "$work/x"
for value in 1 -0.1 nan; do
    expect_error 2 "--beta1: found '$value'" -- "$gemlet" train --optimizer adam --beta1 $value
    expect_error 2 "--beta2: found '$value'" -- "$gemlet" train --optimizer adam --beta2 $value
done
expect_error 2 "--eps: found '0'" -- "$gemlet" train --optimizer adam --eps 0
expect_error 2 "--optimizer: found 'adan'" -- "$gemlet" train --optimizer adan
expect_error 2 "--momentum needs --optimizer sgd" -- \
    "$gemlet" train --optimizer adam --momentum 0.9
for option in beta1 beta2 eps; do
    expect_error 2 "--$option needs --optimizer adam" -- "$gemlet" train --$option 0.5
done
expect_error 2 "--nesterov needs --momentum" -- "$gemlet" train --recipe plain --nesterov
expect_error 2 "--average: found 'ema:1', expected ema:D, D above 0 and below 1, or last:F" -- \
    "$gemlet" train --average ema:1
for scales in biases gammas=2 biases= last=many 0=1 100=1 biases=0.1, =1; do
    expect_error 2 "--lr-scale: found '$scales', expected none, or up to 16 of weights=X, biases=X" -- \
        "$gemlet" train --lr-scale "$scales"
done
expect_error 2 "factor of the learning rate of last layer is 1e+09" -- \
    "$gemlet" train --lr-scale last=1e9
expect_error 1 "layer 3 has a factor of the learning rate, expected 1 to the 2 layers" -- \
    "$gemlet" train --data "$work/data" --batch 8 --hidden 3 --device cpu --lr-scale 3=1 --out "$work/x"
for option in xi weight; do
    expect_error 2 "--virtual-adversarial-$option needs --virtual-adversarial E" -- \
        "$gemlet" train --virtual-adversarial-$option 1
    expect_error 2 "--virtual-adversarial-$option: found '0'" -- \
        "$gemlet" train --virtual-adversarial 1 --virtual-adversarial-$option 0
done
expect_error 2 "--lr-cycle needs --lr-schedule cosine-restarts" -- "$gemlet" train --lr-cycle 9
expect_error 2 "--lr-step-every needs --lr-schedule step" -- "$gemlet" train --lr-step-every 9
expect_error 2 "--lr-schedule cosine-restarts needs --lr-cycle N" -- \
    "$gemlet" train --lr-schedule cosine-restarts
expect_error 2 "--lr-schedule one-cycle rises by itself" -- \
    "$gemlet" train --lr-schedule one-cycle --warmup 10
expect_error 2 "--warmup: found '-1'" -- "$gemlet" train --warmup -1

# shellcheck disable=SC2086 # $train is a list of words
{
    expect_error 1 "makes the learning rate 1e+39 at step 40" -- "$gemlet" $train \
        --data "$work/data" --batch 8 --lr 1 --lr-schedule step --lr-step-every 1 --lr-step-factor 10
    expect_error 1 "initial weights of layer 2" "standard deviation 7.5" -- "$gemlet" $train \
        --data "$work/data" --batch 8 --output-gain 1.3e-38

    # ---- batches
    for command in train verify profile; do
        changed "few-$command" train 'NR <= 20'
        run "$gemlet" $command --data "$work/few-$command" --hidden 3 --device cpu --steps 3
        expect_equal "code of $command" "$code" 0
        expect_equal "what $command says of few rows" \
            "$(grep -c "20 rows a step instead of the default 64" "$work/stderr")" 1
        expect_error 1 "--batch: found 21" "20 rows" -- "$gemlet" $command \
            --data "$work/few-$command" --hidden 3 --device cpu --steps 3 --batch 21
    done
    rm -rf runs
    for network in "--hidden 3" "--network 4-3-relu-3bn"; do
        expect_error 1 "at least 2 with batch-norm" -- \
            "$gemlet" train --data "$work/data" --batch 1 --device cpu --out "$work/x" $network
    done
    [ ! -e "$work/x" ] || [ -z "$(ls "$work/x")" ] || fail "files of a run that was refused"
    expect_success "$gemlet" $train --data "$work/data" --batch 1 --no-batch-norm

    # ---- one class
    changed one-class train '{ $1 = 2; print }'
    expect_success "$gemlet" $train --data "$work/one-class" --batch 8 --quiet
    expect_equal "warnings of one class" \
        "$(grep -c "all 60 training rows are of class 2" "$work/stderr")" 1
    expect_success "$gemlet" $train --data "$work/data" --batch 8 --quiet
    expect_equal "warnings of three classes" "$(wc -l <"$work/stderr")" 0

    # ---- a run that diverges: what is out of range is named, and nothing else
    diverges() { # DATA TEXT OPTION...
        data=$1
        text=$2
        shift 2
        expect_error 1 "diverged on the CPU too: $text" -- \
            "$gemlet" $train --data "$work/$data" --batch 8 --no-batch-norm "$@"
        expect_equal "advices on $data $*" "$(tr -cd ';' <"$work/stderr")" ""
    }
    changed large train '{ $4 = $4 "e30"; print }'
    changed largest train '{ $3 = "3e38"; print }'
    changed bytes train '{ for (i = 2; i <= NF; ++i) $i /= 250; print }'
    diverges large "scale feature 3 of 4: its inputs reach 4.9e+31" --input-scale 1
    diverges largest "scale feature 2 of 4: its inputs reach 3e+38" --input-scale 1
    diverges data "lower the input scale (1e+30): inputs reach 2e+32" --input-scale 1e30 \
        --hidden none
    diverges data "lower the weight decay (1e+06): times the learning rate (0.1) it is 100000" \
        --recipe plain --weight-decay 1e6
    diverges data "lower the learning rate (1e+30)" --lr 1e30
    diverges data "lower the learning rate (1e+30)" --lr 1 --lr-schedule step --lr-step-every 10 \
        --lr-step-factor 1e30 --steps 15
    diverges bytes "lower the scale of the initial weights: they reach " --init normal \
        --init-scale 1e6 --hidden 3,3,3,3,3,3,3

    # ---- a loss that is not finite is no result
    changed odd-test test 'NR == 8 { $4 = "3e38" } { print }'
    expect_error 1 "test rows of $work/odd-test: loss is" "row 7" "3e+38 in feature 3 of 4" -- \
        "$gemlet" $train --data "$work/odd-test" --batch 8 --no-batch-norm --input-scale 1e-2 \
        --init normal --init-scale 30
    grep -q '"test_loss":[[:space:]]*null' "$work/run/stats.json" || fail "a test loss"
    [ -s "$work/run/model_mnist.npz" ] || fail "the model is lost"
    for options in "" --json; do
        expect_error 1 "row 7" "3e+38 in feature 3 of 4" -- "$gemlet" eval --device cpu $options \
            --data "$work/odd-test" --model "$work/run/model_mnist.npz"
        expect_equal "figures of no result" "$(grep -ci -e nan -e inf -e loss "$work/stdout")" 0
    done
    expect_success "$gemlet" eval --device cpu --data "$work/data" --json \
        --model "$work/run/model_mnist.npz"
}
finish
