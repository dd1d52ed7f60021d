# SPDX-License-Identifier: MIT
"""What the checks of exports share: rows of a file as a user of the export would give them, and what
`gemlet predict` says of them. Nothing but Python's own library."""
import csv
import datetime
import gzip
import io
import json
import math
import os
import subprocess
import traceback
import zipfile

GAP_WORDS = {"", "NA", "N/A", "n/a", "NaN", "nan", "-NaN", "-nan", "null", "NULL", "None", "<NA>",
             "#N/A", "#NA", "?"}


def read_array(model, name):
    """The bytes of an array of a model file; None if it has none of this name."""
    with zipfile.ZipFile(model) as archive:
        if name + ".npy" not in archive.namelist():
            return None
        content = archive.read(name + ".npy")
    return content[10 + int.from_bytes(content[8:10], "little"):]


def read_schema(model):
    """The schema of a model of a table, else None."""
    text = read_array(model, "schema")
    return None if text is None else json.loads(text)


def read_table(path):
    """The columns of a CSV file: name to list of texts, without blanks around them, which gemlet takes for
    none of an unquoted field. The second of a name is "name.1"."""
    with (gzip.open if path.endswith(".gz") else open)(path, "rb") as file:
        lines = csv.reader(io.StringIO(file.read().decode("utf-8-sig"), newline=""))
    header, *rows = [line for line in lines if line]
    names = []
    for name in header:
        n = names.count(name) + sum(other.startswith(name + ".") for other in names)
        names.append(f"{name}.{n}" if name in names else name)
    return {name: [row[i].strip(" \t") for row in rows] for i, name in enumerate(names)}


def seconds_of(text, order):
    """Seconds since 1970 of a date, without offsets."""
    day, _, time = text.replace("T", " ").partition(" ")
    parts = [int(part) for part in day.replace("/", "-").replace(".", "-").split("-")]
    if order == "day-month-year":
        parts = parts[::-1]
    elif order == "month-day-year":
        parts = [parts[2], parts[0], parts[1]]
    days = datetime.date(*parts).toordinal() - datetime.date(1970, 1, 1).toordinal()
    clock = [float(part) for part in time.split(":")] if time else []
    return 86400.0 * days + sum(part * 60.0**(2 - i) for i, part in enumerate(clock))


def name_of_number(value):
    """The text of a number among texts, which counts by its value."""
    for digits in (15, 16, 17):
        text = f"{value:.{digits}g}"
        if float(text) == value:
            return text
    return None


def raw_columns(schema, table):
    """Of each column of the schema its name and values: floats (NaN: a gap) of numbers and dates,
    texts as they are."""
    gaps = GAP_WORDS | set(schema.get("missing", "").split(","))
    columns = []
    for column in schema["columns"]:
        texts = table[column["name"]]
        if column["kind"] == "text":
            values = []
            for text in texts:
                try:
                    text = text if column["exact"] or text in gaps else name_of_number(float(text))
                except ValueError:
                    pass
                values.append(text)
        elif column["kind"] == "date":
            values = [math.nan if t in gaps else seconds_of(t, column["order"]) for t in texts]
        else:
            values = [math.nan if t in gaps else float(t) for t in texts]
        columns.append((column["name"], column["kind"], values))
    return columns


def code(column, text, gaps):
    """What a row of numbers holds for a text."""
    other = len(column["levels"]) + column["missing"]
    if text in gaps and text not in column["levels"]:
        return len(column["levels"]) if column["missing"] else other
    return column["levels"].index(text) if text in column["levels"] else other


def coded_columns(schema, path):
    """The columns of a file as numbers, for exports that take rows of these."""
    gaps = GAP_WORDS | set(schema.get("missing", "").split(","))
    return [[code(column, value, gaps) for value in values] if kind == "text" else values
            for column, (_, kind, values) in zip(schema["columns"], raw_columns(schema, read_table(path)))]


def read_images(path):
    """The items of an IDX file of bytes, each as bytes."""
    with (gzip.open if path.endswith(".gz") else open)(path, "rb") as file:
        content = file.read()
    sizes = [int.from_bytes(content[4 + 4 * i:8 + 4 * i], "big") for i in range(content[3])]
    content = content[4 + 4 * len(sizes):]
    size = math.prod(sizes[1:])
    return [content[i * size:(i + 1) * size] for i in range(sizes[0])]


def predict(gemlet, model, path, device):
    """What gemlet predicts: names of the answers, then a list of [answer, probabilities...] or
    [value] for each row. A date is its seconds."""
    text = subprocess.run([gemlet, "predict", "--model", model, "--input", path, "--device", device],
                          check=True, capture_output=True).stdout.decode()
    header, *lines = csv.reader(io.StringIO(text, newline=""))
    if header[-1] == "spread":
        header, lines = header[:-1], [line[:-1] for line in lines]
    answers = []
    for line in lines:
        if len(line) > 2:
            answers.append([line[1]] + [float(p) for p in line[2:]])
        else:
            answers.append([seconds_of(line[1], "year-month-day") if "-" in line[1][1:5]
                            else float(line[1])])
    return header[2:], answers


def check_models(directory, check, ensembles=True):
    """check(name, model, rows) of each model of models.sh; its number of failures. ensembles: of these, too."""
    failures = 0
    with open(os.path.join(directory, "LIST"), encoding="utf-8") as lines:
        models = [line.rstrip("\n").split("\t") for line in lines]
    assert models, f"{directory}: no models"
    for name, path in models:
        if name.startswith("ensemble") and not ensembles:
            continue
        try:
            check(name, os.path.join(directory, name, "model_mnist.npz"), path)
        except Exception:
            print(f"FAILED: {name}")
            traceback.print_exc()
            failures += 1
    print(f"{len(models)} models, {failures} failures")
    return failures


def compare(what, found, expected, tolerance):
    """Both as predict() gives them. Ends the program unless all answers are the same, but for classes
    that are equally probable, and all numbers are within the tolerance: absolute of probabilities,
    relative of others."""
    worst = 0.0
    assert len(found) == len(expected) > 0, f"{what}: {len(found)} rows, expected {len(expected)}"
    for row, (a, b) in enumerate(zip(found, expected)):
        scale = max(abs(b[0]), 1e-300) if len(b) == 1 else 1
        for x, y in zip(a[len(a) > 1:], b[len(b) > 1:]):
            difference = abs(x - y) / scale
            worst = max(worst, difference)
            assert difference <= tolerance, f"{what}: row {row}: found {a}, expected {b}"
        if len(a) > 1 and a[0] != b[0]:
            two = sorted(b[1:])[-2:]
            assert two[1] - two[0] <= 2 * tolerance, f"{what}: row {row}: found {a}, expected {b}"
    print(f"{what}: {len(found)} rows, largest difference {worst:.2g}")
