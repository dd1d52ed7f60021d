#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The headline job in plain NumPy: what gemlet is compared with, in time and in accuracy.

The same network, batch size, learning rate, schedule, weight decay and number of steps as
`gemlet train`, in float32, with the formulas of host/backend/backend.h. Random numbers are
NumPy's, so single losses differ from gemlet's and only means over seeds can be compared; or, with
--model and --orders, the same as gemlet's (see draws.c). Prints one JSON line.

    python3 tests/peers/numpy_mnist.py [--steps N] [--seed N] [--recipe plain|reference]

With --model the network may have any widths.
"""
import time

import numpy as np

import peer

EPS, MOMENTUM, HIDDEN, CLASSES = 1e-5, 0.1, (150, 150), 10


class Update:
    """SGD, with momentum or without, of one parameter."""

    def __init__(self, args):
        self.momentum, self.nesterov, self.v = np.float32(args.momentum), args.nesterov, 0

    def step(self, parameter, gradient, rate):
        self.v = self.momentum * self.v + gradient
        parameter -= rate * (gradient + self.momentum * self.v if self.nesterov else self.v)


class Layer:
    def __init__(self, args, rng, fan_in, width, std, batch_norm):
        self.update_w, self.update_beta, self.update_gamma = (Update(args) for _ in range(3))
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
            self.update_gamma.step(self.gamma, dgamma, rate)
        else:
            dz, dbeta = dy, dy.sum(axis=0)
        dx = dz @ self.w.T if need_dx else None
        self.update_w.step(self.w, self.x.T @ dz + decay * self.w, rate)
        self.update_beta.step(self.beta, dbeta, rate)
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


def initial_layers(args, n_features):
    """With the weights of --model, or of the headline network and drawn by NumPy."""
    rng = np.random.default_rng(args.seed)
    arrays, widths = {}, [n_features, *HIDDEN, CLASSES]
    if args.model:
        arrays, widths = peer.load_model(args.model)
    fan_ins, n_hidden = widths[:-1], len(widths) - 2
    stds = [np.sqrt(2 / f) for f in fan_ins[:-1]] + [0.1 / np.sqrt(fan_ins[-1])]
    if args.recipe == "reference":
        stds = [0.05] * len(fan_ins)
    layers = [Layer(args, rng, f, w, s, batch_norm=i < n_hidden)
              for i, (f, w, s) in enumerate(zip(fan_ins, widths[1:], stds))]
    if args.model:
        for i, layer in enumerate(layers):
            layer.w = arrays[f"layer{i + 1}.weight"]
    return layers


def main():
    args = peer.parse(__doc__.split("\n")[0],
                      lambda parser: parser.add_argument("--seed", type=int, default=1))
    started = time.perf_counter()
    train_x, train_y = peer.load(args.data, "train")
    layers = initial_layers(args, train_x.shape[1])
    decay = np.float32(args.decay)

    def train_step(rows, rate):
        x = train_x[rows] * np.float32(1 / 255)
        loss, grad = softmax_xent(forward(layers, x, True), train_y[rows])
        for i in range(len(layers) - 1, -1, -1):
            grad = layers[i].backward(grad, np.float32(rate), decay, need_dx=i > 0)
        return loss

    if args.orders:
        order_of_epoch = peer.load_orders(args.orders, len(train_x)).__getitem__
    else:
        rng = np.random.default_rng((args.seed, 1))
        order_of_epoch = lambda epoch: rng.permutation(len(train_x))
    losses, seconds = peer.train(args, len(train_x), order_of_epoch, train_step)

    more = {}
    if len(losses) == args.steps:  # a run that ends early is not tested
        test_x, test_y = peer.load(args.data, "t10k")
        logits = forward(layers, test_x * np.float32(1 / 255), False)
        more = {"test_accuracy": float((logits.argmax(axis=1) == test_y).mean()),
                "test_loss": float(softmax_xent(logits, test_y)[0])}
    peer.report(args, losses, seconds, initial_loss=losses[0], steps=len(losses),
                train_seconds=round(seconds, 3),
                total_seconds=round(time.perf_counter() - started, 3), seed=args.seed, **more)


if __name__ == "__main__":
    main()
