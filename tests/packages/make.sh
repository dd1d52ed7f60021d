#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes the packages and unpacks them into WORK/root. Exit code 77 where there is no dpkg.
#
#   make.sh ROOT WORK
set -eu

root=$1
work=$2
if ! command -v dpkg-deb >/dev/null 2>&1; then
    echo "make.sh: skipped: no dpkg-deb"
    exit 77
fi
sh "$root/scripts/make-packages.sh" "$work/build"
rm -rf "$work/root"
mkdir "$work/root"
for package in "$work"/build/packages/*.deb; do
    dpkg-deb --extract "$package" "$work/root"
done
