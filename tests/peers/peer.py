# SPDX-License-Identifier: MIT
"""What the peers written in Python share: options, data, order of the rows, learning rate, the
timed loop. The options are those of openblas_mlp.c too; a peer adds what it needs besides."""
import argparse
import gzip
import json
import math
import time

import numpy as np

WEIGHT_DECAY = 5e-3  # of the recipe plain; the reference recipe has none


def parse(description, add_options=lambda parser: None):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--data", default="datasets/mnist")
    parser.add_argument("--model", help="npz file with network and initial weights")
    parser.add_argument("--orders", help="file with the order of the rows of every epoch, uint32")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--momentum", type=float, default=0.0)
    parser.add_argument("--label-smoothing", type=float, default=0.0)
    parser.add_argument("--nesterov", action="store_true")
    parser.add_argument("--optimizer", choices=("sgd", "adam", "adamw"), default="sgd")
    parser.add_argument("--weight-decay", type=float, help="default: that of the recipe")
    parser.add_argument("--moving-average", metavar="ema:D", help="of the weights, as gemlet's --average;"
                        " losses are then those of the first 500 test rows by it, after each step")
    parser.add_argument("--lr-scale", default="", help="as gemlet's, of one network")
    parser.add_argument("--clip-norm", type=float, default=0.0)
    parser.add_argument("--max-norm", type=float, default=0.0)
    parser.add_argument("--mixup", type=float, default=0.0)
    parser.add_argument("--adversarial", type=float, default=0.0, help="not together with dropout")
    parser.add_argument("--virtual-adversarial", type=float, default=0.0)
    parser.add_argument("--virtual-adversarial-xi", type=float, default=0.1)
    parser.add_argument("--virtual-adversarial-weight", type=float, default=1.0)
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--input-dropout", type=float, default=0.0)
    parser.add_argument("--recipe", choices=("plain", "reference"), default="plain")
    parser.add_argument("--steps", type=int, default=20000, help="of the whole run")
    parser.add_argument("--warm-up", type=int, default=0, help="steps that are not timed")
    parser.add_argument("--measure", type=int, help="steps after them; default: all the others")
    parser.add_argument("--average", type=int, default=1,
                        help="last measured steps whose mean loss is printed")
    parser.add_argument("--losses", help="file for the loss of every step")
    add_options(parser)
    args = parser.parse_args()
    args.measure = args.measure or args.steps - args.warm_up
    args.decay = 0.0 if args.recipe == "reference" else WEIGHT_DECAY
    if args.weight_decay is not None:
        args.decay = args.weight_decay
    return args


