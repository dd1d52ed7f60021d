# SPDX-License-Identifier: MIT
"""The programs of docs/export.md that read exports, for PyTorch or NumPy, give the answers of
`gemlet predict`.

Usage: check_modules.py torch|numpy GEMLET MODELS DIRECTORY: of the models of models.sh; files go to
DIRECTORY, where the programs are."""
import math
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import numpy as np
import rows

TOLERANCE = 1e-5
MAX_ROWS = 1000


def make_rows(schema, path):
    """(rows, columns) as both programs take them."""
    if schema is None:
        images = rows.read_images(path)[:MAX_ROWS]
        return np.frombuffer(b"".join(images), np.uint8).reshape(len(images), -1).astype(np.float64)
    return np.array(rows.coded_columns(schema, path), np.float64).T[:MAX_ROWS]


def run_torch(file, given, schema):
    import torch
    import gemlet_torch
    network = gemlet_torch.Network(file)
    for column in schema["columns"] if schema else []:
        if column["kind"] == "text":
            texts = column["levels"] + ["", "never seen"]
            expected = [rows.code(column, text, [""]) for text in texts]
            assert network.codes(column["name"], texts) == expected, column["name"]
    with torch.no_grad():
        return network(torch.from_numpy(given)).numpy()


def run_numpy(file, given, _):
    import gemlet_numpy
    gemlet_numpy.ACTIVATIONS.update({
        "sigmoid": lambda z: 1 / (1 + np.exp(-z)), "mish": lambda z: z * np.tanh(np.log1p(np.exp(z))),
        "leaky_relu": lambda z: np.where(z > 0, z, 0.01 * z),
        "elu": lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))),
        "selu": lambda z: 1.0507009873554805 * np.where(z > 0, z, 1.6732632423543772 * np.expm1(np.minimum(z, 0))),
        "gelu": lambda z: z * (1 + np.vectorize(math.erf)(z / math.sqrt(2))) / 2})
    return gemlet_numpy.predict(file, given)


WAYS = {"torch": (".safetensors", run_torch), "numpy": (".npz", run_numpy)}


def check(way, gemlet, directory, name, model, path):
    end, run = WAYS[way]
    file = os.path.join(directory, name + end)
    subprocess.run([gemlet, "export", model, "--output", file], check=True, stdout=subprocess.DEVNULL)
    schema = rows.read_schema(model)
    names, expected = rows.predict(gemlet, model, path, "cpu")
    output = run(file, make_rows(schema, path), schema)
    if len(expected[0]) == 1:
        found = [[float(value)] for value in output[:, 0]]
    else:
        labels = names if schema else [str(i) for i in range(output.shape[1])]
        found = [[labels[int(row.argmax())]] + [float(p) for p in row] for row in output]
    rows.compare(name, found, expected[:MAX_ROWS], TOLERANCE)


if len(sys.argv) != 5 or sys.argv[1] not in WAYS:
    sys.exit(__doc__)
sys.path.insert(0, sys.argv[4])
way, gemlet, models, directory = sys.argv[1:]
sys.exit(rows.check_models(models, lambda *model: check(way, gemlet, directory, *model), ensembles=False) > 0)
