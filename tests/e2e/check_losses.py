# SPDX-License-Identifier: MIT
# The first losses of a training on all rows of a table of texts, without hidden layers and from
# zero, beside PyTorch's.
#
#   check_losses.py TABLE JOBS
# JOBS: a file with a line TARGET METRICS LOSS [WEIGHTS] for each. LOSS: cross-entropy, squared, absolute, huber:DELTA. WEIGHTS: balanced, NAME=W,... or the name of a
# column. Exit code 77 without PyTorch.
import csv
import sys

try:
    import torch
except ImportError:
    sys.exit(77)

INPUTS = ("town", "colour")


def read_rows(table, target):
    with open(table, newline="") as stream:
        rows = list(csv.DictReader(stream))
    columns = []
    for name in INPUTS:
        levels = sorted({row[name] for row in rows})
        columns += [[float(row[name] == level) for row in rows] for level in levels]
    return rows, torch.tensor(columns, dtype=torch.float64).T, [row[target] for row in rows]


def class_weights(text, classes, answers):
    if text == "balanced":
        return [len(answers) / (len(classes) * answers.count(c)) for c in classes]
    given = dict(item.split("=") for item in text.split(","))
    return [float(given.get(c, 1)) for c in classes]


def criterion_of_classes(weights, answers, rows):
    classes = sorted(set(answers))
    labels = torch.tensor([classes.index(a) for a in answers])
    if weights is None or weights == "balanced" or "=" in weights:
        by_class = class_weights(weights, classes, answers) if weights else [1.0] * len(classes)
        loss = torch.nn.CrossEntropyLoss(weight=torch.tensor(by_class, dtype=torch.float64))
        return len(classes), lambda z: loss(z, labels)
    by_row = torch.tensor([float(row[weights]) for row in rows], dtype=torch.float64)
    loss = torch.nn.CrossEntropyLoss(reduction="none")
    return len(classes), lambda z: (by_row * loss(z, labels)).sum() / by_row.sum()


def criterion_of_numbers(name, weights, answers, rows):
    y = torch.tensor([float(a) for a in answers], dtype=torch.float64)
    y = (y - y.mean()) / y.std(unbiased=False)
    by_row = torch.tensor([float(row[weights]) if weights else 1.0 for row in rows],
                          dtype=torch.float64)
    if name.startswith("huber"):
        loss = torch.nn.HuberLoss(reduction="none", delta=float(name.split(":")[1]))
    else:
        loss = {"squared": torch.nn.MSELoss, "absolute": torch.nn.L1Loss}[name](reduction="none")
    return 1, lambda z: (by_row * loss(z[:, 0], y)).sum() / by_row.sum()


def check(table, target, metrics, loss, weights=None):
    rows, x, answers = read_rows(table, target)
    n_outputs, criterion = (criterion_of_classes(weights, answers, rows)
                            if loss == "cross-entropy"
                            else criterion_of_numbers(loss, weights, answers, rows))
    w = torch.zeros(x.shape[1], n_outputs, dtype=torch.float64, requires_grad=True)
    b = torch.zeros(n_outputs, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([w, b], lr=0.3)
    with open(metrics, newline="") as stream:
        found = [float(row["train_loss"]) for row in csv.DictReader(stream)]
    if len(found) != 50:
        return f"{len(found)} losses, expected 50"
    for step, value in enumerate(found):
        optimizer.zero_grad()
        expected = criterion(x @ w + b)
        expected.backward()
        optimizer.step()
        if not abs(value - expected.item()) <= 1e-5 * expected.item():
            return f"step {step + 1}: loss {value}, PyTorch has {expected.item()}"
    if not found[-1] < 0.95 * found[0]:
        return f"nothing was learned: {found[0]} to {found[-1]}"
    return None


def main(table, jobs):
    with open(jobs) as stream:
        lines = [line.split() for line in stream]
    wrong = [f"{' '.join(line)}: {found}" for line in lines
             if (found := check(table, *line)) is not None]
    if wrong or not lines:
        sys.exit("\n".join(wrong) or "no jobs")


main(*sys.argv[1:])
