#!/bin/sh
# SPDX-License-Identifier: MIT
# What the packages are: their names, what lintian says, what depends on what, which files they hold.
#
#   content.sh ROOT WORK VERSION SOVERSION
. "$(dirname -- "$0")/../e2e/lib.sh"
. "$(dirname -- "$0")/lib.sh"

packages=$2/build/packages
version=$3
need_packages "$2/root"

library=libgemlet$4
expect_equal "packages" "$(cd "$packages" && echo *.deb | sed "s/_${version}-1_[a-z0-9]*\.deb//g")" \
    "gemlet libgemlet-dev $library python3-gemlet"

n_checks=$((n_checks + 1))
lintian --fail-on error "$packages"/*.deb >"$work/lintian" 2>&1 || fail "lintian: $(cat "$work/lintian")"
cat "$work/lintian"

# field PACKAGE NAME
field() {
    dpkg-deb --field "$packages/$1"_*.deb "$2"
}
for package in libgemlet-dev python3-gemlet; do
    n_checks=$((n_checks + 1))
    field "$package" Depends | grep -qF "$library (= $version-1)" || fail "$package: depends on $(field "$package" Depends)"
done
n_checks=$((n_checks + 2))
field gemlet Depends | grep -q 'libopenblas' || fail "gemlet: depends on $(field gemlet Depends)"
dpkg-deb --info "$packages/$library"_*.deb shlibs | grep -qx "libgemlet $4 $library (>= $version-1)" ||
    fail "$library: shlibs: $(dpkg-deb --info "$packages/$library"_*.deb shlibs)"

# Every file below /usr, and in one package only.
for package in "$packages"/*.deb; do
    dpkg-deb --contents "$package" | awk '$1 !~ /^d/ { print $6 }'
done | sort >"$work/files"
n_checks=$((n_checks + 2))
[ -z "$(uniq -d "$work/files")" ] || fail "in two packages: $(uniq -d "$work/files" | head -n 3)"
! grep -v '^\./usr/' "$work/files" || fail "files beside /usr"
for file in bin/gemlet share/man/man1/gemlet-train.1.gz share/bash-completion/completions/gemlet \
    share/zsh/vendor-completions/_gemlet share/fish/vendor_completions.d/gemlet.fish \
    share/gemlet/penguins.csv share/doc/gemlet/README.md share/doc/gemlet/docs/tables.md \
    include/gemlet/version.h lib/python3/dist-packages/gemlet/__init__.py; do
    n_checks=$((n_checks + 1))
    grep -qx "\./usr/$file" "$work/files" || fail "no package has /usr/$file"
done

# The program of the package, a program of somebody else with the library, neither with paths of the build.
usr=$2/root/usr
expect_equal "gemlet --version" "$("$usr/bin/gemlet" --version | head -n 1)" "gemlet $version"
LD_LIBRARY_PATH=$(dirname "$(find "$usr/lib" -name "libgemlet.so.$4")")
PKG_CONFIG_PATH=$LD_LIBRARY_PATH/pkgconfig
export LD_LIBRARY_PATH PKG_CONFIG_PATH
# shellcheck disable=SC2046 # flags are words
expect_success cc $(pkg-config --cflags gemlet) "$usr/share/doc/libgemlet-dev/examples/fit_table.c" \
    -o "$work/fit_table" $(pkg-config --libs gemlet)
expect_success "$work/fit_table" cpu "$work/model.npz"
for file in "$usr/bin/gemlet" "$LD_LIBRARY_PATH/libgemlet.so.$4"; do
    n_checks=$((n_checks + 1))
    ! grep -qaF "$1" "$file" || fail "$file holds the path of the build"
done
finish
