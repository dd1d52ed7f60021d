# SPDX-License-Identifier: MIT
"""Writes the same rows as NumPy's archives and as what gemlet reads beside them: npz_data.py DIRECTORY

Ends with 77 where NumPy is missing."""
import csv
import os
import struct
import sys

try:
    import numpy as np
except ImportError:
    sys.exit(77)

out = sys.argv[1]
rng = np.random.default_rng(5)


def path(name):
    return os.path.join(out, name)


def text(value):
    if isinstance(value, (float, np.floating)):
        return "" if np.isnan(value) else repr(float(value))
    return str(value)


def write_csv(name, x, y):
    with open(path(name), "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([f"x{i}" for i in range(x.shape[1])] + ["y"])
        writer.writerows([text(v) for v in row] + [text(t)] for row, t in zip(x, y))


def write_idx(name, values):
    with open(path(name), "wb") as file:
        file.write(struct.pack(">HBB", 0, 8, values.ndim))
        file.write(struct.pack(f">{values.ndim}I", *values.shape))
        file.write(values.astype("u1").tobytes())


# Rows of a table: numbers with gaps, whole numbers, classes as texts and as numbers, a number.
n = 300
x = rng.normal(size=(n, 5))
x[:, 3] = rng.integers(0, 40, size=n)
x[::7, 2] = np.nan
score = x[:, 0] + 0.5 * x[:, 1]
names = np.array(["klein", "groß", "mittel"])[np.digitize(score, (-0.5, 0.5))]
value = 100 + 3 * score + 0.1 * x[:, 3]
write_csv("texts.csv", x, names)
np.savez(path("texts.npz"), x=x, y=names)
np.savez_compressed(path("turned.npz"), X=np.asfortranarray(x), Y=names.reshape(-1, 1))
write_csv("value.csv", x, value)
np.savez(path("value.npz"), x_train=x, y_train=value)
write_csv("train.csv", x[:200], names[:200])
write_csv("test.csv", x[200:], names[200:])
np.savez(path("parts.npz"), x_train=x[:200], y_train=names[:200], x_test=x[200:], y_test=names[200:])
whole = rng.integers(-3, 3, size=(n, 2))
write_csv("whole.csv", whole, (whole[:, 0] > 0).astype(int))
for kind in ("<i2", "<i4", "<i8", "<f4"):
    np.savez(path(f"whole{kind[1:]}.npz"), x=whole.astype(kind), y=whole[:, 0] > 0)

# Items.
images = rng.integers(0, 256, size=(150, 5, 4)).astype("u1")
labels = (images[:, 0, 0] // 86).astype("u1")
os.mkdir(path("idx"))
write_idx("idx/train-images-idx3-ubyte", images[:100])
write_idx("idx/train-labels-idx1-ubyte", labels[:100])
write_idx("idx/t10k-images-idx3-ubyte", images[100:])
write_idx("idx/t10k-labels-idx1-ubyte", labels[100:])
parts = {"x_train": images[:100], "y_train": labels[:100].astype("<i8"),
         "x_test": images[100:], "y_test": labels[100:].astype("<u2")}
np.savez(path("images.npz"), **parts)
np.savez(path("only_train.npz"), x=images, y=labels)

# What is no data.
np.savez(path("lengths.npz"), x=x, y=value[:5])
np.savez(path("half.npz"), x=x.astype("<f2"), y=value)
np.savez(path("objects.npz"), x=x, y=np.array([None] * n, dtype=object))
np.savez(path("names.npz"), features=x, target=value)
np.savez(path("infinite.npz"), x=np.where(np.isnan(x), np.inf, x), y=value)
np.savez(path("cube.npz"), x=images.astype("<f4"), y=labels.astype("<f4"))
np.savez(path("negative.npz"), **dict(parts, y_train=parts["y_train"] - 1))
np.savez(path("empty.npz"), x=x[:0], y=value[:0])
