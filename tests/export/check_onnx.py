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


def check(gemlet, directory, name, model, path):
    file = os.path.join(directory, name + ".onnx")
    subprocess.run([gemlet, "export", model, "--output", file], check=True,
                   stdout=subprocess.DEVNULL)
    onnx.checker.check_model(file, full_check=True)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 2  # warnings
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    schema = rows.read_schema(model)
    names, expected = rows.predict(gemlet, model, path, "cpu")
    check_metadata(session.get_modelmeta().custom_metadata_map, schema, names)
    feeds = feed(schema, path)
    found = decode(session.run(None, feeds))
    rows.compare(name, found, expected[:MAX_ROWS], TOLERANCE)
    one = decode(session.run(None, {key: values[:1] for key, values in feeds.items()}))
    rows.compare(name + ", one row", one, expected[:1], TOLERANCE)


if len(sys.argv) != 4:
    sys.exit(__doc__)
sys.exit(rows.check_models(sys.argv[2], lambda *model: check(sys.argv[1], sys.argv[3], *model)) > 0)
