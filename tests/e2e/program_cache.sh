#!/bin/sh
# SPDX-License-Identifier: MIT
# Compiled kernels kept in the user's cache directory: used, replaced when damaged, shared by
# processes, and nothing that goes wrong with them is seen.
. "$(dirname -- "$0")/lib.sh"

need_opencl
make_small_data "$work/data"
small="train --data $work/data --hidden 3 --batch 8 --steps 3 --device 0 --fused auto --quiet"
programs=$XDG_CACHE_HOME/gemlet/programs

n_programs() {
    find "$programs" -name 'program-*' 2>/dev/null | wc -l
}

# train_with_cache NAME: silent, and the same model as ever.
train_with_cache() {
    # shellcheck disable=SC2086 # $small is a list of words
    expect_success "$gemlet" $small --program-cache on --out "$work/$1"
    expect_equal "lines on stderr" "$(wc -l <"$work/stderr")" 0
    expect_same_file "the model" "$work/$1/model_mnist.npz" "$work/off/model_mnist.npz"
}

# shellcheck disable=SC2086
expect_success "$gemlet" $small --program-cache off --out "$work/off"
expect_equal "programs kept although off" "$(n_programs)" 0

# ---- the operations and, where there is one, the fused step
train_with_cache first
n=$(n_programs)
[ "$n" -ge 1 ] || fail "no program was kept"
cp -r "$programs" "$work/kept"
train_with_cache second
for file in "$programs"/*; do
    expect_same_file "a program that was used" "$file" "$work/kept/${file##*/}"
done

# ---- damaged, and of another device
for file in "$programs"/*; do
    LC_ALL=C sed 's/^device .*/device another/' "$work/kept/${file##*/}" >"$file"
done
train_with_cache foreign
for file in "$programs"/*; do
    grep -qa '^device another' "$file" && fail "a foreign program was not replaced"
    head -c 2000 "$work/kept/${file##*/}" >"$file"
done
train_with_cache damaged
for file in "$programs"/*; do
    [ "$(wc -c <"$file")" -gt 2000 ] || fail "a damaged program was not replaced"
done

# ---- several processes at once, without programs and with them
for round in without with; do
    [ "$round" = with ] || rm -r "$programs"
    for i in 1 2 3 4; do
        # shellcheck disable=SC2086
        {
            "$gemlet" $small --program-cache on --out "$work/$round$i" >"$work/output$i" 2>&1
            echo "$?" >"$work/code$i"
        } &
    done
    wait
    for i in 1 2 3 4; do
        expect_equal "exit code of process $i, $round" "$(cat "$work/code$i")" 0
        expect_equal "output of process $i, $round" "$(cat "$work/output$i")" ""
        expect_same_file "model of process $i, $round" "$work/$round$i/model_mnist.npz" \
            "$work/off/model_mnist.npz"
    done
    expect_equal "files, $round" "$(n_programs)" "$n"
done

# ---- a place where nothing can be kept
: >"$work/file"
# shellcheck disable=SC2086
expect_success env XDG_CACHE_HOME="$work/file" "$gemlet" $small --program-cache on --out "$work/none"
expect_equal "lines on stderr" "$(wc -l <"$work/stderr")" 0
finish