def read_idx(path):
    with gzip.open(path) as file:
        raw = file.read()
    dims = np.frombuffer(raw, ">u4", raw[3], 4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(dims)


def load(directory, split):
    """Images as rows of bytes, and their labels."""
    images = read_idx(f"{directory}/{split}-images-idx3-ubyte.gz")
    labels = read_idx(f"{directory}/{split}-labels-idx1-ubyte.gz")
    return images.reshape(len(images), -1), labels


def load_model(path):
    """The arrays of a model and its widths, inputs first."""
    arrays = dict(np.load(path))
    widths = [len(arrays["layer1.weight"])]
    while f"layer{len(widths)}.weight" in arrays:
        widths.append(arrays[f"layer{len(widths)}.weight"].shape[1])
    return arrays, widths


def load_orders(path, n_rows):
    return np.fromfile(path, np.uint32).reshape(-1, n_rows)


def learning_rate(args, step):
    if args.recipe == "reference":
        return args.lr
    return args.lr * (1 + math.cos(math.pi * step / args.steps)) / 2


def average_weight(args, step):
    """The part of the values after step `step`, from 0, in their moving average."""
    decay = float(args.moving_average.removeprefix("ema:"))
    return 1 - min(decay, (2 + step) / (11 + step))


def train(args, n_rows, order_of_epoch, train_step, wait=lambda: None):
    """Trains warm-up + measure steps with train_step(rows, learning rate), which returns the loss;
    returns the losses and the seconds of the measured steps. wait() returns when all steps so far
    are done."""
    per_epoch = n_rows // args.batch
    losses = []
    started = time.perf_counter()
    for step in range(args.warm_up + args.measure):
        if step % per_epoch == 0:
            order = order_of_epoch(step // per_epoch)
        if step == args.warm_up:
            wait()
            started = time.perf_counter()
        rows = order[step % per_epoch * args.batch:][:args.batch]
        losses.append(train_step(rows, learning_rate(args, step)))
    wait()
    seconds = time.perf_counter() - started
    return [float(loss) for loss in losses], seconds


def philox(counter, key):
    """Philox 4x32-10 (Salmon et al. 2011): four words of 32 bits. counter: four, and key: two, of
    numbers or arrays."""
    c = [np.asarray(x, np.uint64) for x in counter]
    key = [int(x) for x in key]
    for _ in range(10):
        products = c[0] * np.uint64(0xD2511F53), c[2] * np.uint64(0xCD9E8D57)
        (high0, low0), (high1, low1) = [(p >> np.uint64(32), p & np.uint64(0xFFFFFFFF))
                                        for p in products]
        c = [high1 ^ c[1] ^ np.uint64(key[0]), low1, high0 ^ c[3] ^ np.uint64(key[1]), low0]
        key = [(key[0] + 0x9E3779B9) & 0xFFFFFFFF, (key[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return c


SEED = 1  # that of gemlet and of draws.c
PURPOSE_STEP, PURPOSE_MIXUP = 6, 8  # GM_RNG_STEP, GM_RNG_MIXUP


def dropout_mask(rate, step, layer, rows, cols):
    """(rows, cols) factors of gemlet's dropout in a step, from 0, as floats: 0 or 1 / (1 - rate).
    layer: from 1; 0: the inputs. See `dropout` in host/backend/backend.h."""
    rate = round(rate * 65536) / 65536
    key = [int(word) for word in philox([step, 0, 0, PURPOSE_STEP], [SEED, 0])[:2]]
    row, col = np.arange(rows, dtype=np.uint64)[:, None], np.arange(cols, dtype=np.uint64)[None]
    shape = np.zeros((rows, cols), np.uint64)
    words = np.stack(philox([col + shape, row // np.uint64(8) + shape, layer + shape, shape], key))
    place = np.arange(rows) % 8
    word = words[place // 2, np.arange(rows)]
    number = word >> (16 * (place % 2)).astype(np.uint64)[:, None] & np.uint64(0xFFFF)
    return np.where(number < rate * 65536, 0, 1 / (1 - rate)).astype(np.float32)


def direction(step, rows, cols):
    """(rows, cols) of gemlet's random direction in a step, from 0: `noise` without x in
    host/backend/backend.h."""
    key = [int(word) for word in philox([step, 0, 0, PURPOSE_STEP], [SEED, 0])[:2]]
    row, col = np.arange(rows, dtype=np.uint64)[:, None], np.arange(cols, dtype=np.uint64)[None]
    shape = np.zeros((rows, cols), np.uint64)
    words = philox([col + shape, row + shape, shape + np.uint64(65), shape + np.uint64(4)], key)
    total = sum((word & np.uint64(0xFFFF)) + (word >> np.uint64(16)) for word in words)
    return total.astype(np.float32) - np.float32(262140)


def mixed_part(parameter, step):
    """Part of the other row in gemlet's mixup in a step, from 0. See host/train/mixup.c."""
    words = np.concatenate([philox([block, 0, step, PURPOSE_MIXUP], [SEED, 0]) for block in range(200)])
    halves = words.astype(np.uint64).reshape(-1, 2) >> np.uint64(6)
    uniform = ((halves[:, 0] << np.uint64(26) | halves[:, 1]).astype(np.float64) + 0.5) * 2.0 ** -52
    a, b = (np.log(uniform) / parameter).reshape(-1, 2).T
    log_sum = np.logaddexp(a, b)
    drawn = np.exp(a - log_sum)[log_sum <= 0][0]
    return float(np.float32(min(drawn, 1 - drawn)))


def report(args, losses, seconds, **more):
    """Prints the JSON line of a peer."""
    if args.losses:
        np.savetxt(args.losses, losses, "%.9g")
    print(json.dumps({"us_per_step": round(1e6 * seconds / args.measure, 1),
                      "train_loss": sum(losses[-args.average:]) / args.average, **more}))
