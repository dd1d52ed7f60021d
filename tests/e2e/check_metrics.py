# SPDX-License-Identifier: MIT
# Compares what gemlet eval says of a model with what its predictions come to, by the definitions,
# in plain loops: of pairs of rows for the area under the ROC curve.
#
#   check_metrics.py TABLE TARGET PREDICTIONS EVAL.json
import csv
import json
import math
import sys


def area(scores, is_positive):
    pairs = [(p, n) for p, yes in zip(scores, is_positive) if yes
             for n, no in zip(scores, is_positive) if not no]
    return sum(1.0 if p > n else 0.5 if p == n else 0.0 for p, n in pairs) / len(pairs)


def of_classes(truth, predictions, target):
    classes = list(predictions[0])[2:]
    answers = [row[target] for row in predictions]
    counts = [[sum(t == a and b == c for t, b in zip(truth, answers)) for c in classes]
              for a in classes]
    recalls = [counts[i][i] / sum(counts[i]) for i in range(len(classes)) if sum(counts[i]) > 0]
    f1 = []
    for i, name in enumerate(classes):
        named = sum(counts[i]) + sum(row[i] for row in counts)
        if named > 0:
            f1.append(2 * counts[i][i] / named)
    scored = classes[1:] if len(classes) == 2 else classes
    areas = [area([float(row[c]) for row in predictions], [t == c for t in truth])
             for c in scored if 0 < sum(t == c for t in truth) < len(truth)]
    return {
        "rows": len(truth),
        "correct": sum(t == a for t, a in zip(truth, answers)),
        "accuracy": sum(t == a for t, a in zip(truth, answers)) / len(truth),
        "loss": -sum(math.log(float(row[t])) for row, t in zip(predictions, truth)) / len(truth),
        "balanced_accuracy": sum(recalls) / len(recalls),
        "macro_f1": sum(f1) / len(f1),
        "auc": sum(areas) / len(areas),
    }, {"classes": classes, "counts": counts}


def of_numbers(truth, predictions, target):
    y = [float(t) for t in truth]
    errors = [float(row[target]) - t for row, t in zip(predictions, y)]
    mean = sum(y) / len(y)
    squared = sum(e * e for e in errors)
    return {
        "rows": len(y),
        "rmse": math.sqrt(squared / len(y)),
        "mae": sum(abs(e) for e in errors) / len(y),
        "r2": 1 - squared / sum((t - mean) ** 2 for t in y),
    }, None


def main(table, target, predictions, evaluation):
    with open(table, newline="") as stream:
        truth = [row[target] for row in csv.DictReader(stream)]
    with open(predictions, newline="") as stream:
        predicted = list(csv.DictReader(stream))
    with open(evaluation) as stream:
        found = json.load(stream)
    known = [i for i, t in enumerate(truth) if t != ""]
    truth, predicted = [truth[i] for i in known], [predicted[i] for i in known]
    check = of_classes if "accuracy" in found else of_numbers
    expected, confusion = check(truth, predicted, target)
    for name, value in expected.items():
        if not abs(found[name] - value) <= 1e-6 * abs(value):
            sys.exit(f"{name}: found {found[name]!r}, expected {value!r}")
    if found.get("confusion") != confusion:
        sys.exit(f"confusion: found {found.get('confusion')}, expected {confusion}")


main(*sys.argv[1:])
