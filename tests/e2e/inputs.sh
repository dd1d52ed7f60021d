#!/bin/sh
# SPDX-License-Identifier: MIT
# Inputs that wait, explode or are something else: every command with every kind of file in the
# place of the one it wants. Each ends at once, with a right answer or with one line that names the
# file, what it is and what was expected.
. "$(dirname -- "$0")/lib.sh"

data=$work/data
make_small_data "$data"
expect_success "$gemlet" train --data "$data" --device cpu --hidden 3 --batch 8 --steps 5 --quiet \
    --out "$work/run"
model=$work/run/model_mnist.npz
rows=$data/mnist_test.csv
expect_success "$gemlet" convert --from "$rows" --to "$work/rows-idx" --to-labels "$work/labels-idx"
mkfifo "$work/fifo.csv" || exit 1

# within SECONDS COMMAND...: what waits for ever ends with 124.
within() {
    timeout -k 1 "$@"
}

# ---- streams: the same answers as from the file, whatever the stream is called
predict() {
    within 20 "$gemlet" predict --device cpu --model "$model" --input "$1"
}
# More than any buffer on the way holds.
awk -F, 'BEGIN { OFS = "," } { for (i = 0; i < 3000; ++i) { $5 = i % 256; print } }' "$rows" \
    >"$work/many.csv"
expect_success "$gemlet" convert --from "$work/many.csv" --to "$work/many-idx" \
    --to-labels "$work/many-labels"
for name in many.csv many-idx; do
    file=$work/$name
    predict "$file" >"$work/answers" || fail "predict $name"
    gzip -c "$file" >"$work/packed"
    cat "$file" | predict /dev/stdin >"$work/found"
    expect_same_file "pipe with $name" "$work/answers" "$work/found"
    predict /dev/stdin <"$work/packed" >"$work/found"
    expect_same_file "standard input with packed $name" "$work/answers" "$work/found"
    cat "$work/packed" | predict /dev/stdin >"$work/found"
    expect_same_file "pipe with packed $name" "$work/answers" "$work/found"
    { sleep 0.3; cat "$file" >"$work/fifo.csv"; } &
    predict "$work/fifo.csv" >"$work/found"
    expect_same_file "FIFO with $name" "$work/answers" "$work/found"
    wait
done
expect_equal "answers" "$(wc -l <"$work/answers" | tr -d ' ')" 90001
# One byte at a time, and a line end at the end only.
head -n 1 "$rows" | dd bs=1 2>/dev/null | predict /dev/stdin >"$work/found"
expect_equal "answers, byte by byte" "$(wc -l <"$work/found" | tr -d ' ')" 2

cat "$rows" | "$gemlet" convert --from /dev/stdin --to "$work/piped.csv" >/dev/null
expect_same_file "convert from a pipe" "$rows" "$work/piped.csv"
mkdir "$work/members" && cp "$rows" "$work/members/test.csv" && mkfifo "$work/members/train.csv"
cat "$data/mnist_train.csv" >"$work/members/train.csv" &
expect_success within 20 "$gemlet" train --data "$work/members" --device cpu --hidden 3 --batch 8 \
    --steps 5 --quiet --out "$work/from_fifo"
wait
expect_same_file "model from a FIFO" "$model" "$work/from_fifo/model_mnist.npz"

