#!/bin/sh
# SPDX-License-Identifier: MIT
# What docs/export.md tells to do: its programs become files, its commands are run, in their order.
#
#   docs.sh ROOT VENV
. "$(dirname -- "$0")/../e2e/lib.sh"
. "$(dirname -- "$0")/lib.sh"

root=$1
need_wheels "$2" numpy onnxruntime
doc=$root/docs/export.md
gemlet=$(CDPATH='' cd -- "$(dirname -- "$gemlet")" && pwd)/${gemlet##*/}
mkdir "$work/bin" || exit 1
ln -s "$gemlet" "$work/bin/gemlet"
PATH=$work/bin:$PATH
ln -s "$root/datasets" "$work/datasets"

# Blocks NN.sh, NN.c and NN.python; the first line of a program names its file.
awk -v to="$work" '
    /^```[a-z]/ { block = sprintf("%s/%02d.%s", to, ++n, substr($0, 4)); next }
    /^```$/ { block = ""; next }
    block != "" { print >block }' "$doc"
cd "$work" || exit 1
for block in [0-9][0-9].*; do
    case $block in
    *.sh)
        expect_success sh -eu "$block"
        cat stdout >>said
        ;;
    *.python)
        expect_success "$python" "$block"
        cat stdout >>said
        ;;
    *) mv "$block" "$(head -n 1 "$block" | sed 's/^[^a-z]*\([a-z_]*\.[a-z]*\).*/\1/')" ;;
    esac
done

# said PATTERN: what the commands have printed has such a line.
said() {
    n_checks=$((n_checks + 1))
    grep -q "$1" said || fail "no '$1' in: $(cat said)"
}
said '^onnx Adelie \[0'
said '^Adelie [0-9.]* %$'
said '^Gentoo [0-9.]* %$'
finish
