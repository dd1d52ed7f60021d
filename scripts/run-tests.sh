#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs what is missing, builds everything and runs all tests.
#
#   sh scripts/run-tests.sh [options of ctest, e.g. -L unit]
#
# Works from any directory. As many tests run at once as there are processors, unless -j or
# CTEST_PARALLEL_LEVEL says otherwise. A test that finds no OpenCL device, no NumPy or no compiler
# for GPUs fails here instead of being skipped, because setup has installed them; so do those that
# use PyTorch or the wheels of requirements*.txt, if they could be installed.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
. "$root/scripts/setup.sh"

install_packages run test docs package
! { install_wheels && install_wheels docs; } || export GEMLET_REQUIRE_WHEELS=1
! is_installed python3-torch || export GEMLET_REQUIRE_TORCH=1
configure_release -DGEMLET_BUILD_TESTS=ON
build_release
describe_machine_without_sys
cd "$root/build/release"
CTEST_PARALLEL_LEVEL=${CTEST_PARALLEL_LEVEL:-$(n_processors)} \
    GEMLET_REQUIRE_OPENCL=1 GEMLET_REQUIRE_NUMPY=1 GEMLET_REQUIRE_CODEGEN=1 \
    exec ctest --no-tests=error --output-on-failure "$@"
