#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes the checkpoints of this directory: ok-* must load, bad-* must be refused.

Needs NumPy. The files are kept in the repository, so that the tests run without it; this script
says how each came about. All but those of a broken seal are sealed: what they hold is wrong, and not
by accident. Usage: make_corpus.py [DIRECTORY]"""
import io
import json
import pathlib
import sys
import zipfile

import numpy as np

DIRECTORY = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent
DATE = (1980, 1, 1, 0, 0, 0)
MODEL = {
    "spec": np.array("3-4bn-relu-2"),
    "format_version": np.int32(1),
    "input_scale": np.float32(0.5),
    "layer1.weight": np.linspace(-1, 1, 12, dtype="<f4").reshape(3, 4),
    "layer1.gamma": np.ones(4, "<f4"),
    "layer1.beta": np.zeros(4, "<f4"),
    "layer1.running_mean": np.zeros(4, "<f4"),
    "layer1.running_var": np.ones(4, "<f4"),
    "layer2.weight": np.linspace(-1, 1, 8, dtype="<f4").reshape(4, 2),
    "layer2.bias": np.zeros(2, "<f4"),
}
N_VALUES = sum(MODEL[name].size for name in MODEL if name.startswith("layer"))
STATE = {
    "steps": "700", "initial_loss": "0.7", "train_loss": "0.25", "train_accuracy": "0.875",
    "loss_sum": "1.5", "correct_sum": "12", "summed_steps": "2", "seconds": "1.25",
    "report_seconds": "1.2", "validation_seconds": "0", "validations": "0",
    "validations_without_gain": "0", "best_step": "0", "best_rows": "0", "best_correct": "0",
    "best_accuracy": "0", "best_loss": "0", "last_step": "0", "last_rows": "0", "last_correct": "0",
    "last_accuracy": "0", "last_loss": "0",
}
VALIDATED = {
    "validations": "3", "validations_without_gain": "1", "best_step": "200", "best_rows": "10",
    "best_correct": "9", "best_accuracy": "0.9", "best_loss": "0.3", "last_step": "300",
    "last_rows": "10", "last_correct": "8", "last_accuracy": "0.8", "last_loss": "inf",
}
HISTORY = np.array([[step, 1000, step / 10, 0.1, 0.5, 0.75, 0.1, 1000, 0, 0, 0]
                    for step in (1, 300, 698)], "<f8")
HUGE = 1 << 62


def text(state=None, **changes):
    """The JSON of a checkpoint, with other numbers in its state or other keys; None removes one."""
    root = {
        "version": "1",
        "state": {key: value for key, value in {**STATE, **(state or {})}.items()
                  if value is not None},
        "options": {"data": "datasets/mnist", "seed": "1"},
        "job": {"steps": "1000", "training rows": "60 of 3 features, checksum 01234567"},
        "device": {"device": "CPU"},
    }
    root.update(changes)
    root = {key: value for key, value in root.items() if value is not None}
    return np.frombuffer(json.dumps(root).encode(), "u1")


def npy(array):
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.asanyarray(array))
    return stream.getvalue()


def fnv(content):
    value = 0xcbf29ce484222325
    for byte in content:
        value = (value ^ byte) * 0x100000001b3 & 0xffffffffffffffff
    return value


def checkpoint(method=zipfile.ZIP_STORED, sealed=True, raw=None, **changes):
    """Bytes of a checkpoint; `raw` gives whole npy files, None removes an array."""
    arrays = {**MODEL, "checkpoint": text(), "checkpoint.history": HISTORY}
    arrays.update({name.replace("__", "."): value for name, value in changes.items()})
    contents = {name: npy(array) for name, array in arrays.items() if array is not None}
    contents.update(raw or {})
    lines = "".join("%s %016x\n" % (name, fnv(content)) for name, content in contents.items())
    contents["checksums"] = npy(np.frombuffer(lines.encode(), "u1"))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as file:
        for name, content in contents.items():
            info = zipfile.ZipInfo(name + ".npy", DATE)
            info.compress_type = method
            file.writestr(info, content)
        file.comment = b"gemlet checksum 0000000000000000"
    content = stream.getvalue()[:-16]
    return content + (b"%016x" % fnv(content) if sealed else b"0" * 16)


def header(shape, kind="<f8"):
    """An npy file that claims a shape and holds nothing."""
    line = ("{'descr': '%s', 'fortran_order': False, 'shape': %s, }" % (kind, shape)).encode()
    line += b" " * (-(len(line) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(line).to_bytes(2, "little") + line


def history(column, value):
    changed = HISTORY.copy()
    changed[1, column] = value
    return checkpoint(checkpoint__history=changed)


def best(values=N_VALUES, **more):
    return checkpoint(checkpoint=text(VALIDATED),
                      checkpoint__best=np.zeros(values, "<f4"), **more)


good = checkpoint()
layers = np.zeros((2, 17), "<f8")
layers[:, 0] = (1, 500)
nan = np.zeros(N_VALUES, "<f4")
nan[3] = np.nan
FILES = {
    "ok-plain": good,
    "ok-deflated": checkpoint(zipfile.ZIP_DEFLATED),
    "ok-layers": checkpoint(checkpoint__layers=layers),
    "ok-validated": best(),
    "ok-momentum": checkpoint(**{name.replace(".", "__") + "__momentum": MODEL[name] for name in MODEL
                                 if name.startswith("layer") and "running" not in name}),
    "bad-not-sealed": checkpoint(sealed=False),
    "bad-no-comment": good[:good.rindex(b"gemlet checksum") - 2] + b"\0\0",
    "bad-other-comment": good.replace(b"gemlet checksum", b"gimlet checksum"),
    "bad-array": good.replace(MODEL["layer1.weight"].tobytes()[:8],
                              MODEL["layer1.weight"].tobytes()[:7] + b"\0"),
    "bad-date": good.replace(b"\x21\0", b"\x22\0", 1),
    "bad-truncated": good[:-300],
    "bad-no-text": checkpoint(checkpoint=None),
    "bad-text-type": checkpoint(checkpoint=np.array("{}")),
    "bad-text-empty": checkpoint(checkpoint=np.zeros(0, "u1")),
    "bad-text-json": checkpoint(checkpoint=np.frombuffer(b'{"version": ', "u1")),
    "bad-text-zero": checkpoint(checkpoint=np.concatenate([text(), np.zeros(1, "u1"), text()])),
    "bad-text-long": checkpoint(zipfile.ZIP_DEFLATED, checkpoint=np.full(1 << 20, 32, "u1")),
    "bad-text-deep": checkpoint(checkpoint=np.full(60000, ord("["), "u1")),
    "bad-text-list": checkpoint(checkpoint=np.frombuffer(b"[1, 2]", "u1")),
    "bad-version": checkpoint(checkpoint=text(version="2")),
    "bad-version-number": checkpoint(checkpoint=text(version=1)),
    "bad-no-state": checkpoint(checkpoint=text(state={key: None for key in STATE})),
    "bad-state-list": checkpoint(checkpoint=np.frombuffer(
        json.dumps({"version": "1", "state": [], "options": {}, "job": {}, "device": {}}).encode(),
        "u1")),
    "bad-option-number": checkpoint(checkpoint=text(options={"seed": 1})),
    "bad-option-twice": checkpoint(checkpoint=np.frombuffer(
        text().tobytes().replace(b'"seed"', b'"data"'), "u1")),
    "bad-steps-zero": checkpoint(checkpoint=text({"steps": "0"})),
    "bad-steps-negative": checkpoint(checkpoint=text({"steps": "-1"})),
    "bad-steps-huge": checkpoint(checkpoint=text({"steps": str(HUGE)})),
    "bad-steps-real": checkpoint(checkpoint=text({"steps": "7e2"})),
    "bad-summed": checkpoint(checkpoint=text({"summed_steps": "701"})),
    "bad-loss-nan": checkpoint(checkpoint=text({"loss_sum": "nan"})),
    "bad-seconds": checkpoint(checkpoint=text({"seconds": "-1"})),
    "bad-seconds-infinite": checkpoint(checkpoint=text({"seconds": "inf"})),
    "bad-best-later": checkpoint(checkpoint=text({**VALIDATED, "best_step": "301"})),
    "bad-no-history": checkpoint(checkpoint__history=None),
    "bad-history-columns": checkpoint(checkpoint__history=HISTORY[:, :5]),
    "bad-history-type": checkpoint(checkpoint__history=HISTORY.astype("<f4")),
    "bad-history-claim": checkpoint(raw={"checkpoint.history": header((HUGE // 100, 11))}),
    "bad-history-order": history(0, 1),
    "bad-history-later": checkpoint(checkpoint__history=HISTORY + np.eye(3, 11) * 800),
    "bad-history-half": history(0, 2.5),
    "bad-history-nan": history(0, np.nan),
    "bad-history-count": history(8, -3),
    "bad-layers-columns": checkpoint(checkpoint__layers=layers[:, :9]),
    "bad-layers-order": checkpoint(checkpoint__layers=layers[::-1]),
    "bad-no-best": checkpoint(checkpoint=text(VALIDATED)),
    "bad-best-short": best(N_VALUES - 1),
    "bad-best-nan": checkpoint(checkpoint=text(VALIDATED), checkpoint__best=nan),
    "bad-model": checkpoint(layer1__weight=np.zeros((4, 3), "<f4")),
    "bad-spec-huge": checkpoint(spec=np.array("3-4000000000-relu-4000000000-relu-2")),
    "bad-bomb": checkpoint(zipfile.ZIP_DEFLATED,
                           checkpoint__history=np.zeros((700000, 11), "<f8")),
}

for name, content in FILES.items():
    (DIRECTORY / (name + ".npz")).write_bytes(content)
