#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The headline job in plain NumPy: what gemlet is compared with, in time and in accuracy.

The same network, batch size, learning rate, schedule, weight decay and number of steps as
`gemlet train`, in float32, with the formulas of host/backend/backend.h. Random numbers are
NumPy's, so single losses differ from gemlet's and only means over seeds can be compared; or, with
--model and --orders, the same as gemlet's (see draws.c). Prints one JSON line.

    python3 tests/peers/numpy_mnist.py [--steps N] [--seed N] [--recipe default|reference]
"""
import argparse
import gzip
import json
import time

import numpy as np

EPS, MOMENTUM, HIDDEN, CLASSES = 1e-5, 0.1, (150, 150), 10


def read_idx(path):
    with gzip.open(path) as file:
        raw = file.read()
    dims = np.frombuffer(raw, ">u4", raw[3], 4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(dims)


def load(directory, split):
    images = read_idx(f"{directory}/{split}-images-idx3-ubyte.gz")
    labels = read_idx(f"{directory}/{split}-labels-idx1-ubyte.gz")
    return images.reshape(len(images), -1), labels


class Layer:
    def __init__(self, rng, fan_in, width, std, batch_norm):
        self.w = (std * rng.standard_normal((fan_in, width))).astype(np.float32)
        self.batch_norm = batch_norm
        self.beta = np.zeros(width, np.float32)  # the bias, where there is no batch-norm
        self.gamma = np.ones(width, np.float32)
        self.running_mean = np.zeros(width, np.float32)
        self.running_var = np.ones(width, np.float32)

    def forward(self, x, train):
        self.x = x
        z = x @ self.w
        if not self.batch_norm:
            return z + self.beta
        mean, var = self.running_mean, self.running_var
        if train:
            mean = z.mean(axis=0)
            var = ((z - mean) ** 2).mean(axis=0)
            unbiased = var * (len(z) / (len(z) - 1))
            self.running_mean += MOMENTUM * (mean - self.running_mean)
            self.running_var += MOMENTUM * (unbiased - self.running_var)
        self.rstd = 1 / np.sqrt(var + np.float32(EPS))
        self.h = (z - mean) * self.rstd
        self.y = np.maximum(self.gamma * self.h + self.beta, 0)
        return self.y

    def backward(self, dy, rate, decay, need_dx=True):
        if self.batch_norm:
            da = dy * (self.y > 0)
            dbeta, dgamma = da.sum(axis=0), (da * self.h).sum(axis=0)
            dz = self.gamma * self.rstd * (da - (dbeta + self.h * dgamma) / len(dy))
            self.gamma -= rate * dgamma
        else:
            dz, dbeta = dy, dy.sum(axis=0)
        dx = dz @ self.w.T if need_dx else None
        self.w -= rate * (self.x.T @ dz + decay * self.w)
        self.beta -= rate * dbeta
        return dx


def forward(layers, x, train):
    for layer in layers:
        x = layer.forward(x, train)
    return x


def softmax_xent(logits, labels):
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    rows = np.arange(len(labels))
    loss = -log_p[rows, labels].mean()
    dlogits = np.exp(log_p)
    dlogits[rows, labels] -= 1
    return loss, dlogits / len(labels)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", default="datasets/mnist")
    parser.add_argument("--steps", type=int, default=20000)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--recipe", choices=("default", "reference"), default="default")
    parser.add_argument("--model", help="npz file with the initial weights")
    parser.add_argument("--orders", help="file with the order of the rows of every epoch, uint32")
    args = parser.parse_args()
    reference = args.recipe == "reference"
    decay = np.float32(0 if reference else 5e-3)

    started = time.perf_counter()
    rng = np.random.default_rng(args.seed)
    train_x, train_y = load(args.data, "train")
    test_x, test_y = load(args.data, "t10k")
    fan_ins = (train_x.shape[1], *HIDDEN)
    stds = [0.05] * 3 if reference else [*(np.sqrt(2 / f) for f in fan_ins[:-1]),
                                         0.1 / np.sqrt(fan_ins[-1])]
    layers = [Layer(rng, f, w, s, batch_norm=i < len(HIDDEN))
              for i, (f, w, s) in enumerate(zip(fan_ins, (*HIDDEN, CLASSES), stds))]

    if args.model:
        initial = np.load(args.model)
        for i, layer in enumerate(layers):
            layer.w = initial[f"layer{i + 1}.weight"]
    if args.orders:
        orders = np.fromfile(args.orders, np.uint32).reshape(-1, len(train_x))

    per_epoch = len(train_x) // args.batch
    initial_loss = None
    train_started = time.perf_counter()
    for step in range(args.steps):
        if step % per_epoch == 0:
            order = orders[step // per_epoch] if args.orders else rng.permutation(len(train_x))
        rows = order[step % per_epoch * args.batch:][:args.batch]
        x = train_x[rows] * np.float32(1 / 255)
        rate = args.lr if reference else args.lr * (1 + np.cos(np.pi * step / args.steps)) / 2
        rate = np.float32(rate)
        loss, grad = softmax_xent(forward(layers, x, True), train_y[rows])
        initial_loss = loss if initial_loss is None else initial_loss
        for i in range(len(layers) - 1, -1, -1):
            grad = layers[i].backward(grad, rate, decay, need_dx=i > 0)
    train_seconds = time.perf_counter() - train_started

    logits = forward(layers, test_x * np.float32(1 / 255), False)
    test_loss, _ = softmax_xent(logits, test_y)
    print(json.dumps({
        "test_accuracy": float((logits.argmax(axis=1) == test_y).mean()),
        "test_loss": float(test_loss), "initial_loss": float(initial_loss),
        "steps": args.steps, "train_seconds": round(train_seconds, 3),
        "us_per_step": round(1e6 * train_seconds / args.steps, 1),
        "total_seconds": round(time.perf_counter() - started, 3), "seed": args.seed}))


if __name__ == "__main__":
    main()
