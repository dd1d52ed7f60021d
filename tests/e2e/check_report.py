# SPDX-License-Identifier: MIT
"""Compares the numbers of a report with the files beside it and with a second calculation.

    check_report.py RUN GEMLET TEST.CSV, the rows it was tested with"""
import csv
import html.parser
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy

failures = []


def expect(what, found, expected):
    if found != expected:
        failures.append("%s: found %s, expected %s" % (what, found, expected))


def expect_close(what, found, expected, tolerance):
    if not abs(found - expected) <= tolerance * max(1, abs(expected)):
        failures.append("%s: found %.9g, expected %.9g" % (what, found, expected))


class Page(html.parser.HTMLParser):
    """All texts of the page, and the cells of its tables by their id or class."""

    def __init__(self, text):
        super().__init__()
        self.text = ""
        self.tables = {}
        self.table = self.cell = None
        self.hidden = 0
        self.feed(text)
        self.text = " ".join(self.text.split())

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "style":
            self.hidden += 1
        if tag == "table":
            self.table = self.tables.setdefault(attributes.get("id", attributes.get("class")), [])
        if tag == "tr":
            self.table.append([])
        if tag in ("td", "th"):
            self.cell = ""

    def handle_endtag(self, tag):
        if tag == "style":
            self.hidden -= 1
        if tag in ("td", "th"):
            self.table[-1].append(self.cell.strip())
            self.cell = None

    def handle_data(self, data):
        if self.hidden:
            return
        self.text += data
        if self.cell is not None:
            self.cell += data


def check_classes(page, stats):
    counts = numpy.array(stats["test_confusion"]["counts"], float)
    classes = [str(name) for name in stats["test_confusion"]["classes"]]
    matrix = page.tables["matrix"]
    expect("columns of the matrix", matrix[0][1:], classes)
    for row, name, found in zip(counts, classes, matrix[1:]):
        expect("row of the matrix", found, [name] + ["%d" % n for n in row])
    right = numpy.diag(counts)
    with numpy.errstate(invalid="ignore"):
        shares = numpy.stack([right / counts.sum(0), right / counts.sum(1),
                              2 * right / (counts.sum(0) + counts.sum(1))], 1)
    for i, name in enumerate(classes):
        found = page.tables["per-class"][i + 1]
        numbers = ["-" if numpy.isnan(x) else "%.4f" % x for x in shares[i]]
        expect("class " + name, found[:6],
               [name, "%d" % counts.sum(1)[i], "%d" % counts.sum(0)[i]] + numbers)


class Model:
    """What gemlet predict says of rows of the table."""

    def __init__(self, gemlet, run):
        self.command = [gemlet, "predict", "--device", "cpu", "--model", str(run)]

    def answer(self, header, rows):
        """The numbers behind the answer of each row: probabilities, or else the answer itself."""
        with tempfile.TemporaryDirectory() as directory:
            table, answers = directory + "/table.csv", directory + "/answers.csv"
            with open(table, "w", newline="") as stream:
                csv.writer(stream).writerows([header] + rows)
            subprocess.run(self.command + ["--input", table, "--output", answers], check=True,
                           stderr=subprocess.DEVNULL)
            with open(answers, newline="") as stream:
                names, *found = csv.reader(stream)
        first = 2 if len(names) > 2 else 1
        return names[first:], numpy.array([[float(x) for x in row[first:]] for row in found])


def check_calibration(page, evaluation, probabilities, right):
    confidence = probabilities.max(1)
    place = numpy.clip(numpy.ceil(confidence * 10) - 1, 0, 9)
    error = 0
    for i, found in enumerate(evaluation["calibration"]["bins"]):
        those = place == i
        expect("rows of bin %d" % i, found["rows"], int(those.sum()))
        if those.any():
            expect_close("confidence", found["confidence"], confidence[those].mean(), 1e-6)
            expect_close("accuracy", found["accuracy"], right[those].mean(), 1e-6)
            error += abs(confidence[those].mean() - right[those].mean()) * those.mean()
    expect_close("calibration error", evaluation["calibration"]["expected_error"], error, 1e-6)
    expect("the calibration error", "%.2f points" % (100 * error) in page.text, True)


def check_worst(evaluation, header, rows, losses):
    expect("worst rows", [row["row"] - 1 for row in evaluation["worst_rows"]],
           list(numpy.argsort(-losses, kind="stable")[:12]))
    for worst in evaluation["worst_rows"]:
        row = rows[worst["row"] - 1]
        expect_close("loss", worst["loss"], losses[worst["row"] - 1], 1e-4)
        for name, value in zip(evaluation["columns"], worst["values"]):
            expected = row[header.index(name)]
            same = value == expected or float(value) == float(expected)
            expect("%s of row %d: %s as %s" % (name, worst["row"], expected, value), same, True)


