# SPDX-License-Identifier: MIT
"""Compares the kernels in a report with those in stats.json, and these with the time of a step.

    check_kernels.py RUN"""
import json
import pathlib
import re
import sys

run = pathlib.Path(sys.argv[1])
stats = json.loads((run / "stats.json").read_text())
profile = stats["step"]["profile"]
kernels = profile["kernels"]
failures = []
if profile["steps"] != 6 or not kernels:
    failures.append("found %d steps and %d kernels" % (profile["steps"], len(kernels)))
times = [kernel["us_per_step"] for kernel in kernels]
if times != sorted(times, reverse=True) or min(times) < 0 or max(times) == 0:
    failures.append("times: found %s, expected them to fall, none negative" % times)
launches = sum(kernel["launches_per_step"] for kernel in kernels)
if launches < 1:
    failures.append("found %g launches a step, expected one or more" % launches)
page = (run / "report.html").read_text()
table = page[page.index('id="kernels"'):].split("</table>")[0]
rows = re.findall(r'<th class="text" scope="row">(.*?)</th><td class="text">(.*?)</td>', table)
expected = [("%s %s" % (kernel["operation"], kernel["shape"]), kernel["kernel"] or "") for kernel in kernels[:20]]
if rows != expected:
    failures.append("the table: found %s, expected %s" % (rows, expected))
print("\n".join(failures) or "%d kernels" % len(kernels))
sys.exit(bool(failures))
