#!/bin/sh
# SPDX-License-Identifier: MIT
# From a fresh checkout to a trained network: installs what is missing, builds, trains on MNIST.
#
#   sh scripts/run-mnist.sh [options of gemlet train]
#
# Works from any directory; relative paths in options are seen from the repository.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
. "$root/scripts/setup.sh"
cd "$root"

install_packages run
# A tree that has the tests keeps them.
if grep -q '^GEMLET_BUILD_TESTS:BOOL=ON' build/release/CMakeCache.txt 2>/dev/null; then
    configure_release
else
    configure_release -DGEMLET_BUILD_TESTS=OFF
fi
build_release gemlet_cli
describe_machine_without_sys
say "paths are relative to $root"
exec build/release/gemlet train --data datasets/mnist "$@"
