# SPDX-License-Identifier: MIT
"""Counts with numpy.histogram what gemlet counted, and compares count by count.

Usage: check_histograms.py WRITE_HISTOGRAMS

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


def check(directory, line):
    name, *numbers = line.split()
    low, high = (float(np.float32(text)) for text in numbers[:2])
    nan, below, above, *counts = (int(text) for text in numbers[2:])
    x = np.fromfile(os.path.join(directory, name + ".f32"), dtype="<f4")
    expected, _ = np.histogram(x, bins=len(counts), range=(low, high))
    assert counts == list(expected), f"{name}: found {counts}, expected {list(expected)}"
    assert nan == np.isnan(x).sum(), f"{name}: {nan} NaNs"
    assert below == (x < np.float32(low)).sum(), f"{name}: {below} below"
    assert above == (x > np.float32(high)).sum(), f"{name}: {above} above"
    assert sum(counts) > 1000, f"{name}: nothing to see"


with tempfile.TemporaryDirectory() as directory:
    run = subprocess.run([sys.argv[1], directory], stdout=subprocess.PIPE, text=True, check=True)
    lines = run.stdout.splitlines()
    for line in lines:
        check(directory, line)
    assert len(lines) == 7, f"{len(lines)} cases"
    print(f"{len(lines)} histograms are NumPy's")
