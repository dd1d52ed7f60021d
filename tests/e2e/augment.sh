#!/bin/sh
# SPDX-License-Identifier: MIT
# Augmentation on the command line: the sheet that augment-preview draws, what train says of it, and
# runs that go on.
#
#   augment.sh MNIST [PYTHON]
. "$(dirname -- "$0")/lib.sh"
mnist=$1
python=${2:-}
make_small_data "$work/small"
everything=rotate=15,scale=0.15,shear=15,shift=2,elastic=36:6

# ---- the sheet

expect_success "$gemlet" augment-preview --data "$mnist" --device cpu --items 3 --variants 4 --augment $everything \
    --output "$work/sheet.png"
grep -qF "sheet    $work/sheet.png: 3 items, each with 4 variants" "$work/stdout" || fail "$(cat "$work/stdout")"
expect_success "$gemlet" augment-preview --data "$mnist" --device cpu --items 3 --variants 4 --seed 2 \
    --augment $everything --output "$work/other.png"
n_checks=$((n_checks + 1))
cmp -s "$work/sheet.png" "$work/other.png" && fail "another seed draws the same"
if [ -n "$python" ]; then
    n_checks=$((n_checks + 1))
    "$python" - "$work/sheet.png" "$mnist/train-images-idx3-ubyte.gz" <<'END' || fail "the sheet is not what it should be"
import gzip, struct, sys, zlib
data = open(sys.argv[1], "rb").read()
assert data[:8] == b"\x89PNG\r\n\x1a\n"
chunks, at = {}, 8
while at < len(data):
    length, = struct.unpack(">I", data[at:at + 4])
    body = data[at + 4:at + 8 + length]
    assert struct.unpack(">I", data[at + 8 + length:at + 12 + length])[0] == zlib.crc32(body)
    chunks[body[:4]], at = body[4:], at + 12 + length
assert list(chunks) == [b"IHDR", b"IDAT", b"IEND"], chunks.keys()
cols, rows, *kind = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
assert (rows, cols, kind) == (2 + 3 * 30, 2 + 5 * 30, [8, 0, 0, 0, 0])
raw = zlib.decompress(chunks[b"IDAT"])
lines = [raw[i * (cols + 1):(i + 1) * (cols + 1)] for i in range(rows)]
assert all(line[0] == 0 for line in lines)
item = lambda i, j: b"".join(lines[2 + 30 * i + r][3 + 30 * j:31 + 30 * j] for r in range(28))
images = gzip.open(sys.argv[2]).read()[16:]
for i in range(3):
    at = images.find(item(i, 0))  # the item itself
    while at % 784 != 0:
        assert at >= 0, f"line {i} does not begin with an item"
        at = images.find(item(i, 0), at + 1)
    variants = {item(i, j) for j in range(5)}
    assert len(variants) == 5, f"line {i} has equal variants"
    for variant in variants:
        assert 0.4 < sum(variant) / sum(item(i, 0)) < 2.5, "a variant has lost its ink"
END
fi
expect_error 2 "--augment LIST must be given" -- "$gemlet" augment-preview --output "$work/x.png"
expect_error 2 "--output FILE must be given" -- "$gemlet" augment-preview --augment rotate=1
expect_error 2 "--augment: found 'turn=1'" -- \
    "$gemlet" augment-preview --augment turn=1 --output "$work/x.png"
expect_error 1 "found items of 1 dimension, expected 2" -- "$gemlet" augment-preview --augment rotate=1 \
    --data "$work/small" --output "$work/x.png"
[ ! -e "$work/x.png" ] || fail "a sheet of nothing"

# ---- training

train="train --data $mnist --hidden 5 --batch 16 --device cpu --lr-schedule constant --augment $everything"
# shellcheck disable=SC2086 # a list of words
{
    expect_success "$gemlet" $train --steps 30 --out "$work/whole"
    grep -q '^augment  rotate +-15 degrees, scale +-0.15, shear +-15 degrees, shift +-2 pixels, elastic 36' \
        "$work/stdout" || fail "no word of the augmentation"
    grep -q "\"augment\":[[:space:]]*\"$everything\"" "$work/whole/stats.json" || fail "stats.json has no augmentation"
    expect_success "$gemlet" $train --steps 12 --out "$work/part" --quiet
    expect_success "$gemlet" train --resume "$work/part" --steps 30 --quiet
    expect_same_file "12 + 18 steps" "$work/part/model_mnist.npz" "$work/whole/model_mnist.npz"
}
finish
