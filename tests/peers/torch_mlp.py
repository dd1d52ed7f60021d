#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The training of gemlet in PyTorch with the weights and batches of draws.c.

    python3 tests/peers/torch_mlp.py --model FILE.npz --orders FILE [--device cuda] [--compile | --graph]

Threads come from OMP_NUM_THREADS and OPENBLAS_NUM_THREADS. --device is a device of PyTorch; products
are float there, not TF32. --compile passes the forward pass and the loss through torch.compile, which
PyTorch has since version 2; ends with 77 without it. --graph records a step as a CUDA graph and
replays it."""
import copy
import sys

import torch
from torch import nn

import peer


# The names of gemlet.
ACTIVATIONS = {"relu": nn.ReLU, "leaky_relu": nn.LeakyReLU, "elu": nn.ELU, "selu": nn.SELU,
               "gelu": nn.GELU, "silu": nn.SiLU, "mish": nn.Mish}


class Dropout(nn.Module):
    """With the masks of gemlet."""

    def __init__(self, rate, layer):
        super().__init__()
        self.rate, self.layer, self.step = rate, layer, 0

    def forward(self, x):
        mask = peer.dropout_mask(self.rate, self.step, self.layer, *x.shape)
        self.step += 1
        return x * torch.from_numpy(mask)


def make_network(path, activation, dropout, input_dropout):
    arrays, widths = peer.load_model(path)
    stages = [Dropout(input_dropout, 0)] if input_dropout > 0 else []
    for i in range(1, len(widths)):
        is_last = i == len(widths) - 1
        dense = nn.Linear(widths[i - 1], widths[i], bias=is_last)
        with torch.no_grad():
            dense.weight.copy_(torch.from_numpy(arrays[f"layer{i}.weight"]).T)
            if is_last:
                dense.bias.zero_()
        stages += [dense]
        if not is_last:
            stages += [nn.BatchNorm1d(widths[i]), ACTIVATIONS[activation]()]
        if not is_last and dropout > 0:
            stages += [Dropout(dropout, i)]
    return nn.Sequential(*stages)


def parameter_groups(network, decay, scales):
    """One group for each parameter, with its factor of the learning rate: gemlet's --lr-scale."""
    factors = {name: float(factor) for name, factor in
               (scale.split("=") for scale in scales.split(",") if scale)}
    n_layers = sum(isinstance(stage, nn.Linear) for stage in network)
    layer, groups = 0, []
    for stage in network:
        is_dense = isinstance(stage, nn.Linear)
        layer += is_dense
        places = [str(layer)] + ["first"] * (layer == 1) + ["last"] * (layer == n_layers)
        for name, parameter in stage.named_parameters():
            kind = {"weight": "weights" if is_dense else "scales", "bias": "biases" if is_dense else "shifts"}[name]
            scale = 1.0
            for group in [kind, *places]:
                scale *= factors.get(group, 1.0)
            groups.append({"params": [parameter], "scale": scale,
                           "weight_decay": decay if kind == "weights" else 0.0})
    return groups


def add_options(parser):
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--activation", choices=ACTIVATIONS, default="relu")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--compile", action="store_true")
    how.add_argument("--graph", action="store_true")


def record_step(train_step, rows, rate, state):
    """Returns train_step as the replay of a CUDA graph. Recording needs a few steps before it, which
    are taken back by `state`, tensors that training changes."""
    before = [tensor.clone() for tensor in state]
    rows = rows.clone()
    aside = torch.cuda.Stream()
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):
        for _ in range(3):
            train_step(rows, rate)
    torch.cuda.current_stream().wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        loss = train_step(rows, None)
    with torch.no_grad():
        for tensor, value in zip(state, before):
            tensor.copy_(value)

    def replay(next_rows, next_rate):
        rows.copy_(next_rows)
        rate.fill_(next_rate)
        graph.replay()
        return loss.clone()

    return replay


class Average:
    """A moving average of a network, its statistics included, and the first 500 test rows."""

    def __init__(self, args, network):
        self.args, self.network, self.step = args, network, 0
        self.averaged = copy.deepcopy(network).eval()
        images, labels = peer.load(args.data, "t10k")
        self.x = torch.tensor(images[:500]).to(torch.float32).mul_(1 / 255)
        self.y = torch.tensor(labels[:500], dtype=torch.int64)

    @torch.no_grad()
    def follow(self):
        """Takes in the network after a step; returns their loss."""
        weight = peer.average_weight(self.args, self.step)
        self.step += 1
        for e, v in zip(self.averaged.state_dict().values(), self.network.state_dict().values()):
            if e.is_floating_point():
                e.lerp_(v, weight)
        return nn.functional.cross_entropy(self.averaged(self.x), self.y)


