#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs scripts in a bare Debian of another release: what a user there would see.
#
#   sh scripts/try-debian.sh RELEASE DIRECTORY [COMMAND...]
#   sh scripts/try-debian.sh trixie /var/tmp/trixie sh scripts/run-tests.sh -L op
#
# Makes the system in DIRECTORY by debootstrap, unless it is there already, from the mirror that apt
# uses here; copies the repository without build/ to /gemlet in it and runs the command there, as
# root, in the C locale. Without a command: run-mnist.sh, verify, qualify, run-tests.sh. Only for
# root, on Linux. Removing DIRECTORY removes all of it.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)

fail() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

[ $# -ge 2 ] || fail "usage: try-debian.sh RELEASE DIRECTORY [COMMAND...]"
release=$1
system=$2
shift 2
[ "$(id -u)" = 0 ] || fail "only root can make another system"
command -v debootstrap >/dev/null 2>&1 || fail "no debootstrap; install Debian's package of that name"

if [ ! -e "$system/gemlet" ]; then
    [ ! -e "$system" ] || fail "$system: exists, and was not made by this script"
    # shellcheck disable=SC2016 # apt's own variable
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
        head -n 1)
    debootstrap --variant=minbase --include=ca-certificates "$release" "$system" \
        ${mirror:+"$mirror"} >"$system.log" 2>&1 || fail "debootstrap failed, see $system.log"
    mkdir "$system/gemlet"
fi

# How this machine reaches the network, with whose certificates.
for file in /etc/resolv.conf /etc/hosts /etc/ssl/certs/ca-certificates.crt; do
    [ ! -f "$file" ] || cp "$file" "$system$file"
done
(cd "$root" && tar -cf - --exclude=./build --exclude=./.git .) | tar -xf - -C "$system/gemlet"

# shellcheck disable=SC2016 # the other shell's variables
[ $# -gt 0 ] || set -- sh -ec '
    sh scripts/run-mnist.sh
    for kernels in cpu gpu; do
        build/release/gemlet verify --device opencl-cpu --kernels "$kernels" --quiet
        build/release/gemlet qualify --device opencl-cpu --kernels "$kernels" --quiet
    done
    sh scripts/run-tests.sh'
# The mounts are gone with the process.
# shellcheck disable=SC2016 # the inner shell's variables
exec unshare --mount --pid --fork sh -ec '
    mount -t proc proc "$0/proc"
    mount --rbind /dev "$0/dev" && mount --make-rslave "$0/dev"
    mount --rbind /sys "$0/sys" && mount --make-rslave "$0/sys"
    exec chroot "$0" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C \
        PIP_CERT=/etc/ssl/certs/ca-certificates.crt \
        sh -ec "cd /gemlet && exec \"\$@\"" sh "$@"' "$system" "$@"
