#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs to a temporary prefix and builds a program of somebody else against it, with CMake
# (shared and static) and with pkg-config, in C and, for the headers, in C++.
#
#   install.sh BUILD-DIRECTORY VERSION
. "$(dirname -- "$0")/lib.sh"

build=$1
version=$2
consumer=$(CDPATH='' cd -- "$(dirname -- "$0")/consumer" && pwd)

cmake --install "$build" --prefix "$work/first" >"$work/log" 2>&1 || fail_with_log "install"
mv "$work/first" "$work/prefix" # an installed tree can be moved

# find_package VERSION
find_package() {
    cmake -S "$consumer" -B "$work/build" -DCMAKE_PREFIX_PATH="$work/prefix" -DWANTED="$1" \
        >"$work/log" 2>&1
}
! find_package 0.1 || fail "find_package: found 0.1, whose programs have to be built again"
rm -rf "$work/build"
find_package "${version%.*}" || fail_with_log "find_package"
cmake --build "$work/build" >"$work/log" 2>&1 || fail_with_log "build with CMake"
for program in with_shared with_static; do
    expect_equal "$program" "$("$work/build/$program")" "$version"
done

PKG_CONFIG_PATH=$(dirname "$(find "$work/prefix" -name gemlet.pc)")
export PKG_CONFIG_PATH
expect_equal "pkg-config --modversion" "$(pkg-config --modversion gemlet)" "$version"
libdir=$(pkg-config --variable=libdir gemlet)
# shellcheck disable=SC2046 # flags are words
cc $(pkg-config --cflags gemlet) "$consumer/consumer.c" -o "$work/with_pkg_config" \
    $(pkg-config --libs gemlet) >"$work/log" 2>&1 || fail_with_log "build with pkg-config"
expect_equal "with_pkg_config" "$(LD_LIBRARY_PATH=$libdir "$work/with_pkg_config")" "$version"

# compiles_alone COMPILER OPTION...: every installed header, with nothing before it.
compiles_alone() {
    for header in "$work/prefix"/include/gemlet/*.h; do
        printf '#include <gemlet/%s>\nextern int something;\n' "${header##*/}" |
            "$@" -Wall -Wextra -Wpedantic -Werror -I "$work/prefix/include" -fsyntax-only - \
                >"$work/log" 2>&1 || fail_with_log "$header alone: $*"
        n_checks=$((n_checks + 1))
    done
}
compiles_alone cc -std=c11 -x c
if command -v c++ >/dev/null 2>&1; then
    compiles_alone c++ -std=c++17 -x c++
fi
expect_equal "gemlet --version" "$("$work/prefix/bin/gemlet" --version | head -n 1)" \
    "gemlet $version"
finish
