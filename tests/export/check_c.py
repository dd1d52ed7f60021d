# SPDX-License-Identifier: MIT
"""An exported C program gives the answers of `gemlet predict`, with every compiler that is here, and
compiles without a warning as C99 and as C++.

Usage: check_c.py GEMLET MODELS DIRECTORY: of the models of models.sh; files go to DIRECTORY."""
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rows

WARNINGS = ["-Wall", "-Wextra", "-Werror", "-pedantic"]
COMPILERS = [["gcc", "-std=c99"], ["clang", "-std=c99"], ["g++", "-x", "c++"],
             ["clang++", "-x", "c++"], ["g++", "-std=c++98", "-x", "c++"],
             ["gcc", "-std=c99", "-Wconversion", "-Wshadow", "-Wdouble-promotion"]]
# As the float path predicts where it is to be near, else as the reference; one compiler, but for a model
# with texts and names of all kinds.
AS_CPU = ["mnist", "species", "mass"]
BY_ALL = ["hostile"]
TOLERANCE = 1e-6
MAX_ROWS = 1000


def encode(schema, path):
    """Rows of the table as predict.c reads them."""
    columns = rows.raw_columns(schema, rows.read_table(path))
    fields = [["t" + v if kind == "text" else "g" if v != v else "n" + repr(v) for v in values]
              for _, kind, values in columns]
    return "".join("".join(field + "\x1f" for field in row) + "\x1e"
                   for row in list(zip(*fields))[:MAX_ROWS]).encode()


def decode(output, names, is_table, is_regression):
    """What predict.c says, as rows.predict() has it."""
    answers = []
    lines, _, classes = output.partition(b"\x1d")
    if is_table and not is_regression:
        found = classes.decode().split("\x1e")[:-1]
        assert found == names, f"classes: found {found}, expected {names}"
    for line in lines.splitlines():
        numbers = line.split()
        if is_regression:
            answers.append([float(numbers[0])])
        else:
            name = names[int(numbers[0])] if is_table else numbers[0].decode()
            answers.append([name] + [float(p) for p in numbers[1:]])
    return answers


def check(gemlet, directory, name, model, path):
    here = os.path.dirname(os.path.abspath(__file__))
    source = os.path.join(directory, name + ".c")
    program = os.path.join(directory, name + ".program")
    subprocess.run([gemlet, "export", model, "--output", source], check=True,
                   stdout=subprocess.DEVNULL)
    schema = rows.read_schema(model)
    names, expected = rows.predict(gemlet, model, path, "cpu" if name in AS_CPU else "reference")
    is_regression = len(expected[0]) == 1
    upper = name.upper()
    macros = [f'-DHEADER="{name}.h"', f"-DNAME={name}", f"-DUPPER={upper}", "-I" + directory]
    macros += ["-DANSWERS_WITH_NUMBER"] if is_regression else []
    if schema is None:
        macros.append("-DROWS_OF_BYTES")
        given = b"".join(rows.read_images(path)[:MAX_ROWS])
    else:
        macros.append("-DROWS_OF_TABLE")
        macros += ["-DROWS_WITH_TEXTS"] if any(c["kind"] == "text" for c in schema["columns"]) else []
        given = encode(schema, path)
    n = 0
    for compiler in COMPILERS if name in BY_ALL else COMPILERS[:1]:
        if shutil.which(compiler[0]) is None:
            continue
        n += 1
        subprocess.run([*compiler, *WARNINGS, "-c", source, "-o", program + ".o"], check=True)
        linker = [compiler[0], *WARNINGS] + ["-x", "c++" if "++" in compiler[0] else "c"]
        subprocess.run([*linker, *macros, os.path.join(here, "predict.c"), "-x", "none",
                        program + ".o", "-lm", "-o", program], check=True)
        output = subprocess.run([program], input=given, check=True, capture_output=True).stdout
        found = decode(output, names, schema is not None, is_regression)
        rows.compare(f"{name}: {' '.join(compiler)}", found, expected[:MAX_ROWS], TOLERANCE)
    assert n > 0, "no compiler"


if len(sys.argv) != 4:
    sys.exit(__doc__)
sys.exit(rows.check_models(sys.argv[2], lambda *model: check(sys.argv[1], sys.argv[3], *model)) > 0)
