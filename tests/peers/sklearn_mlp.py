#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""scikit-learn's MLPClassifier beside gemlet: what it can do of the same job.

The widths, initial weights and batches of draws.c, SGD without momentum; but there is no
batch-norm (hidden layers have biases instead), no cosine schedule (the rate is constant) and no
weight decay (its alpha counts for the loss that it reports). So its loss cannot be compared, and
its steps do less. The rows are put in order and made floats before the time is taken.

    python3 tests/peers/sklearn_mlp.py --model FILE.npz --orders FILE

Threads come from OPENBLAS_NUM_THREADS."""
import time

import numpy as np
from sklearn.neural_network import MLPClassifier

import peer


def main():
    args = peer.parse(__doc__.split("\n")[0])
    images, labels = peer.load(args.data, "train")
    arrays, widths = peer.load_model(args.model)
    orders = peer.load_orders(args.orders, len(images))
    in_epoch = len(images) // args.batch * args.batch
    rows = orders[:, :in_epoch].ravel()[:(args.warm_up + args.measure) * args.batch]
    x, y = images[rows] * np.float32(1 / 255), labels[rows]

    network = MLPClassifier(widths[1:-1], activation="relu", solver="sgd", momentum=0, alpha=0,
                            learning_rate="constant", learning_rate_init=args.lr,
                            batch_size=args.batch, shuffle=False)
    # The first call makes the arrays; then they get the initial weights, in place because the
    # optimizer holds on to them.
    network.partial_fit(x[:args.batch], y[:args.batch], classes=np.unique(labels))
    for i, (weights, bias) in enumerate(zip(network.coefs_, network.intercepts_), 1):
        weights[:] = arrays[f"layer{i}.weight"]
        bias[:] = 0

    def train(first, last):
        """Trains the steps first..last - 1; returns their mean loss."""
        network.partial_fit(x[first * args.batch:last * args.batch],
                            y[first * args.batch:last * args.batch])
        return network.loss_

    if args.warm_up:
        train(0, args.warm_up)
    n_steps = args.warm_up + args.measure
    started = time.perf_counter()
    if args.measure > args.average:
        train(args.warm_up, n_steps - args.average)
    loss = train(n_steps - args.average, n_steps)
    seconds = time.perf_counter() - started
    peer.report(args, [loss] * args.average, seconds)


if __name__ == "__main__":
    main()
