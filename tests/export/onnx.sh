#!/bin/sh
# SPDX-License-Identifier: MIT
# gemlet export to ONNX: valid files, with the answers of gemlet predict in ONNX Runtime.
#
#   onnx.sh MODELS VENV: the models of models.sh
. "$(dirname -- "$0")/../e2e/lib.sh"
. "$(dirname -- "$0")/lib.sh"

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
models=$1
need_wheels "$2" numpy onnx onnxruntime

# ---- the same answers ---------------------------------------------------------------------------

expect_success "$python" "$here/check_onnx.py" "$gemlet" "$models" "$work"
cat "$work/stdout"

# The same bytes again; and to a pipe.
cp "$work/species.onnx" "$work/first.onnx"
expect_success "$gemlet" export "$models/species" --output "$work/species.onnx"
expect_same_file "exported twice" "$work/first.onnx" "$work/species.onnx"
expect_success "$gemlet" export "$models/species" --to onnx --output /dev/stdout
head -c "$(wc -c <"$work/first.onnx")" "$work/stdout" >"$work/piped"
expect_same_file "in a pipe" "$work/first.onnx" "$work/piped"

# ---- what is refused ----------------------------------------------------------------------------

expect_error 1 "type of raw values" "a table" -- "$gemlet" export "$models/species" --input-type float \
    --output "$work/typed.onnx"
expect_error 1 "type of raw values" "a table" -- "$gemlet" export "$models/species" --input-type byte \
    --onnx-input matrix --output "$work/typed.onnx"
expect_error 2 "--onnx-input" "onnx" -- "$gemlet" export "$models/species" --onnx-input matrix \
    --output "$work/species.c"

# Of no table the same file: its input is a matrix.
expect_success "$gemlet" export "$models/mnist" --output "$work/image.onnx"
expect_success "$gemlet" export "$models/mnist" --onnx-input matrix --output "$work/image-matrix.onnx"
expect_same_file "a matrix of no table" "$work/image.onnx" "$work/image-matrix.onnx"

# A model whose names are not UTF-8.
"$python" - "$models/species/model_mnist.npz" "$work/latin.npz" <<'END' || fail "latin.npz"
import sys, numpy
arrays = dict(numpy.load(sys.argv[1]))
schema = arrays["schema"].tobytes().replace(b"Gentoo", b"Gent\xf6o")
arrays["schema"] = numpy.frombuffer(schema, arrays["schema"].dtype)
numpy.savez(sys.argv[2], **arrays)
END
echo kept >"$work/kept.onnx"
for format in onnx c; do
    expect_error 1 "class" "not UTF-8" -- "$gemlet" export "$work/latin.npz" --to $format \
        --output "$work/latin.$format"
done
expect_error 1 "not UTF-8" -- "$gemlet" export "$work/latin.npz" --output "$work/kept.onnx"
expect_equal "what was there" "$(cat "$work/kept.onnx")" kept
finish