# ---- no stream where one cannot be: FILE is put in each place that a command reads from
# in_every_place FILE TEXT...: every command refuses it with these texts. A pipe's writer is waited
# for; all commands do so at the same time.
check=expect_error
in_every_place() {
    file=$1
    shift
    rm -rf "$work/place" && cp -r "$data" "$work/place"
    rm "$work/place/mnist_test.csv" && ln -s "$file" "$work/place/mnist_test.csv"
    rm -rf "$work/record" && cp -r "$work/run" "$work/record"
    rm "$work/record/stats.json" && ln -s "$file" "$work/record/stats.json"
    $check 1 "$@" -- within 20 "$gemlet" predict --model "$model" --input "$file"
    $check 1 "$@" -- within 20 "$gemlet" predict --model "$file" --input "$rows"
    $check 1 "$@" -- within 20 "$gemlet" eval --device cpu --model "$file" --data "$data"
    $check 1 "$@" -- within 20 "$gemlet" eval --device cpu --model "$model" --data "$work/place"
    $check 1 "$@" -- within 20 "$gemlet" train --device cpu --data "$work/place" --out "$work/no"
    $check 1 "$@" -- within 20 "$gemlet" convert --from "$file" --to "$work/no.csv"
    $check 1 "$@" -- within 20 "$gemlet" convert --from "$work/rows-idx" --labels "$file" \
        --to "$work/no.csv"
    $check 1 "$@" -- within 20 "$gemlet" convert --data "$work/place" --to-csv "$work/none"
    $check 1 -- within 20 "$gemlet" compare "$work/record" "$work/run"
    [ "$check" = expect_error ] || collect
    [ ! -e "$work/no.csv" ] || fail "a refused run left no.csv"
}

check="aside expect_error"
in_every_place "$work/fifo.csv" "found a pipe"
check=expect_error
in_every_place /dev/zero "found a device"

foreign() {
    printf "$1" >"$work/foreign"
    shift
    in_every_place "$work/foreign" "$work/" "found $1"
}
foreign '<!DOCTYPE html>\n<html>403 Forbidden</html>' "a web page (HTML)"
foreign 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n' "a Git LFS pointer"
foreign '\377\376l\000a\000b\000' "UTF-16 text"
foreign 'l\000a\000b\000e\000' "UTF-16 text"
foreign '\211PNG\r\n\032\n1234' "a PNG picture"
foreign '\320\317\021\340\241\261\032\341' "an old Excel or Office file"

# ---- bombs: an error before memory is taken, 10 GiB out of 10 MB
head -c 67108864 /dev/zero | gzip -9 >"$work/zeros.gz"
{
    printf '\000\000\010\002\000\240\000\000\000\000\004\000' | gzip
    for i in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
        for j in 0 1 2 3 4 5 6 7 8 9; do cat "$work/zeros.gz"; done
    done
} >"$work/idx.gz"
yes "$(printf '0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0')" | head -n 2000000 |
    gzip -9 >"$work/bomb.csv.gz"
# bounded COMMAND...: with 400 MB of addresses, in which a program with sanitizers cannot start.
address_space=400000
memory_option=
if ! (ulimit -v $address_space && "$gemlet" --version) >/dev/null 2>&1; then
    address_space=unlimited
    memory_option="--max-memory 400M"
fi
bounded() {
    (
        ulimit -v $address_space
        exec timeout -k 1 20 "$@"
    )
}
expect_error 1 "idx.gz" "10737418240 bytes" "of memory" -- \
    bounded "$gemlet" convert $memory_option --from "$work/idx.gz" --to "$work/no.csv"
expect_error 1 "idx.gz" "found items of 1024 values, expected 4" -- \
    bounded "$gemlet" predict --model "$model" --input "$work/idx.gz"
expect_error 1 "bomb.csv.gz" "200 times" -- \
    bounded "$gemlet" convert --from "$work/bomb.csv.gz" --no-labels --to "$work/no-idx"
expect_error 1 "bomb.csv.gz" "found 31 columns, expected 4" -- \
    bounded "$gemlet" predict --model "$model" --input "$work/bomb.csv.gz"
expect_error 1 "many.csv" "of memory" "at most 102400" -- "$gemlet" convert --max-memory 100K \
    --from "$work/many.csv" --to "$work/no-idx" --to-labels "$work/no-labels"
expect_error 2 "--max-memory" "'12Q'" -- "$gemlet" convert --max-memory 12Q --from a --to b
# A header that promises more than the file has.
printf '\000\000\010\002\177\377\377\377\000\000\000\004abcd' >"$work/promise"
expect_error 1 "promise" "truncated: found 16 bytes" -- \
    bounded "$gemlet" convert --from "$work/promise" --to "$work/no.csv"
expect_error 1 "of memory" -- sh -c 'cat "$1" | "$2" convert --max-memory 1G --from /dev/stdin \
    --to "$3"' sh "$work/promise" "$gemlet" "$work/no.csv"
finish
