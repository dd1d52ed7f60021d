#!/bin/sh
# SPDX-License-Identifier: MIT
# init-study: its files, its limits, its mistakes.
. "$(dirname -- "$0")/lib.sh"

make_small_data "$work/data"
study="init-study --data $work/data --device cpu --rows 16 --batch 8 --depth 3 --width 12"

# shellcheck disable=SC2086 # $study is a list of words
{
    expect_success "$gemlet" $study --activation tanh --init normal --steps 30 --out "$work/out"
    grep -q "^tanh, N(0, 1): .* saturated in layer .*; untrained loss .*ln(classes) 1.099" \
        "$work/stdout" || fail "no verdict: $(cat "$work/stdout")"
    for name in rand_weights_tanh rand_weights_tanh_batch_norm init_study init_study_loss; do
        [ -s "$work/out/$name.gp" ] || fail "no $name.gp"
        command -v gnuplot >/dev/null 2>&1 || continue
        for format in png svg; do
            [ -s "$work/out/$name.$format" ] || fail "no $name.$format"
        done
    done
    expect_equal "temporary files" "$(find "$work/out" -name '*.tmp*')" ""
    grep -q '"schema_version"' "$work/out/init_study.json" || fail "no init_study.json"
    expect_equal "cases" "$(grep -c '"untrained_loss":' "$work/out/init_study.json")" 2

    expect_success "$gemlet" $study --activation relu --init he --batch-norm without --steps 0 \
        --quiet --out "$work/he"
    expect_equal "--quiet" "$(cat "$work/stdout")" ""
    [ -s "$work/he/kaiming_weights_relu_8_layers.gp" ] || fail "no 8 layers"
    [ ! -e "$work/he/init_study_loss.gp" ] || fail "loss curves without training"

    expect_error 1 "61 rows to measure" "60" -- "$gemlet" $study --rows 61 --out "$work/x"
    expect_error 1 "batch of 61 rows" -- "$gemlet" $study --batch 61 --out "$work/x"
    expect_error 2 "--depth: found '64'" -- "$gemlet" $study --depth 64
    expect_error 2 "--init: found 'auto'" "lecun" -- "$gemlet" $study --init auto
    expect_error 1 "$work/none" -- "$gemlet" init-study --data "$work/none" --out "$work/x"
    expect_error 1 "/proc/x" -- "$gemlet" $study --out /proc/x
}
finish
