# SPDX-License-Identifier: MIT
"""Augments images with NumPy, from the options, the seed and the number of the step on, and compares
them with gemlet's. Usage: check_augment.py WRITE_AUGMENTED

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


def philox(counter, key):
    """Philox 4x32-10 (Salmon et al. 2011)."""
    c, k = list(counter), list(key)
    for _ in range(10):
        a, b = c[0] * 0xD2511F53, c[2] * 0xCD9E8D57
        c = [(b >> 32) ^ c[1] ^ k[0], b & 0xFFFFFFFF, (a >> 32) ^ c[3] ^ k[1], a & 0xFFFFFFFF]
        k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return c


def elastic_field(image, component, shape, key, alpha, sigma):
    """Uniform noise, then a Gaussian along both axes, as scipy.ndimage.gaussian_filter with
    mode="constant" and truncate=3 makes it."""
    height, width = shape
    noise = np.zeros(shape)
    for c in range(width):
        for q in range(height):
            words = philox((c, q // 8, image, 2 + component), key)
            noise[q, c] = (words[q % 8 // 2] >> 16 * (q % 2) & 0xFFFF) / 32768 - 1
    reach = int(np.ceil(3 * sigma))
    bell = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    bell /= bell.sum()
    smooth = lambda line: np.convolve(line, bell)[reach:reach + len(line)]
    return alpha * np.apply_along_axis(smooth, 1, np.apply_along_axis(smooth, 0, noise))


def interpolate(image, row, col):
    """Order 1 with zeros outside, as scipy.ndimage.map_coordinates with mode="grid-constant"."""
    padded = np.pad(image, 2)
    row = np.clip(row, -1, image.shape[0]) + 2
    col = np.clip(col, -1, image.shape[1]) + 2
    r, c = np.floor(row).astype(int), np.floor(col).astype(int)
    r, c = np.minimum(r, padded.shape[0] - 2), np.minimum(c, padded.shape[1] - 2)
    f, g = row - r, col - c
    return ((1 - f) * ((1 - g) * padded[r, c] + g * padded[r, c + 1]) +
            f * ((1 - g) * padded[r + 1, c] + g * padded[r + 1, c + 1]))


def augment(image, number, key, o):
    words = philox((0, 0, number, 1), key) + philox((1, 0, number, 1), key)
    z = [(word >> 8) / 2**23 - 1 for word in words]
    angle = np.radians(o.get("rotate", 0)) * z[0]
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shear = np.array([[1, np.tan(np.radians(o.get("shear", 0))) * z[3]], [0, 1]])
    scale = np.diag([1 + o.get("scale", 0) * z[1], 1 + o.get("scale", 0) * z[2]])
    height, width = image.shape
    rows, cols = np.mgrid[:height, :width].astype(float)
    centre = (np.array([width, height]) - 1) / 2
    at = np.stack([cols, rows], -1) - centre
    at = at @ (turn @ shear @ scale).T + centre + o.get("shift", 0) * np.array(z[4:6])
    if "elastic" in o:
        alpha, sigma = o["elastic"]
        for f in range(2):
            at[..., f] += elastic_field(number, f, image.shape, key, alpha, sigma)
    return interpolate(image, at[..., 1], at[..., 0])


def check(directory, program, shape, seed, step, o):
    text = ",".join(f"{name}=" + (":".join(map(str, v)) if name == "elastic" else str(v))
                    for name, v in o.items())
    outs = [os.path.join(directory, name) for name in ("plain", "augmented")]
    subprocess.run([program, *map(str, shape), str(seed), str(step), text, *outs], check=True)
    plain, found = (np.fromfile(path, "<f8").reshape(shape) for path in outs)
    key = philox((step & 0xFFFFFFFF, step >> 32, 0, 6), (seed & 0xFFFFFFFF, seed >> 32))[:2]
    expected = np.stack([augment(x, i, key, o) for i, x in enumerate(plain)])
    # The record holds floats, as do the taps: places are off by a few 1e-7 of their size.
    error = np.abs(found - expected).max()
    assert error < 1e-4, f"{text}, {shape}: off by {error}"
    assert np.abs(expected - plain).max() > 0.1, "vacuous: nothing was changed"
    assert (found != 0).mean() > 0.3, "vacuous: mostly zeros"


everything = {"rotate": 15, "scale": 0.15, "shear": 15, "shift": 2, "elastic": (36, 6)}
with tempfile.TemporaryDirectory() as directory:
    n_batches = 0
    for shape in ((5, 28, 28), (3, 9, 17), (2, 33, 12)):
        for seed, step in ((1, 1), (2**40 + 3, 777)):
            for o in [{name: value} for name, value in everything.items()] + [everything]:
                check(directory, sys.argv[1], shape, seed, step, o)
                n_batches += 1
    print(f"{n_batches} batches are augmented as NumPy does it")
