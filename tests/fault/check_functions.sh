#!/bin/sh
# SPDX-License-Identifier: MIT
# Fails if the library calls an OpenCL function that the fault tests do not redirect.
#
#   check_functions.sh NM LIBRARY FUNCTION...
set -eu
nm=$1
library=$2
shift 2
called=$("$nm" -u "$library" 2>/dev/null | awk '$1 == "U" && $2 ~ /^cl[A-Z]/ { print $2 }' | sort -u)
[ -n "$called" ] || { echo "FAILED: $library calls no OpenCL function"; exit 1; }
missing=
for function in $called; do
    case " $* " in
    *" $function "*) ;;
    *) missing="$missing $function" ;;
    esac
done
[ -z "$missing" ] || { echo "FAILED: not in FAULT_FUNCTIONS of tests/fault/CMakeLists.txt:$missing"; exit 1; }