class VirtualAdversary:
    """The divergence of Miyato et al. 2018, with gemlet's random directions."""

    def __init__(self, args, network):
        self.args, self.network, self.step = args, network, 0
        self.norms = [stage for stage in network if isinstance(stage, nn.BatchNorm1d)]

    def divergence(self, target, x):
        logs = nn.functional.log_softmax(self.network(x), 1)
        return (target * (target.log() - logs)).sum(1).mean()

    def loss(self, x, logits):
        """What is added to the loss of the logits of x."""
        target = logits.detach().softmax(1)
        drawn = torch.from_numpy(peer.direction(self.step, *x.shape))
        self.step += 1
        before = [norm.momentum for norm in self.norms]
        for norm in self.norms:  # running statistics stay
            norm.momentum = 0.0
        near = x + self.args.virtual_adversarial_xi * nn.functional.normalize(drawn, dim=1)
        near.requires_grad_()
        gradient, = torch.autograd.grad(self.divergence(target, near), near)
        gradient = gradient / gradient.abs().amax(1, keepdim=True)  # squares would be too small
        moved = x + self.args.virtual_adversarial * nn.functional.normalize(gradient, dim=1)
        divergence = self.divergence(target, moved)
        for norm, momentum in zip(self.norms, before):
            norm.momentum = momentum
        return self.args.virtual_adversarial_weight * divergence


def main():
    args = peer.parse(__doc__.split("\n")[0], add_options)
    if args.compile and not hasattr(torch, "compile"):
        print(f"torch_mlp: PyTorch {torch.__version__} has no torch.compile", file=sys.stderr)
        sys.exit(77)
    images, labels = peer.load(args.data, "train")
    # Bytes, gathered and then made floats: quicker than gathering floats, or by images[rows].
    images = torch.tensor(images, device=args.device)
    labels = torch.tensor(labels, dtype=torch.int64, device=args.device)
    network = make_network(args.model, args.activation, args.dropout, args.input_dropout).to(args.device)
    weights = [p for p in network.parameters() if p.dim() == 2]
    others = [p for p in network.parameters() if p.dim() != 2]
    # A recorded step reads the rate from memory, which only the fused optimizer does.
    rate_in_memory = torch.tensor(args.lr, device=args.device)
    rule, numbers = torch.optim.SGD, {"momentum": args.momentum, "nesterov": args.nesterov}
    if args.optimizer != "sgd":
        rule, numbers = (torch.optim.Adam if args.optimizer == "adam" else torch.optim.AdamW), {}
    groups = [{"params": weights, "weight_decay": args.decay}, {"params": others, "weight_decay": 0.0}]
    if args.lr_scale:
        groups = parameter_groups(network, args.decay, args.lr_scale)
    optimizer = rule(groups,
                     lr=rate_in_memory if args.graph else args.lr, **numbers,
                     **({"fused": True} if args.graph else {}))
    loss_of_logits = nn.CrossEntropyLoss(label_smoothing=args.label_smoothing)

    mixed = []  # parts of the steps so far

    adversary = VirtualAdversary(args, network)

    def loss_of_batch(x, y):
        return loss_of_logits(network(x), y)

    if args.compile:
        loss_of_batch = torch.compile(loss_of_batch)

    def train_step(rows, rate):
        x = images.index_select(0, rows).to(torch.float32).mul_(1 / 255)
        if not args.graph:
            for group in optimizer.param_groups:
                group["lr"] = rate * group.get("scale", 1.0)
        y = labels.index_select(0, rows)
        if args.mixup:
            part = peer.mixed_part(args.mixup, len(mixed))
            mixed.append(part)
            x = (1 - part) * x + part * x.flip(0)
            classes = nn.functional.one_hot(y, 10).to(x.dtype)
            y = (1 - part) * classes + part * classes.flip(0)
        if args.adversarial:
            x.requires_grad_()
            loss_of_batch(x, y).backward()
            step = args.adversarial * x.grad.sign()
            x = x.detach()
            x[len(x) // 2:] += step[len(x) // 2:]
        optimizer.zero_grad(set_to_none=True)
        if args.virtual_adversarial:
            logits = network(x)
            loss = loss_of_logits(logits, y)
            (loss + adversary.loss(x, logits)).backward()
        else:
            loss = loss_of_batch(x, y)
            loss.backward()
        if args.clip_norm:
            nn.utils.clip_grad_norm_(weights + others, args.clip_norm)
        optimizer.step()
        if args.max_norm:
            with torch.no_grad():
                for weight in weights:  # a row of it are the inputs of a unit
                    weight.copy_(weight.renorm(2, 0, args.max_norm))
        return loss.detach()

    orders = torch.from_numpy(peer.load_orders(args.orders, len(images)).astype("int64"))
    orders = orders.to(args.device)
    if args.graph:
        train_step = record_step(train_step, orders[0][:args.batch], rate_in_memory,
                                 list(network.state_dict().values()))
    if args.moving_average:
        average, plain_step = Average(args, network), train_step

        def train_step(rows, rate):
            plain_step(rows, rate)
            return average.follow()

    wait = torch.cuda.synchronize if args.device.startswith("cuda") else lambda: None
    losses, seconds = peer.train(args, len(images), orders.__getitem__, train_step, wait)
    peer.report(args, losses, seconds)


if __name__ == "__main__":
    main()
