#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes the model files of this directory: ok-* must load, bad-* must be refused.

Needs NumPy. The files are kept in the repository, so that the tests run without it; this script
says how each came about. Usage: make_corpus.py [DIRECTORY]"""
import io
import json
import pathlib
import struct
import sys
import zipfile

import numpy as np

DIRECTORY = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent
SPEC = "3-4bn-relu-2"
DATE = (1980, 1, 1, 0, 0, 0)


def model(**changes):
    """The arrays of a small valid model; None removes one."""
    f32 = lambda *shape: np.linspace(-1, 1, int(np.prod(shape)), dtype="<f4").reshape(shape)
    arrays = {
        "spec": np.array(SPEC),
        "format_version": np.int32(1),
        "input_scale": np.float32(0.5),
        "layer1.weight": f32(3, 4),
        "layer1.gamma": f32(4),
        "layer1.beta": f32(4),
        "layer1.running_mean": f32(4),
        "layer1.running_var": np.ones(4, "<f4"),
        "layer2.weight": f32(4, 2),
        "layer2.bias": f32(2),
    }
    arrays.update({name.replace("__", "."): value for name, value in changes.items()})
    return {name: value for name, value in arrays.items() if value is not None}


def npy(array):
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.asanyarray(array))
    return stream.getvalue()


def raw_npy(text, data, version=b"\x01\x00", length=None):
    """An npy file with any header text and any length field."""
    header = text.encode() + b"\n"
    count = len(header) if length is None else length
    field = struct.pack("<H" if version[:1] == b"\x01" else "<I", count)
    return b"\x93NUMPY" + version + field + header + data


def archive(arrays, raw=None, method=zipfile.ZIP_DEFLATED):
    """Bytes of an npz; `raw` gives whole npy files that replace those of the arrays."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as file:
        contents = {name: npy(array) for name, array in arrays.items()}
        contents.update(raw or {})
        for name, content in contents.items():
            info = zipfile.ZipInfo(name + ".npy", DATE)
            info.compress_type = method
            file.writestr(info, content)
    return stream.getvalue()


def with_weight(text, data=bytes(48), **options):
    return archive(model(), {"layer1.weight": raw_npy(text, data, **options)})


def patch_directory(content, name, offset, field):
    """Replaces bytes of the central directory entry of `name` (offsets: APPNOTE 4.3.12)."""
    place = content.rindex((name + ".npy").encode()) - 46
    assert content[place:place + 4] == b"PK\x01\x02"
    place += offset
    return content[:place] + field + content[place + len(field):]


def claim_size(content, name, size):
    """Lets directory and local header of `name` claim another uncompressed size."""
    field = struct.pack("<I", size)
    local = content.index((name + ".npy").encode()) - 30 + 22
    content = content[:local] + field + content[local + 4:]
    return patch_directory(content, name, 24, field)


def overlapping():
    """Every entry of the directory points at the largest of the archive's compressed entries."""
    big = np.random.default_rng(1).standard_normal((30, 40)).astype("<f4")
    content = archive(model(spec=np.array("30-40bn-relu-2"), layer1__weight=big))
    names = [name for name in model() if name != "layer1.weight"]
    place = content.rindex(b"layer1.weight.npy") - 46
    sizes = content[place + 16:place + 28]
    for name in names:
        content = patch_directory(content, name, 16, sizes)
        content = patch_directory(content, name, 42, content[place + 42:place + 46])
    return content


def flip_byte(content, needle):
    place = content.index(needle)
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1:]


def savez(save, arrays):
    stream = io.BytesIO()
    save(stream, **arrays)
    return stream.getvalue()


good = archive(model())
stored = archive(model(), method=zipfile.ZIP_STORED)
header = "{'descr': '<f4', 'fortran_order': False, 'shape': %s, }"
nan = model()["layer1.weight"].copy()
nan[2, 1] = np.nan
infinite = model()["layer2.bias"].copy()
infinite[1] = np.inf
weight_data = model()["layer1.weight"].tobytes()

def schema(text=None, **changes):
    """A model with a schema: that of two columns that give 3 inputs, with changes in the first."""
    number = {"name": "a", "kind": "number", "min": 0, "quartiles": [1, 2, 3], "max": 4, "mean": 2,
              "deviation": 1, "gaps": True, "edges": []}
    date = dict(number, name="d", kind="date", order="year-month-day", gaps=False)
    target = {"name": "t", "kind": "text", "exact": False, "task": "classification",
              "classes": ["no", "yes"]}
    whole = {"version": 1, "scaling": "robust", "rows": 9, "columns": [dict(number, **changes), date],
             "target": target}
    text = json.dumps(whole) if text is None else text
    return archive(model(schema=np.frombuffer(text.encode(), "u1")))


