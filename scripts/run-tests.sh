#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs what is missing, builds everything and runs all tests.
#
#   sh scripts/run-tests.sh [options of ctest, e.g. -L unit]
#
# Works from any directory. A test that finds no OpenCL device or no NumPy fails here instead of
# being skipped, because setup has installed both.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
. "$root/scripts/setup.sh"

install_packages run test
configure_release -DGEMLET_BUILD_TESTS=ON
build_release
describe_machine_without_sys
cd "$root/build/release"
GEMLET_REQUIRE_OPENCL=1 GEMLET_REQUIRE_NUMPY=1 GEMLET_REQUIRE_CODEGEN=1 \
    exec ctest --no-tests=error --output-on-failure "$@"
