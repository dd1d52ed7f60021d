# SPDX-License-Identifier: MIT
"""Calculates with NumPy, from the text of random tables, the inputs of a network that gemlet makes of
them. Usage: check_encoding.py WRITE_ENCODING

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

U = 2.0 ** -24  # half a unit in the last place of a float


def number_column(rng, n):
    kind = rng.integers(7)
    if kind == 0:
        x = rng.normal(size=n).round(3)
    elif kind == 1:
        x = np.exp(3 * rng.normal(size=n)).round(int(rng.integers(1, 6)))
    elif kind == 2:
        x = rng.integers(0, 4, size=n).astype(float)  # few values
    elif kind == 3:
        x = np.where(rng.random(n) < 0.8, 0.0, rng.integers(1, 9, size=n))  # equal quartiles
    elif kind == 4:
        x = 1e6 + rng.integers(0, 300, size=n) / 7  # far from 0
    elif kind == 5:
        x = rng.integers(0, 256, size=n).astype(float)  # bytes
    else:
        x = rng.standard_cauchy(size=n) * 1e-3
    if rng.random() < 0.4:
        x = np.where(rng.random(n) < 0.2, np.nan, x)
    return x


def number_inputs(x, scaling, n_bins):
    """The inputs of a column, and by how much those may be off that gemlet calculates from a float
    z: it is off by U |z|, and so are the edges;"""
    known = x[~np.isnan(x)]
    q25, median, q75 = np.quantile(known, [0.25, 0.5, 0.75])
    spread = known.max() - known.min()
    if scaling == "robust":
        centre, scale = median, 1 / (q75 - q25) if q75 > q25 else 2 / spread
    else:
        centre, scale = known.mean(), 1 / known.std()
    filled = np.where(np.isnan(x), centre, x)
    z = (filled - centre) * scale
    # and double sums of 400 values, in another order, by less than 1e-13 of their size.
    sums = 1e-13 * (np.abs(filled) + abs(centre)) * scale
    dz = 2 * U * np.abs(z) + sums
    if scaling == "robust":
        columns = [3 * z / np.sqrt(1 + (z / 3) ** 2)]
        errors = [3 * dz]  # the slope is 3 at most
    else:
        columns, errors = [z], [dz]
    if n_bins > 0:
        edges = np.unique(np.quantile(known, np.arange(n_bins + 1) / n_bins))
        e = (edges - centre) * scale
        if len(edges) >= 3:
            for low, high in zip(e[:-1], e[1:]):
                columns.append(np.clip((z - low) / (high - low), 0, 1) - 0.5)
                edge = 2 * U * (abs(low) + abs(high)) + sums.max()
                width = high - low - 2 * edge
                error = 2 * (dz + edge) / width if width > 0 else np.ones_like(z)
                is_near = (z > low - dz - edge) & (z < high + dz + edge)
                errors.append(np.where(is_near, np.minimum(1, error), 0))
    if np.isnan(x).any():
        columns.append(np.isnan(x).astype(float))
        errors.append(np.zeros_like(z))
    return columns, errors


def text_inputs(texts):
    gap = np.array([t == "" for t in texts])
    levels = sorted({t for t in texts if t != "" and texts.count(t) >= 5})
    columns = [np.array([t == level for t in texts], float) for level in levels]
    known = np.isin(texts, levels)
    if gap.sum() >= 5:
        columns.append(gap.astype(float))
        known |= gap
    columns.append((~known).astype(float))
    return (columns, [np.zeros(len(texts))] * len(columns)) if levels else ([], [])


def check(directory, program, seed, scaling, n_bins):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(40, 400))
    names, fields, columns, errors = [], [], [], []
    for i in range(8):
        names.append(f"n{i}")
        x = number_column(rng, n)
        fields.append(["" if np.isnan(v) else repr(float(v)) for v in x])
        found = number_inputs(x, scaling, n_bins)
        columns += found[0]
        errors += found[1]
    for i in range(3):
        names.append(f"t{i}")
        words = ["red", "green", "blue", "rare", "", "x,y", 'say "so"', "größe"]
        texts = [words[k] for k in rng.choice(len(words), n, p=[.3, .2, .2, .01, .1, .1, .05, .04])]
        fields.append(['"' + t.replace('"', '""') + '"' if t else "" for t in texts])
        found = text_inputs(texts)
        columns += found[0]
        errors += found[1]
    path = os.path.join(directory, "table.csv")
    with open(path, "w", encoding="utf-8") as file:
        file.write(",".join(names) + "\n")
        for row in zip(*fields):
            file.write(",".join(row) + "\n")
    outs = [os.path.join(directory, name) for name in ("f64", "f32")]
    run = subprocess.run([program, path, scaling, str(n_bins), *outs], stdout=subprocess.PIPE,
                         text=True, check=True)
    n_inputs = sum(int(line.split()[1]) for line in run.stdout.splitlines())
    expected, bound = np.stack(columns, 1), np.stack(errors, 1)
    assert n_inputs == expected.shape[1], f"seed {seed}: {n_inputs} inputs, NumPy {expected.shape}"
    found64 = np.fromfile(outs[0], "<f8").reshape(expected.shape)
    found32 = np.fromfile(outs[1], "<f4").reshape(expected.shape)
    off = np.abs(found64 - expected)
    worst = np.unravel_index(np.argmax(off - bound), off.shape)
    assert (off <= bound).all(), f"seed {seed}: {worst}: {found64[worst]}, NumPy {expected[worst]}"
    # The float form calculates from the same z, with a handful of roundings; differences of z and
    # an edge are exact but for one.
    off32 = np.abs(found32 - found64)
    assert (off32 <= 8 * U * np.maximum(1, np.abs(found64))).all(), f"seed {seed}: {off32.max()}"
    # Widened bounds say nothing: most must be far below what a wrong formula would be off.
    assert np.median(bound) < 1e-6 and (bound < 1e-3).mean() > 0.99, f"seed {seed}: vacuous"


with tempfile.TemporaryDirectory() as directory:
    n_tables = 0
    for scaling in ("robust", "standard"):
        for n_bins in (0, 1, 2, 16, 64):
            for seed in range(4):
                check(directory, sys.argv[1], 100 * n_bins + seed, scaling, n_bins)
                n_tables += 1
    print(f"{n_tables} tables are encoded as NumPy does it")
