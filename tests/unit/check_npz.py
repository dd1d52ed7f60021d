# SPDX-License-Identifier: MIT
"""Reads with numpy.load what gemlet wrote. Usage: check_npz.py WRITE_NPZ

Ends with 77 (skipped) where NumPy is missing, unless GEMLET_REQUIRE_NUMPY=1."""
import os
import subprocess
import sys
import tempfile

try:
    import numpy as np
except ImportError:
    print("NumPy is missing: install python3-numpy")
    sys.exit(1 if os.environ.get("GEMLET_REQUIRE_NUMPY") == "1" else 77)


def expect(archive, name, dtype, value):
    found = archive[name]
    value = np.asarray(value, dtype=dtype)
    assert found.dtype == value.dtype, f"{name}: found {found.dtype}, expected {value.dtype}"
    assert found.shape == value.shape, f"{name}: found {found.shape}, expected {value.shape}"
    assert found.tobytes() == value.tobytes(), f"{name}: found {found}, expected {value}"


with tempfile.TemporaryDirectory() as directory:
    paths = [os.path.join(directory, name) for name in ("arrays.npz", "model.npz")]
    subprocess.run([sys.argv[1], *paths], check=True)
    # Without allow_pickle an array of objects would raise.
    with np.load(paths[0], allow_pickle=False) as arrays:
        values = np.arange(24, dtype="<f4") / np.float32(7) - np.float32(1.5)
        assert sorted(arrays.files) == ["a.name", "cube", "number", "scalar", "text"], arrays.files
        expect(arrays, "cube", "<f4", values.reshape(2, 3, 4))
        expect(arrays, "a.name", "<f4", values[20:])
        expect(arrays, "scalar", "<f4", values[23])
        expect(arrays, "number", "<i4", -123456789)
        expect(arrays, "text", "<U12", "5-7bn-relu-3")
    with np.load(paths[1], allow_pickle=False) as model:
        layers = ["layer1.weight", "layer1.gamma", "layer1.beta", "layer1.running_mean",
                  "layer1.running_var", "layer2.weight", "layer2.bias"]
        assert model.files == ["spec", "format_version", "input_scale"] + layers, model.files
        expect(model, "spec", "<U12", "5-7bn-relu-3")
        expect(model, "format_version", "<i4", 1)
        expect(model, "input_scale", "<f4", 1)
        expect(model, "layer1.weight", "<f4", np.arange(35).reshape(5, 7))
        expect(model, "layer1.gamma", "<f4", np.ones(7))
        expect(model, "layer1.running_var", "<f4", np.ones(7))
        expect(model, "layer2.bias", "<f4", np.zeros(3))
        assert model["layer2.weight"].shape == (7, 3)
print("numpy.load reads both files")
