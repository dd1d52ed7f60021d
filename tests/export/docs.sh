#!/bin/sh
# SPDX-License-Identifier: MIT
# What docs/export.md tells to do: its programs become files, its commands are run, in their order.
#
#   docs.sh ROOT VENV
. "$(dirname -- "$0")/../e2e/lib.sh"
. "$(dirname -- "$0")/lib.sh"

root=$1
need_wheels "$2" numpy onnxruntime
gemlet=$(CDPATH='' cd -- "$(dirname -- "$gemlet")" && pwd)/${gemlet##*/}
mkdir "$work/bin" || exit 1
ln -s "$gemlet" "$work/bin/gemlet"
PATH=$work/bin:$PATH
ln -s "$root/datasets" "$work/datasets"
make_modules "$root/docs/export.md" "$work"
cd "$work" || exit 1
for block in [0-9][0-9].sh; do
    expect_success sh -eu "$block"
    cat stdout >>said
done
expect_success "$python" predict_onnx.py
cat stdout >>said

# said PATTERN: what the commands have printed has such a line.
said() {
    n_checks=$((n_checks + 1))
    grep -q "$1" said || fail "no '$1' in: $(cat said)"
}
said '^onnx Adelie \[0'
said '^Adelie [0-9.]* %$'
said '^Gentoo [0-9.]* %$'
finish
