#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes the files beside it: small archives of data, and such as are none."""
import os

import numpy as np

here = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(1)
x = rng.normal(size=(6, 3)).round(2)
x[1, 1] = np.nan
y = np.array([0, 1, 1, 0, 2, 1])
images = rng.integers(0, 256, size=(6, 2, 2)).astype("u1")
names = np.array(["a", "größer", "", "c", "a", "c"])
corpus = {
    "floats": {"x": x, "y": y},
    "parts": {"x_train": x.astype("f4"), "y_train": names, "x_test": x[:2], "y_test": names[:2]},
    "turned": {"X": np.asfortranarray(x), "Y": y.astype("f8")},
    "texts": {"x": names, "y": y > 0},
    "whole": {"x": x[:, :1].round().astype("f4"), "y": y.astype("i1")},
    "unsigned": {"x": y.reshape(-1, 1).astype("u4"), "y": y.astype("u2")},
    "large": {"x": np.array([[2 ** 63 + 5], [1]], "u8"), "y": np.array([-2 ** 63, 1], "i8")},
    "images": {"x": images, "y": y, "x_test": images[:2], "y_test": y[:2].astype("u1")},
    "cube": {"x": images.astype("f8"), "y": y},
    "negative": {"x": images, "y": y - 1},
    "half": {"x": x.astype("f2"), "y": y},
    "scalar": {"x": np.float64(3), "y": y},
    "empty": {"x": x[:0], "y": y[:0]},
    "lengths": {"x": x, "y": y[:2]},
    "infinite": {"x": np.array([[np.inf]]), "y": y[:1]},
    "surrogate": {"x": x[:1], "y": np.array([0xD800], "<u4").view("<U1")},
    "other": {"data": x},
}
for name, arrays in corpus.items():
    np.savez(os.path.join(here, name), **arrays)
    os.rename(os.path.join(here, name + ".npz"), os.path.join(here, name))
