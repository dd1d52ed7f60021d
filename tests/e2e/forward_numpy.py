# SPDX-License-Identifier: MIT
"""Compares `gemlet predict` with a forward pass of a few lines of NumPy.

Usage: forward_numpy.py MODEL.npz IMAGES.idx.gz PREDICTIONS.csv

Every row must have NumPy's class (of a row whose two best logits are closer than rounding can tell
apart, either of them), and probabilities as near as rounding allows. Ends with 77 (skipped) where
NumPy is missing, unless GEMLET_REQUIRE_NUMPY=1."""
import gzip
import os
import sys

try:
    import numpy as np
except ImportError:
    print("NumPy is missing: install python3-numpy")
    sys.exit(1 if os.environ.get("GEMLET_REQUIRE_NUMPY") == "1" else 77)

U = 2.0**-24  # half the distance between 1 and the next float32
ACTIVATIONS = {"relu": lambda z: np.maximum(z, 0), "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
               "tanh": np.tanh}


def forward(m, x):
    """Probabilities (rows, classes) of raw inputs x (rows, features) in test mode."""
    words = str(m["spec"]).split("-")[1:] + ["identity"]
    x = x * np.float64(m["input_scale"])
    for layer, (width, activation) in enumerate(zip(words[0::2], words[1::2]), 1):
        get = lambda name: m[f"layer{layer}.{name}"].astype(np.float64)
        z = x @ get("weight")
        if width.endswith("bn"):
            z = (z - get("running_mean")) / np.sqrt(get("running_var") + 1e-5)
            z = z * get("gamma") + get("beta")
        else:
            z = z + get("bias")
        x = ACTIVATIONS.get(activation, lambda logits: logits)(z)
    p = np.exp(x - x.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True), x


def logit_deviation(m, x):
    """Standard deviation (rows, classes) of logits computed in float32, at most.

    Rounding errors are taken as independent, of mean 0 and at most U each (Higham and Mary, "A new
    approach to probabilistic rounding error analysis", 2019): a sum of k products, in any order,
    then deviates by at most sqrt(k) U times the sum of their magnitudes. What a layer gets from the
    one before it adds in squares. No activation is steeper than 1."""
    words = str(m["spec"]).split("-")[1:] + ["identity"]
    x = x * np.float64(m["input_scale"])
    variance = (U * x)**2
    for layer, (width, activation) in enumerate(zip(words[0::2], words[1::2]), 1):
        get = lambda name: m[f"layer{layer}.{name}"].astype(np.float64)
        w = get("weight")
        z = x @ w
        magnitude = np.abs(x) @ np.abs(w)
        variance = variance @ w**2 + len(w) * (U * magnitude)**2
        if width.endswith("bn"):
            scale = get("gamma") / np.sqrt(get("running_var") + 1e-5)
            terms = np.abs(scale) * (np.abs(z) + np.abs(get("running_mean"))) + np.abs(get("beta"))
            z = (z - get("running_mean")) * scale + get("beta")
            # Sum, root, reciprocal (2 ulp), products, difference, sum: at most 8 roundings.
            variance = variance * scale**2 + (8 * U * terms)**2
        else:
            terms = np.abs(z) + np.abs(get("bias"))
            z = z + get("bias")
            variance = variance + (U * terms)**2
        x = ACTIVATIONS.get(activation, lambda logits: logits)(z)
        # OpenCL allows tanh 5 ulp, and exp, sum and quotient of the sigmoid 3 + 0.5 + 2.5.
        if activation in ("sigmoid", "tanh"):
            variance = variance + (12 * U * x)**2
    return np.sqrt(variance)


def read_idx(path):
    """The items of an IDX file of bytes, one a row."""
    with (gzip.open if path.endswith(".gz") else open)(path, "rb") as file:
        content = file.read()
    assert content[:3] == b"\0\0\x08", f"{path}: not an IDX file of bytes"
    shape = np.frombuffer(content, ">u4", content[3], 4).astype(np.int64)
    return np.frombuffer(content, np.uint8, -1, 4 + 4 * len(shape)).reshape(shape[0], -1)


def main(model_path, images_path, predictions_path):
    with np.load(model_path, allow_pickle=False) as archive:
        m = dict(archive)
    images = read_idx(images_path)
    p, logits = forward(m, images)
    found = np.loadtxt(predictions_path, delimiter=",", skiprows=1, ndmin=2)
    with open(predictions_path, encoding="ascii") as file:
        header = file.readline().strip().split(",")
    n_rows, n_classes = p.shape
    assert header == ["row", "class"] + [f"p{i}" for i in range(n_classes)], header
    assert found.shape == (n_rows, 2 + n_classes), f"found {found.shape} values, expected {p.shape}"
    assert np.array_equal(found[:, 0], np.arange(n_rows)), "rows are out of order"

    # Beyond 8 deviations lies less than one value in 10^14.
    bound = 8 * logit_deviation(m, images).max(axis=1)
    second, best = np.sort(logits, axis=1)[:, -2:].T
    differ = found[:, 1] != logits.argmax(axis=1)
    close = best - second <= 2 * bound
    print(f"{n_rows} rows: {differ.sum()} classes differ; of {close.sum()} rows the two best logits "
          f"are closer than rounding tells apart ({2 * bound.max():.2g} at most)")

    # A change of every logit by `bound` changes p by the factor exp(2 bound); then the softmax
    # itself, (2 d + C + 16) U, d the distance to the largest logit; 9 digits in the file; and
    # denormal numbers, which a device may replace by 0.
    distance = best[:, None] - logits
    relative = np.expm1(2 * bound)[:, None] + (2 * distance + n_classes + 16) * U + 1e-9
    ratio = np.abs(found[:, 2:] - p) / (p * relative + np.finfo(np.float32).tiny)
    print(f"probabilities: largest difference {np.abs(found[:, 2:] - p).max():.2g}, "
          f"{ratio.max():.2g} of its bound")
    assert not np.any(differ & ~close), f"rows {np.flatnonzero(differ & ~close)[:10]}: wrong class"
    # Written so that a NaN fails.
    assert np.all(ratio <= 1), f"rows {np.flatnonzero(~(ratio <= 1).all(axis=1))[:10]}: too far off"


if len(sys.argv) != 4:
    sys.exit(__doc__)
main(*sys.argv[1:])