FILES = {
    "ok-deflated": good,
    "ok-stored": stored,
    "ok-savez": savez(np.savez, model()),
    "ok-savez-compressed": savez(np.savez_compressed, model()),
    "ok-extra-array": archive(model(notes=np.arange(5.0))),
    "ok-npy-version-2": with_weight(header % "(3, 4)", weight_data, version=b"\x02\x00"),
    "ok-header-order": with_weight('{"shape":(3,4,),"fortran_order":False,"descr":"<f4"}',
                                   weight_data),
    "ok-one-layer": archive({"spec": np.array("2-3"), "format_version": np.int32(1),
                             "input_scale": np.float32(1), "layer1.bias": np.zeros(3, "<f4"),
                             "layer1.weight": np.zeros((2, 3), "<f4")}),
    "bad-empty": b"",
    "bad-not-zip": b"row,class\n0,7\n",
    "bad-truncated": good[:len(good) // 2],
    "bad-no-arrays": archive({}),
    "bad-missing-version": archive(model(format_version=None)),
    "bad-missing-spec": archive(model(spec=None)),
    "bad-missing-scale": archive(model(input_scale=None)),
    "bad-missing-gamma": archive(model(layer1__gamma=None)),
    "bad-version-7": archive(model(format_version=np.int32(7))),
    "bad-version-type": archive(model(format_version=np.int64(1))),
    "bad-version-shape": archive(model(format_version=np.ones(1, "<i4"))),
    "bad-spec-syntax": archive(model(spec=np.array("3-4bn-glue-2"))),
    "bad-spec-type": archive(model(spec=np.float32(3))),
    "bad-spec-bytes": archive(model(spec=np.array(b"3-4bn-relu-2"))),
    "bad-spec-unicode": archive(model(spec=np.array("3\u20134bn-relu-2"))),
    "bad-spec-long": archive(model(spec=np.array("3-" * 2000 + "2"))),
    "bad-spec-huge": archive(model(spec=np.array("4000000000-4000000000-relu-2"))),
    "bad-spec-wide": archive(model(spec=np.array("100000-100000-relu-2"))),
    "bad-scale-zero": archive(model(input_scale=np.float32(0))),
    "bad-scale-nan": archive(model(input_scale=np.float32(np.nan))),
    "bad-shape": archive(model(layer1__weight=np.zeros((3, 5), "<f4"))),
    "bad-shape-dims": archive(model(layer2__bias=np.zeros((1, 2), "<f4"))),
    "bad-type-f8": archive(model(layer1__weight=np.zeros((3, 4)))),
    "bad-type-big-endian": archive(model(layer1__weight=np.zeros((3, 4), ">f4"))),
    "bad-fortran-order": archive(model(layer1__weight=np.zeros((4, 3), "<f4").T)),
    "bad-nan": archive(model(layer1__weight=nan)),
    "bad-infinite": archive(model(layer2__bias=infinite)),
    "bad-negative-variance": archive(model(layer1__running_var=-np.ones(4, "<f4"))),
    "bad-magic": archive(model(), {"layer1.weight": b"\x93NUMPX\x01\x00" + bytes(100)}),
    "bad-npy-version-4": with_weight(header % "(3, 4)", version=b"\x04\x00"),
    "bad-npy-short": archive(model(), {"layer1.weight": b"\x93NUM"}),
    "bad-header-length": with_weight(header % "(3, 4)", length=65535),
    "bad-header-length-4": with_weight(header % "(3, 4)", version=b"\x02\x00", length=0xffffffff),
    "bad-header-text": with_weight("descr <f4"),
    "bad-header-open": with_weight("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4"),
    "bad-header-key": with_weight("{'descr': '<f4', 'fortran_order': False, 'extra': 1}"),
    "bad-header-lacks": with_weight("{'descr': '<f4', 'fortran_order': False}"),
    "bad-header-record": with_weight("{'descr': [('a', '<f4')], 'fortran_order': False, "
                                     "'shape': (3, 4)}"),
    "bad-header-number": with_weight(header % "(3)"),
    "bad-header-dims": with_weight(header % "(1, 1, 1, 3, 4)"),
    "bad-header-extent": with_weight(header % "(99999999999999999999, 4)"),
    "bad-header-product": with_weight(header % "(9223372036854775808, 4)"),
    "bad-header-tail": with_weight(header % "(3, 4)" + "x"),
    "bad-data-short": with_weight(header % "(3, 4)", bytes(44)),
    "bad-data-long": with_weight(header % "(3, 4)", bytes(52)),
    "bad-claims-long": claim_size(with_weight(header % "(3, 4)", bytes(44)), "layer1.weight",
                                  len(raw_npy(header % "(3, 4)", bytes(48)))),
    "bad-claims-bomb": claim_size(good, "layer1.weight", 0xfffffff0),
    "bad-overlap": overlapping(),
    "bad-checksum": flip_byte(stored, weight_data[:8]),
    "bad-method": archive(model(), method=zipfile.ZIP_BZIP2),
    "bad-encrypted": patch_directory(good, "layer1.weight", 8, b"\x01\x00"),
    "ok-schema": schema(),
    "bad-schema-text": schema("{"),
    "bad-schema-version": schema('{"version": 2}'),
    "bad-schema-edges": schema(edges=[0, 1, 1]),
    "bad-schema-number": schema(max=1e39),
    "bad-schema-inputs": schema(gaps=False),
    "bad-schema-name": schema(name="d"),
    "bad-schema-type": archive(model(schema=np.zeros(3, "<f4"))),
    "bad-schema-dims": archive(model(schema=np.zeros((2, 2), "u1"))),
    "bad-entry-count": good[:-12] + b"\xff\xff" + good[-10:],
}

for name, content in FILES.items():
    (DIRECTORY / (name + ".npz")).write_bytes(content)
