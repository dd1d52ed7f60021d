#!/bin/sh
# SPDX-License-Identifier: MIT
# Within the clean system of clean_root.sh, in the root of the repository: installs the packages by the
# command of the README, takes the first steps, builds an example, removes all again.
. "$(dirname -- "$0")/../e2e/lib.sh"
. "$(dirname -- "$0")/lib.sh"

# No sudo for root, no questions; no screen: a page is there and complete.
mkdir "$work/bin" || exit 1
# shellcheck disable=SC2016 # variables of the stubs
printf '#!/bin/sh\nexec "$@"\n' >"$work/bin/sudo"
printf '#!/bin/sh\nexec env DEBIAN_FRONTEND=noninteractive apt-get -q -y "$@"\n' >"$work/bin/apt"
printf '#!/bin/sh\ngrep -q "</html>" "$1"\n' >"$work/bin/xdg-open"
chmod 755 "$work/bin"/*
PATH=$work/bin:$PATH
make_steps README.md "$work/steps"

expect_success apt-get -q update
sed -n '/^sudo apt/p' "$work/steps/installing-01.sh" >"$work/install.sh"
expect_equal "commands that install" "$(wc -l <"$work/install.sh")" 1
expect_success sh -eux "$work/install.sh"
expect_success gemlet --version --verbose
cat "$work/stdout"

expect_success apt-get -q -y --no-install-recommends install gcc libc6-dev pkg-config
(take_steps "$work/steps" && finish) || fail "first steps"
cat "$work/steps/said"
expect_success python3 -c 'import gemlet, sys
clf = gemlet.MLPClassifier.load(sys.argv[1])
print(clf.classes_)' "$work/steps/runs/penguins"

# shellcheck disable=SC2046 # flags are words
expect_success cc $(pkg-config --cflags gemlet) /usr/share/doc/libgemlet-dev/examples/fit_table.c \
    -o "$work/fit_table" $(pkg-config --libs gemlet)
expect_success "$work/fit_table" cpu "$work/model.npz"

expect_success apt-get -q -y purge gemlet libgemlet-dev python3-gemlet "libgemlet[0-9]*"
n_checks=$((n_checks + 1))
left=$(find /usr /etc /var/lib -name '*gemlet*' ! -path '/var/lib/apt/*' ! -path '/var/lib/dpkg/*')
[ -z "$left" ] || fail "left behind: $left"
finish
