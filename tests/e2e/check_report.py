# SPDX-License-Identifier: MIT
"""Compares the numbers of a report with the files beside it and with a second calculation.

    check_report.py RUN GEMLET TABLE"""
import html.parser
import json
import pathlib
import sys

import numpy

failures = []


def expect(what, found, expected):
    if found != expected:
        failures.append("%s: found %s, expected %s" % (what, found, expected))


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
    expect("the command", " ".join(stats["command"]) in page.text, True)
    expect("the network", stats["network"]["spec"] in page.text, True)
    for failure in failures:
        print("FAILED: " + failure)
    sys.exit(1 if failures else 0)


main()
