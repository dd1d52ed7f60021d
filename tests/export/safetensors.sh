#!/bin/sh
# SPDX-License-Identifier: MIT
# gemlet export to safetensors: the package reads the files, and the program of docs/export.md for PyTorch
# gives the answers of gemlet predict.
#
#   safetensors.sh MODELS VENV PYTHON DOCUMENT: PYTHON may have PyTorch; without it the rest is tested.
. "$(dirname -- "$0")/../e2e/lib.sh"
. "$(dirname -- "$0")/lib.sh"

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
models=$1
need_wheels "$2" numpy safetensors

# ---- tensors and metadata -----------------------------------------------------------------------

for name in mnist species hostile; do
    expect_success "$gemlet" export "$models/$name" --output "$work/$name.safetensors"
    expect_success "$python" - "$work/$name.safetensors" "$models/$name/model_mnist.npz" <<'END'
import json, sys
import numpy as np
from safetensors import safe_open
model = np.load(sys.argv[2])
with safe_open(sys.argv[1], "numpy") as file:
    info = file.metadata()
    tensors = {name: file.get_tensor(name) for name in file.keys()}
assert info["network"] == str(model["spec"]) and info["format"] == "pt", info
if "schema" in model:
    assert json.loads(info["schema"]) == json.loads(model["schema"].tobytes()), info["schema"]
names = {"linear.weight": "weight", "linear.bias": "bias", "norm.weight": "gamma", "norm.bias": "beta",
         "norm.running_mean": "running_mean", "norm.running_var": "running_var"}
n = 0
for name, values in tensors.items():
    if name.startswith("layers."):
        _, layer, rest = name.split(".", 2)
        assert np.array_equal(values, model[f"layer{int(layer) + 1}.{names[rest]}"].T), name
        n += values.size
    else:
        assert "schema" in model and name.startswith("inputs."), name
assert n == sum(a.size for k, a in model.items() if k.split(".")[-1] in names.values() and k.count(".") == 1)
END
done
cp "$work/species.safetensors" "$work/first"
expect_success "$gemlet" export "$models/species" --output "$work/species.safetensors"
expect_same_file "exported twice" "$work/first" "$work/species.safetensors"
expect_error 2 "--input-type" "onnx and c" -- "$gemlet" export "$models/mnist" --input-type float \
    --output "$work/mnist.safetensors"
expect_error 1 "type of raw values" "a table" -- "$gemlet" export "$models/species" --input-type float \
    --output "$work/species.onnx"

# ---- PyTorch ------------------------------------------------------------------------------------

# The system's, with the package from the wheels behind its own.
packages=$("$python" -c 'import os, safetensors; print(os.path.dirname(os.path.dirname(safetensors.__file__)))')
if [ -z "${3:-}" ] || ! "$3" -c 'import torch' 2>/dev/null; then
    echo "skipped: no PyTorch"
    [ "${GEMLET_REQUIRE_TORCH:-0}" = 1 ] && exit 1
    exit 77
fi
make_modules "$4" "$work"
ln -s "$packages/safetensors" "$work/safetensors"
expect_success env PYTHONWARNINGS=ignore "$3" "$here/check_modules.py" torch "$gemlet" "$models" "$work"
cat "$work/stdout"
expect_error 1 "ensemble.safetensors: found an ensemble of 3 networks" "onnx and c hold ensembles" -- \
    "$gemlet" export "$models/ensemble" --output "$work/ensemble.safetensors"
finish
