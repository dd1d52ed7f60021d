#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes Debian packages of this tree for the release that it runs on: gemlet, its library, what
# programs are built with, and Python's package.
#
#   sh scripts/make-packages.sh [DIRECTORY]         default build/debian
#   sudo apt install ./build/debian/packages/*.deb
#
# Installs what is missing, builds in DIRECTORY with Debian's flags and leaves the packages in
# DIRECTORY/packages. DEBFULLNAME and DEBEMAIL, if set, name who made them.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
. "$root/scripts/setup.sh"
directory=${1:-$root/build/debian}

install_packages run package
mkdir -p "$directory"
directory=$(CDPATH='' cd -- "$directory" && pwd)
log=$directory/package.log
{
    cd "$root" # what the flags leave out of the paths in messages
    CFLAGS="$(dpkg-buildflags --get CFLAGS) $(dpkg-buildflags --get CPPFLAGS)"
    LDFLAGS="$(dpkg-buildflags --get LDFLAGS) -Wl,-z,now"
    export CFLAGS LDFLAGS
    cmake -S "$root" -B "$directory" -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX=/usr \
        -DGEMLET_ZSH_DIR=share/zsh/vendor-completions -DGEMLET_BUILD_TESTS=OFF \
        ${DEBEMAIL:+"-DGEMLET_MAINTAINER=${DEBFULLNAME:-$DEBEMAIL} <$DEBEMAIL>"} &&
        cmake --build "$directory" --parallel "$(n_processors)" &&
        rm -rf "$directory/packages" &&
        cmake -E chdir "$directory" cpack
} >"$log" 2>&1 || {
    tail -n 30 "$log" >&2
    fail "no packages; the output above is the end of $log"
}
rm -rf "$directory/packages/_CPack_Packages"
ls "$directory"/packages/*.deb
