#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds the wheel of python/ and installs it into a virtual environment of its own, from which the
# tests of this directory run.
#
#   install.sh ROOT WHEELS WORK
#
# WHEELS: the virtual environment of setup.sh, which has scikit-learn and what builds wheels. Exit
# code 77 without these, or 1 if GEMLET_REQUIRE_WHEELS=1 and this Python is one that they are for.
set -eu

root=$1
wheels=$2
work=$3
export PIP_DISABLE_PIP_VERSION_CHECK=1
export CMAKE_BUILD_PARALLEL_LEVEL="${CMAKE_BUILD_PARALLEL_LEVEL:-2}"

if ! "$wheels/bin/python" -c 'import pandas, scikit_build_core, sklearn' 2>/dev/null; then
    echo "install.sh: skipped: no pandas, scikit-learn and scikit-build-core in $wheels"
    [ "${GEMLET_REQUIRE_WHEELS:-0}" = 1 ] &&
        "$wheels/bin/python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' && exit 1
    exit 77
fi

mkdir -p "$work"
[ -x "$work/venv/bin/pip" ] || "$wheels/bin/python" -m venv "$work/venv"
# What is installed there is seen here, too.
"$wheels/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))' >"$work/wheels.pth"
site=$("$work/venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
cp "$work/wheels.pth" "$site/wheels.pth"

rm -rf "$work/dist"
"$work/venv/bin/pip" wheel --quiet --no-index --no-deps --no-build-isolation \
    --config-settings=build-dir="$work/build" --wheel-dir "$work/dist" "$root/python"
"$work/venv/bin/pip" install --quiet --no-index --no-deps --force-reinstall "$work"/dist/gemlet-*.whl
"$work/venv/bin/python" -c 'import gemlet; print("gemlet", gemlet.__version__, gemlet.__file__)'
