# SPDX-License-Identifier: MIT
"""An exported ONNX file is valid and gives the answers of `gemlet predict` in ONNX Runtime.

Usage: check_onnx.py GEMLET MODELS DIRECTORY: of the models of models.sh; files go to DIRECTORY."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import numpy as np
import onnx
import onnxruntime
import rows

TOLERANCE = 1e-5
MAX_ROWS = 1000


def feed(schema, path):
    """The inputs of the graph, as a user would make them of a data frame or an image."""
    if schema is None:
        images = rows.read_images(path)[:MAX_ROWS]
        return {"x": np.frombuffer(b"".join(images), np.uint8).reshape(len(images), -1)}
    feeds = {}
    for name, kind, values in rows.raw_columns(schema, rows.read_table(path)):
        values = np.array(values[:MAX_ROWS], dtype=object if kind == "text" else np.float64)
        feeds[name] = values.reshape(-1, 1)
    return feeds


def decode(outputs):
    """What the session says, as rows.predict() has it."""
    if len(outputs) == 1:
        return [[float(value)] for value in outputs[0][:, 0]]
    label, probabilities = outputs
    return [[str(name)] + [float(p) for p in row] for name, row in zip(label, probabilities)]


def check_metadata(found, schema, names):
    if schema is not None:
        assert json.loads(found["schema"]) == schema, found["schema"]
        assert found["target"] == schema["target"]["name"], found["target"]
    if schema is not None and names:
        assert json.loads(found["classes"]) == names, found["classes"]


def open_session(gemlet, model, file, *options):
    subprocess.run([gemlet, "export", model, "--output", file, *options], check=True,
                   stdout=subprocess.DEVNULL)
    onnx.checker.check_model(file, full_check=True)
    settings = onnxruntime.SessionOptions()
    settings.log_severity_level = 2  # warnings
    settings.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(file, settings, providers=["CPUExecutionProvider"])


def check_matrix(gemlet, file, name, model, schema, path, expected):
    """All columns as one array of doubles; codes that are none count as any other text, and NaN as a gap. As
    floats, which have fewer digits, of the tables whose values have few."""
    session = open_session(gemlet, model, file, "--onnx-input", "matrix")
    assert [(x.name, x.type, x.shape[1]) for x in session.get_inputs()] == \
        [("x", "tensor(double)", len(schema["columns"]))], session.get_inputs()
    assert {x.domain for x in onnx.load(file).opset_import} == {""}
    given = np.array(rows.coded_columns(schema, path), np.float64).T[:MAX_ROWS]
    rows.compare(name + ", matrix", decode(session.run(None, {"x": given})), expected, TOLERANCE)
    others = given.copy()
    for i, column in enumerate(schema["columns"]):
        if column["kind"] == "text":
            n_levels, other = len(column["levels"]), len(column["levels"]) + column["missing"]
            gap = n_levels if column["missing"] else other
            is_gap = others[:, i] == gap
            others[others[:, i] == other, i] = -1 if len(name) % 2 else other + 7
            others[is_gap, i] = np.nan
            others[(others[:, i] >= 0) & (others[:, i] < other), i] += 0.25
    rows.compare(name + ", odd codes", decode(session.run(None, {"x": others})), expected, TOLERANCE)
    if name in ("species", "mass"):
        session = open_session(gemlet, model, file, "--onnx-input", "matrix", "--input-type", "float")
        assert session.get_inputs()[0].type == "tensor(float)"
        found = decode(session.run(None, {"x": given.astype(np.float32)}))
        rows.compare(name + ", matrix of floats", found, expected, TOLERANCE)


def check(gemlet, directory, name, model, path):
    file = os.path.join(directory, name + ".onnx")
    session = open_session(gemlet, model, file)
    schema = rows.read_schema(model)
    names, expected = rows.predict(gemlet, model, path, "cpu")
    expected = expected[:MAX_ROWS]
    check_metadata(session.get_modelmeta().custom_metadata_map, schema, names)
    feeds = feed(schema, path)
    rows.compare(name, decode(session.run(None, feeds)), expected, TOLERANCE)
    one = decode(session.run(None, {key: values[:1] for key, values in feeds.items()}))
    rows.compare(name + ", one row", one, expected[:1], TOLERANCE)
    if schema is not None:
        check_matrix(gemlet, os.path.join(directory, name + "-matrix.onnx"), name, model, schema, path, expected)


if len(sys.argv) != 4:
    sys.exit(__doc__)
sys.exit(rows.check_models(sys.argv[2], lambda *model: check(sys.argv[1], sys.argv[3], *model)) > 0)
