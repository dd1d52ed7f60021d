#!/bin/sh
# SPDX-License-Identifier: MIT
# Packs gemlet as built here, the libraries it needs, MNIST and the scripts that measure it into one
# file, for machines that have a driver but neither compilers nor a network:
#
#   sh scripts/pack-portable.sh [FILE.tar.gz]         default build/gemlet-portable.tar.gz
#
# There: unpack it and run "sh scripts/measure-gpu.sh" in the folder that appears. The C library and
# the OpenCL drivers are those of that machine; its C library must not be older than the one here.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
. "$root/scripts/setup.sh"
file=${1:-$root/build/gemlet-portable.tar.gz}
build=${BUILD:-$root/build/release}
for program in gemlet tests/peers/draws; do
    [ -x "$build/$program" ] || fail "no $build/$program; run scripts/run-tests.sh -N first or set BUILD"
done

work=$(mktemp -d "${TMPDIR:-/tmp}/gemlet-pack.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
top=$work/gemlet-portable
mkdir -p "$top/build/release/tests/peers" "$top/build/release/lib" "$top/datasets" "$top/docs"
cp "$build/gemlet" "$top/build/release/"
cp "$build/tests/peers/draws" "$top/build/release/tests/peers/"
strip "$top/build/release/gemlet" "$top/build/release/tests/peers/draws" 2>/dev/null || true
# The C library must be that of the system and its loader.
ldd "$build/gemlet" | awk '$2 == "=>" && $3 ~ /^\// { print $3 }' |
    grep -vE '/(libc|libm|libdl|libpthread|librt)\.so' |
    while read -r library; do
        cp -L "$library" "$top/build/release/lib/"
    done
cp -r "$root/datasets/mnist" "$top/datasets/"
cp -r "$root/scripts" "$top/"
mkdir "$top/tests"
cp -r "$root/tests/peers" "$top/tests/"
tar -C "$work" -czf "$file" gemlet-portable
say "$file: $(wc -c <"$file" | awk '{ printf "%.0f MB", $1 / 1e6 }')"
