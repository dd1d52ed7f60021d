#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The training of gemlet in PyTorch, on the CPU, with the weights and batches of draws.c.

    python3 tests/peers/torch_mlp.py --model FILE.npz --orders FILE [--compile]

Threads come from OMP_NUM_THREADS and OPENBLAS_NUM_THREADS. --compile passes the forward pass and
the loss through torch.compile, which PyTorch has since version 2; ends with 77 without it."""
import sys

import torch
from torch import nn

import peer


def make_network(path):
    arrays, widths = peer.load_model(path)
    stages = []
    for i in range(1, len(widths)):
        is_last = i == len(widths) - 1
        dense = nn.Linear(widths[i - 1], widths[i], bias=is_last)
        with torch.no_grad():
            dense.weight.copy_(torch.from_numpy(arrays[f"layer{i}.weight"]).T)
            if is_last:
                dense.bias.zero_()
        stages += [dense] if is_last else [dense, nn.BatchNorm1d(widths[i]), nn.ReLU()]
    return nn.Sequential(*stages)


def main():
    args = peer.parse(__doc__.split("\n")[0],
                      lambda parser: parser.add_argument("--compile", action="store_true"))
    if args.compile and not hasattr(torch, "compile"):
        print(f"torch_mlp: PyTorch {torch.__version__} has no torch.compile", file=sys.stderr)
        sys.exit(77)
    images, labels = peer.load(args.data, "train")
    # Bytes, gathered and then made floats: quicker than gathering floats, or by images[rows].
    images, labels = torch.tensor(images), torch.tensor(labels, dtype=torch.int64)
    network = make_network(args.model)
    weights = [p for p in network.parameters() if p.dim() == 2]
    others = [p for p in network.parameters() if p.dim() != 2]
    optimizer = torch.optim.SGD([{"params": weights, "weight_decay": args.decay},
                                 {"params": others}], lr=args.lr)
    loss_of_logits = nn.CrossEntropyLoss()

    def loss_of_batch(x, y):
        return loss_of_logits(network(x), y)

    if args.compile:
        loss_of_batch = torch.compile(loss_of_batch)

    def train_step(rows, rate):
        x = images.index_select(0, rows).to(torch.float32).mul_(1 / 255)
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of_batch(x, labels.index_select(0, rows))
        loss.backward()
        optimizer.step()
        return loss.detach()

    orders = torch.from_numpy(peer.load_orders(args.orders, len(images)).astype("int64"))
    losses, seconds = peer.train(args, len(images), orders.__getitem__, train_step)
    peer.report(args, losses, seconds)


if __name__ == "__main__":
    main()
