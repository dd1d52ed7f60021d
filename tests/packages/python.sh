#!/bin/sh
# SPDX-License-Identifier: MIT
# The package python3-gemlet with the NumPy, pandas and scikit-learn of the distribution.
#
#   python.sh ROOT UNPACKED [PYTHON]; skipped (77) without these
. "$(dirname -- "$0")/../e2e/lib.sh"
. "$(dirname -- "$0")/lib.sh"

need_packages "$2"
python=${3:-}
if ! "$python" -c 'import numpy, pandas, sklearn' 2>/dev/null; then
    echo "skipped: no pandas and scikit-learn in '$python'"
    [ "${GEMLET_REQUIRE_NUMPY:-0}" = 1 ] && exit 1
    exit 77
fi
PYTHONPATH=$2/usr/lib/python3/dist-packages
GEMLET=$2/usr/bin/gemlet
PYTHONDONTWRITEBYTECODE=1
export PYTHONPATH GEMLET PYTHONDONTWRITEBYTECODE
"$python" -c 'import gemlet, sklearn; print("gemlet", gemlet.__version__, gemlet.__file__, "scikit-learn", sklearn.__version__)'
expect_equal "version that Python's tools see" \
    "$("$python" -c 'import importlib.metadata as m; print(m.version("gemlet"))')" \
    "$("$python" -c 'import gemlet; print(gemlet.__version__)')"
cd "$1/tests/python" || exit 1
for module in test_estimators test_tables test_command_line; do
    expect_success "$python" -m unittest -q "$module"
    tail -n 3 "$work/stderr"
done
finish
