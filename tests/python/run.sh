#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh VENV ARGUMENT...: python of the virtual environment with these arguments. Exit code 77 where
# install.sh has installed nothing there.
venv=$1
shift
if [ ! -x "$venv/bin/python" ]; then
    echo "run.sh: skipped: no package in $venv"
    exit 77
fi
exec "$venv/bin/python" "$@"
