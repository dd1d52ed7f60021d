#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes a table of columns of all kinds, for measuring: make-big-table.py ROWS FILE [SEED]

30 columns: an id, 17 numbers of several shapes and precisions, 3 of them with gaps, 4 whole numbers, 6
texts of 3 to 500 levels, a yes or no, and the target y of three classes, which follows from some of
the others with noise. The same arguments give the same bytes."""
import sys

import numpy as np


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit("usage: make-big-table.py ROWS FILE [SEED]")
    n_rows, path = int(sys.argv[1]), sys.argv[2]
    rng = np.random.default_rng(int(sys.argv[3]) if len(sys.argv) == 4 else 1)
    levels = [[f"{'abcdefgh'[i]}{k}" for k in range(n)] for i, n in enumerate((3, 5, 8, 20, 60, 500))]
    names = (["id"] + [f"n{i}" for i in range(17)] + [f"w{i}" for i in range(4)] +
             [f"t{i}" for i in range(6)] + ["flag", "y"])
    with open(path, "w", encoding="utf-8") as file:
        file.write(",".join(names) + "\n")
        for first in range(0, n_rows, 50000):
            n = min(50000, n_rows - first)
            x = rng.normal(size=(n, 17))
            x[:, 4:8] = np.exp(x[:, 4:8])
            x[:, 8:12] *= 1000
            w = rng.integers(0, (2, 10, 256, 100000), size=(n, 4))
            t = [rng.integers(0, len(l), size=n) for l in levels]
            flag = rng.random(n) < 0.3
            score = (x[:, 0] + np.abs(x[:, 1]) * (t[1] % 2 * 2 - 1) + 0.3 * np.log(x[:, 4]) +
                     (t[3] % 3 - 1) + 0.8 * flag + rng.normal(size=n))
            y = np.digitize(score, (-0.7, 0.9))
            gaps = rng.random((n, 3)) < (0.02, 0.1, 0.3)
            columns = [[f"r{first + i}" for i in range(n)]]
            for i in range(17):
                text = [f"{v:.{(2, 4, 6)[i % 3]}f}" for v in x[:, i]]
                if i >= 14:
                    text = ["" if g else v for v, g in zip(text, gaps[:, i - 14])]
                columns.append(text)
            columns += [[str(v) for v in w[:, i]] for i in range(4)]
            columns += [[levels[i][k] for k in t[i]] for i in range(6)]
            columns += [["yes" if f else "no" for f in flag], ["low middle high".split()[k] for k in y]]
            file.writelines(",".join(row) + "\n" for row in zip(*columns))


main()