def score(numbers, known, is_regression):
    """Accuracy and loss, or error, of the answers to rows."""
    if is_regression:
        return 0, numpy.sqrt(((numbers[:, 0] - known) ** 2).mean())
    return (numbers.argmax(1) == known).mean(), -numpy.log(
        numbers[numpy.arange(len(known)), known]).mean()


def check_importance(page, evaluation, model, header, rows, known, is_regression):
    of = evaluation["importance"]
    order, n = of["rows"], len(of["rows"])
    expect("rows, each once", sorted(order), list(range(len(rows))))
    known = known[order]
    tables = [[rows[i] for i in order]]
    for column in of["columns"]:
        at = header.index(column["name"])
        for shift in range(1, of["repeats"] + 1):
            tables.append([row[:at] + [rows[order[(i + shift) % n]][at]] + row[at + 1:]
                           for i, row in enumerate(tables[0])])
    numbers = model.answer(header, sum(tables, []))[1]
    scores = numpy.array([score(numbers[i * n:(i + 1) * n], known, is_regression)
                          for i in range(len(tables))])
    lost = (scores[0] - scores[1:]).reshape(len(of["columns"]), of["repeats"], 2)
    for column, by_repeat in zip(of["columns"], lost):
        name = column["name"]
        if not is_regression:
            expect_close("accuracy without " + name, column["accuracy_fall"],
                         by_repeat[:, 0].mean(), 1e-9)
            expect_close("its deviation", column["accuracy_std"], by_repeat[:, 0].std(), 1e-9)
        expect_close("loss without " + name, column["loss_rise"], -by_repeat[:, 1].mean(), 1e-4)
        expect_close("its deviation", column["loss_std"], by_repeat[:, 1].std(), 1e-4)
    by_weight = sorted(of["columns"], key=lambda c: -(c["loss_rise"] if is_regression else
                                                      c["accuracy_fall"]))
    shown = [row[0] for row in page.tables["by-column"][1:]]
    expect("most important column", shown[0] in [
        c["name"] for c in by_weight if c["accuracy_fall"] == by_weight[0]["accuracy_fall"]], True)
    expect("columns", sorted(shown), sorted(c["name"] for c in of["columns"]))


def check_evaluation(page, run, gemlet, table):
    evaluation = json.loads((run / "evaluation.json").read_text())
    with open(table, newline="") as stream:
        header, *rows = csv.reader(stream)
    model = Model(gemlet, run)
    names, numbers = model.answer(header, rows)
    is_regression = len(names) == 1
    at = header.index(names[0] if is_regression else "species")
    if is_regression:
        known = numpy.array([float(row[at]) for row in rows])
        expect("targets", numpy.allclose(evaluation["residuals"]["targets"], known, 1e-6), True)
        expect("answers", numpy.allclose(evaluation["residuals"]["answers"], numbers[:, 0], 1e-5),
               True)
        unit = evaluation["worst_rows"][0]
        scale = (unit["answer"] - unit["target"]) ** 2 / unit["loss"]
        losses = (numbers[:, 0] - known) ** 2 / scale
    else:
        known = numpy.array([names.index(row[at]) for row in rows])
        losses = -numpy.log(numbers[numpy.arange(len(known)), known])
        check_calibration(page, evaluation, numbers, numbers.argmax(1) == known)
    check_worst(evaluation, header, rows, losses)
    check_importance(page, evaluation, model, header, rows, known, is_regression)


def main():
    run = pathlib.Path(sys.argv[1])
    stats = json.loads((run / "stats.json").read_text())
    page = Page((run / "report.html").read_text())
    rows = stats["data"]["test_rows"]
    if "test_confusion" in stats:
        accuracy = stats["test_accuracy"]
        expect("the sentence", "Of %d test rows %d were right: %.2f %%." % (
            rows, round(accuracy * rows), 100 * accuracy) in page.text, True)
        check_classes(page, stats)
    else:
        expect("the sentence", "off by %s on average" % format(stats["test_mae"], ".4g") in page.text,
               True)
    check_evaluation(page, run, sys.argv[2], sys.argv[3])
    expect("the command", " ".join(stats["command"]) in page.text, True)
    expect("the network", stats["network"]["spec"] in page.text, True)
    for failure in failures:
        print("FAILED: " + failure)
    sys.exit(1 if failures else 0)


main()
