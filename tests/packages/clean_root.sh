#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs the packages in a clean Debian of this release and takes the README's steps there, as its
# only user: the network is used for Debian's packages and for Python's. For root.
#
#   clean_root.sh ROOT WORK DIRECTORY
#
# DIRECTORY is the clean system; removed first and at the end.
set -eu

root=$1
packages=$2/build/packages
system=$3
release=$(. /etc/os-release && echo "$VERSION_CODENAME")

rm -rf "$system"
trap 'rm -rf "$system"' EXIT
sh "$root/scripts/try-debian.sh" "$release" "$system" true
mkdir -p "$system/gemlet/build/debian/packages"
cp "$packages"/*.deb "$system/gemlet/build/debian/packages/"
sh "$root/scripts/try-debian.sh" "$release" "$system" sh tests/packages/newcomer.sh
