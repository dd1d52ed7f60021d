#!/bin/sh
# SPDX-License-Identifier: MIT
# gemlet export to C: the answers of gemlet predict, compiled by every compiler here without a warning;
# and what is refused.
#
#   c.sh MODELS PYTHON: the models of models.sh
. "$(dirname -- "$0")/../e2e/lib.sh"

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
models=$1
python=$2

# ---- the same answers ---------------------------------------------------------------------------

expect_success "$python" "$here/check_c.py" "$gemlet" "$models" "$work"
cat "$work/stdout"

# Floats in, sums in float, one layer, a network that is the softmax alone.
make_small_data "$work/data"
expect_success "$gemlet" train --data "$work/data" --device cpu --steps 20 --batch 8 --hidden none \
    --input-scale 0.25 --quiet --out "$work/linear"
expect_success "$gemlet" export "$work/linear" --to c --output "$work/linear.c"
grep -q 'const float inputs\[LINEAR_N_INPUTS\]' "$work/linear.h" || fail "linear.h: no floats"
expect_success gcc -std=c99 -Wall -Wextra -Werror -pedantic -Wconversion -DLINEAR_FLOAT -c \
    "$work/linear.c" -o "$work/linear.o"
expect_success "$gemlet" export "$work/linear" --output "$work/linear.c" --input-type byte
grep -q 'const unsigned char inputs\[LINEAR_N_INPUTS\]' "$work/linear.h" || fail "linear.h: no bytes"

# The same model gives the same bytes, and only constants remain in memory.
cp "$work/species.c" "$work/first.c"
expect_success "$gemlet" export "$models/species" --output "$work/species.c"
expect_same_file "exported twice" "$work/first.c" "$work/species.c"
expect_success gcc -std=c99 -fno-pie -c "$work/species.c" -o "$work/species.o"
expect_equal "variables and calls for memory" \
    "$(nm "$work/species.o" | grep -c ' [BbDdCc] \|malloc\|calloc\|realloc')" 0

# A name that is no identifier.
expect_success "$gemlet" export "$models/species" --output "$work/3 my-model.v2.c"
expect_success gcc -std=c99 -Wall -Wextra -Werror -pedantic -c "$work/3 my-model.v2.c" -o "$work/3.o"
expect_equal "name" "$(nm "$work/3.o" | sed -n 's/.* T \(.*_predict\)$/\1/p')" \
    model_3_my_model_predict

# ---- what is refused ----------------------------------------------------------------------------

echo kept >"$work/kept.c"
echo kept >"$work/kept.h"
mkdir "$work/directory.c"
model=$models/species/model_mnist.npz
expect_error 2 "onyx" "auto, onnx, safetensors, c or npz" -- "$gemlet" export "$model" --to onyx --output "$work/kept.c"
expect_error 2 "--to" "c" -- "$gemlet" export "$model" --output "$work/kept"
expect_error 2 "--output" -- "$gemlet" export "$model" --to c
expect_error 2 "0 models" -- "$gemlet" export --to c --output "$work/kept.c"
expect_error 2 "2 models" -- "$gemlet" export "$model" "$model" --to c --output "$work/kept.c"
expect_error 1 "ends in .c" -- "$gemlet" export "$model" --to c --output "$work/kept.cpp"
expect_error 1 "ends in .c" -- "$gemlet" export "$model" --to c --output /dev/stdout
expect_error 1 "found a directory" -- "$gemlet" export "$model" --output "$work/directory.c"
expect_error 1 "No such file" -- "$gemlet" export "$model" --output "$work/none/kept.c"
expect_error 1 "$work/none" -- "$gemlet" export "$work/none" --output "$work/kept.c"
expect_error 1 "hostile.csv" -- "$gemlet" export "$models/hostile.csv" --output "$work/kept.c"
cp "$model" "$work/model.c"
expect_error 2 "also the model" -- "$gemlet" export "$work/model.c" --output "$work/model.c"
cp "$model" "$work/run.h"
expect_error 2 "also the model" -- "$gemlet" export "$work/run.h" --output "$work/run.c"
# A text beyond what C promises: found when the header is complete.
awk 'BEGIN { for (long = "x"; length(long) < 5000; long = long long); print "kind,text"
    for (i = 0; i < 40; ++i) printf "%s,%s\n", i % 2 ? "a" : "b", i % 3 ? long : "y" }' >"$work/long.csv"
expect_success "$gemlet" train --data "$work/long.csv" --target kind --device cpu --steps 9 --batch 8 \
    --hidden 4 --quiet --out "$work/long"
expect_error 1 "category" "8192 bytes" "4095" -- "$gemlet" export "$work/long" --output "$work/kept.c"
expect_equal "what was there" "$(cat "$work/kept.c" "$work/kept.h" | tr '\n' ' ')" "kept kept "
expect_equal "what is left beside it" "$(find "$work" -maxdepth 1 -name '*.tmp*' -o -maxdepth 1 \
    -name '.*' -type f)" ""
finish
