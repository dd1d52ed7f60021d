#!/bin/sh
# SPDX-License-Identifier: MIT
# What the libraries export: the functions of the public headers and nothing else; and under which
# name programs look for the shared one.
#
#   symbols.sh SHARED STATIC SONAME COMPILER INCLUDE-DIRECTORY...
. "$(dirname -- "$0")/lib.sh"

shared=$1
static=$2
soname=$3
compiler=$4
shift 4
for directory in "$@"; do
    includes="${includes:-} -I$directory"
done

# Declarations behind GEMLET_API, one a line, of all headers that one includes.
# shellcheck disable=SC2086 # a list of words
printf '#include <gemlet/gemlet.h>\n' | "$compiler" $includes -E -P -x c - >"$work/headers" || exit 1
tr '\n' ' ' <"$work/headers" | tr ';' '\n' |
    sed -n 's/.*visibility("default")))[^(]*[ *]\(gemlet_[a-z0-9_]*\)(.*/\1/p' | sort >"$work/declared"
nm -D --defined-only "$shared" | awk '{ print $3 }' | sort >"$work/exported"

n_checks=$((n_checks + 1))
[ "$(wc -l <"$work/declared")" -gt 50 ] || fail "found $(wc -l <"$work/declared") functions in the headers"
for name in $(comm -13 "$work/declared" "$work/exported"); do
    fail "$shared exports $name, which no public header declares"
done
for name in $(comm -23 "$work/declared" "$work/exported"); do
    fail "a public header declares $name, which $shared does not export"
done

# gemlet.h includes every other header.
n_checks=$((n_checks + 1))
for directory in "$@"; do
    for header in "$directory"/gemlet/*.h; do
        name=gemlet/${header##*/}
        [ "$name" = gemlet/gemlet.h ] || grep -qF "#include \"$name\"" "$1/gemlet/gemlet.h" ||
            fail "gemlet.h does not include $name"
    done
done

expect_equal "SONAME" "$(readelf -d "$shared" | sed -n 's/.*(SONAME).*\[\(.*\)\]/\1/p')" "$soname"

# Internal functions of the static library have a prefix of their own.
n_checks=$((n_checks + 1))
for name in $(nm -g --defined-only "$static" 2>/dev/null | awk 'NF == 3 { print $3 }' |
    grep -v '^gemlet_\|^gm_'); do
    fail "$static: $name begins neither with gemlet_ nor with gm_"
done
printf '%s functions\n' "$(wc -l <"$work/declared")"
finish
