#!/bin/sh
# SPDX-License-Identifier: MIT
# Files that are missing, damaged, or do not fit: one line with file, place, found and expected,
# exit code 1, and no trace of a result.
. "$(dirname -- "$0")/lib.sh"

make_small_data "$work/csv"
expect_success "$gemlet" convert --data "$work/csv" --to-idx "$work/idx" --item-shape 2x2
expect_success "$gemlet" convert --data "$work/csv" --to-idx "$work/gz" --item-shape 2x2 --gz

# Fresh copies of the small data sets, to be damaged.
fresh() {
    rm -rf "$work/bad"
    cp -r "$work/$1" "$work/bad"
}

# refused TEXT...: training on $work/bad fails with these texts and leaves nothing.
refused() {
    expect_error 1 "$@" -- "$gemlet" train --data "$work/bad" --device cpu --hidden 3 --batch 8 \
        --steps 1 --out "$work/out"
    for file in "$work/out"/*; do
        [ ! -e "$file" ] || fail "a refused run left $file"
    done
}

# put OCTAL FILE OFFSET: overwrites bytes.
put() {
    # shellcheck disable=SC2059 # octal escapes are the point
    printf "$1" | dd of="$2" bs=1 seek="$3" conv=notrunc 2>/dev/null
}

images=$work/bad/train-images-idx3-ubyte
labels=$work/bad/train-labels-idx1-ubyte

# ---- directory
expect_error 1 "$work/none" "no such directory" -- \
    "$gemlet" train --data "$work/none" --device cpu --out "$work/out"
rm -rf "$work/bad" && mkdir "$work/bad"
refused "$work/bad" "train-images-idx3-ubyte" "mnist_train.csv"
expect_error 1 "mnist_test.csv" "expected --target NAME" -- \
    "$gemlet" train --data "$work/csv/mnist_test.csv" --device cpu --out "$work/out"

# ---- IDX
fresh idx && rm "$labels"
refused "train-labels-idx1-ubyte"
fresh idx && rm "$work/bad/t10k-images-idx3-ubyte"
refused "test split" "t10k-images-idx3-ubyte"
fresh idx && head -c 100 "$work/idx/train-images-idx3-ubyte" >"$images"
refused "$images" "truncated" "found 100" "expected 256"
fresh idx && head -c 3 "$work/idx/train-images-idx3-ubyte" >"$images"
refused "$images" "truncated" "found 3"
fresh idx && : >"$images"
refused "$images" "empty file"
fresh idx && printf x >>"$images"
refused "$images" "oversized" "expected 256"
fresh idx && put '\001' "$images" 0
refused "$images" "magic 0x01000803" "expected"
fresh idx && put '\003' "$labels" 3
refused "$labels" "magic 0x00000803" "expected 1"
fresh idx && put '\377\377\377\377\377\377\377\377\377\377\377\377' "$images" 4
refused "$images" "overflow"
fresh idx && put '\000\000\000\000' "$images" 4
refused "$images" "dimension 1" "is 0"
fresh idx && put '\177\377\377\377' "$images" 4
refused "$images" "truncated"
fresh idx && put '\073' "$labels" 7 && head -c 67 "$work/idx/train-labels-idx1-ubyte" >"$labels" &&
    put '\073' "$labels" 7
refused "$labels" "found 59 labels" "expected 60"
# 60 labels of type int, one of them 65536.
fresh idx && { printf '\000\000\014\001\000\000\000\074' && head -c 236 /dev/zero &&
    printf '\000\001\000\000'; } >"$labels"
refused "$labels" "found label 65536" "expected 0 to 65535"

# ---- gz
fresh gz && head -c 60 "$work/gz/train-images-idx3-ubyte.gz" >"$images.gz"
refused "$images.gz" "gzip"
fresh gz && put '\377\377\377\377\377\377' "$images.gz" 30
refused "$images.gz" "gzip"

# ---- CSV
csv=$work/bad/mnist_train.csv
fresh csv && echo "1,2,3" >>"$csv"
refused "$csv" "line 61" "found 3 columns" "expected 5"
fresh csv && echo "1,2,3,4,5,6" >>"$csv"
refused "$csv" "line 61" "found 6 columns" "expected 5"
fresh csv && echo "1,2,three,4,5" >>"$csv"
refused "$csv" "line 61" "column 3" "'three'"
fresh csv && echo "1,2,nan,4,5" >>"$csv"
refused "$csv" "line 61" "column 3" "'nan'"
fresh csv && echo "1,2,1e999,4,5" >>"$csv"
refused "$csv" "line 61" "'1e999'"
fresh csv && echo "1,2,,4,5" >>"$csv"
refused "$csv" "line 61" "column 3"
fresh csv && echo "70000,2,3,4,5" >>"$csv"
refused "$csv" "line 61" "'70000'"
fresh csv && echo "-1,2,3,4,5" >>"$csv"
refused "$csv" "line 61" "'-1'"
fresh csv && : >"$csv"
refused "$csv" "empty"
fresh csv && echo "label,a,b,c,d" >"$csv"
refused "$csv" "no rows"
fresh csv && sed 's/$/,1/' "$work/csv/mnist_test.csv" >"$work/bad/mnist_test.csv"
refused "4 features" "5 in the test rows"

# ---- sizes
expect_error 1 "--batch: found 61" "60 rows" -- \
    "$gemlet" train --data "$work/csv" --device cpu --batch 61 --out "$work/out"
expect_error 1 "gemlet train" -- "$gemlet" train --data "$work/csv" --device cpu \
    --batch 8 --hidden 4294967295,4294967295,4294967295 --out "$work/out"
expect_error 1 "5-3relu" -- "$gemlet" train --data "$work/csv" --device cpu --batch 8 \
    --network 5-3relu-3 --out "$work/out"
expect_error 1 "5 inputs" "4 features" -- "$gemlet" train --data "$work/csv" --device cpu --batch 8 \
    --network 5-3-relu-3 --out "$work/out"
expect_error 1 "2 classes" "have 3" -- "$gemlet" train --data "$work/csv" --device cpu --batch 8 \
    --network 4-3-relu-2 --out "$work/out"

# ---- a model that does not fit
expect_success "$gemlet" train --data "$work/csv" --device cpu --hidden 3 --batch 8 --steps 5 \
    --out "$work/good" --quiet
model=$work/good/model_mnist.npz
fresh csv && for file in "$work"/csv/*; do sed 's/$/,1/' "$file" >"$work/bad/${file##*/}"; done
expect_error 1 "5" "4" -- "$gemlet" eval --device cpu --model "$model" --data "$work/bad"
expect_error 1 "rows.csv" "found 7 columns" "expected 4" "or 5" -- \
    sh -c 'echo 1,2,3,4,5,6,7 >"$1/rows.csv" && exec "$2" predict --device cpu --model "$3" \
        --input "$1/rows.csv"' sh "$work" "$gemlet" "$model"
expect_success "$gemlet" convert --data "$work/bad" --to-idx "$work/five"
expect_error 1 "t10k-images-idx3-ubyte" "found items of 5 values" "expected 4" -- \
    "$gemlet" predict --device cpu --model "$model" --input "$work/five/t10k-images-idx3-ubyte"
fresh csv && sed 's/^2/7/' "$work/csv/mnist_test.csv" >"$work/bad/mnist_test.csv"
expect_error 1 "label 7" "3 classes" -- "$gemlet" eval --device cpu --model "$model" --data "$work/bad"

# ---- no model
expect_error 1 "none.npz" -- "$gemlet" eval --model "$work/none.npz" --data "$work/csv"
head -c 300 "$model" >"$work/cut.npz"
expect_error 1 "cut.npz" -- "$gemlet" eval --model "$work/cut.npz" --data "$work/csv"
expect_error 1 "mnist_test.csv" -- "$gemlet" eval --model "$work/csv/mnist_test.csv" \
    --data "$work/csv"
finish
