# SPDX-License-Identifier: MIT
"""Runs the examples of a page, one after the other, in a copy of the repository's data; and those of the
docstrings."""

import doctest
import os
import pathlib
import re
import sys
import tempfile

import gemlet
from gemlet import _estimators

page = pathlib.Path(sys.argv[1]).resolve()
datasets = page.parents[1] / "datasets"
examples = re.findall(r"^```python\n(.*?)^```", page.read_text(), flags=re.MULTILINE | re.DOTALL)
if len(examples) < 5:
    sys.exit(f"{page}: found {len(examples)} examples, expected 5 or more")

names = {}
with tempfile.TemporaryDirectory(prefix="gemlet-") as work:
    os.chdir(work)
    os.symlink(datasets, "datasets")
    for example in examples:
        print(example, flush=True)
        exec(compile(example, str(page), "exec"), names)
    os.chdir("/")

for name, least in (("clf", 0.9), ("images", 0.9)):
    data = (names["X_test"], names["y_test"]) if name == "clf" else (names["X"].astype("uint8"), names["y"])
    score = names[name].score(*data)
    if score < least:
        sys.exit(f"{page}: {name}: found a score of {score}, expected {least} or more")
if names["search"].best_score_ < 0.85:
    sys.exit(f"{page}: search: found {names['search'].best_score_}, expected 0.85 or more")

tested = doctest.testmod(_estimators)
print(tested)
if tested.failed > 0 or tested.attempted < 8:
    sys.exit(f"{_estimators.__file__}: found {tested}, expected 8 examples or more and no failure")

# What is said of the parameters is all of them.
described = gemlet.MLPClassifier.__doc__
for parameter in gemlet.MLPClassifier().get_params():
    if not re.search(rf"^    (\w+, )*{parameter}(, \w+)* : ", described, flags=re.MULTILINE):
        sys.exit(f"MLPClassifier: the docstring says nothing of {parameter}")
