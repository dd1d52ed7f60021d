#!/bin/sh
# SPDX-License-Identifier: MIT
# driver.sh on Intel's OpenCL for CPUs, which shares no code with POCL and vectorises over
# work-items. It comes with the wheels of scripts/requirements.txt; without them exit code 77, or 1
# if GEMLET_REQUIRE_WHEELS=1 on x86-64, the only machine that it is made for.
#
#   GEMLET=program intel_cpu.sh VENV DRIVER.sh LIB DATA
set -u
library=$1/lib/libintelocl.so
if [ ! -f "$library" ]; then
    echo "skipped: no $library, which scripts/run-tests.sh installs"
    [ "${GEMLET_REQUIRE_WHEELS:-0}" = 1 ] && [ "$(uname -m)" = x86_64 ] && exit 1
    exit 77
fi
directory=$(mktemp -d "${TMPDIR:-/tmp}/gemlet-intel.XXXXXX") || exit 1
trap 'rm -rf "$directory"' EXIT
trap 'exit 1' HUP INT TERM
printf '%s\n' "$library" >"$directory/intel_cpu.icd"
OCL_ICD_VENDORS=$directory/intel_cpu.icd
OCL_ICD_FILENAMES=$library # the same for the other loader
export OCL_ICD_VENDORS OCL_ICD_FILENAMES
sh "$2" "$3" "$4" 'Intel(R) OpenCL' -
