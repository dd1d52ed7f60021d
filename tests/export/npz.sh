#!/bin/sh
# SPDX-License-Identifier: MIT
# gemlet export to npz: the program of docs/export.md for NumPy gives the answers of gemlet predict.
#
#   npz.sh MODELS PYTHON DOCUMENT
. "$(dirname -- "$0")/../e2e/lib.sh"
. "$(dirname -- "$0")/lib.sh"

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
models=$1
python=$2
if ! "$python" -c 'import numpy' 2>/dev/null; then
    echo "skipped: no NumPy"
    [ "${GEMLET_REQUIRE_NUMPY:-0}" = 1 ] && exit 1
    exit 77
fi
make_modules "$3" "$work"
expect_success "$python" "$here/check_modules.py" numpy "$gemlet" "$models" "$work"
cat "$work/stdout"
cp "$work/species.npz" "$work/first.npz"
expect_success "$gemlet" export "$models/species" --output "$work/species.npz"
expect_same_file "exported twice" "$work/first.npz" "$work/species.npz"
expect_error 1 "species.npz" "format_version" -- "$gemlet" predict --model "$work/species.npz" \
    --input "$models/hostile.csv"
expect_error 2 "is also model_mnist.npz of the run" -- "$gemlet" export "$models/species" \
    --output "$models/species/model_mnist.npz"
expect_error 1 "ensemble.npz: found an ensemble of 3 networks" "onnx and c hold ensembles" -- \
    "$gemlet" export "$models/ensemble" --output "$work/ensemble.npz"
finish
