# SPDX-License-Identifier: MIT
# Sourced by the other scripts, with $root set to the repository: installs what is missing of
# packages.txt, configures build/release and builds it. Does nothing that was done already.

say() {
    printf '%s\n' "$*"
}

fail() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# packages_for USE...: the lines of packages.txt for these uses.
packages_for() {
    for use in "$@"; do
        grep "^$use " "$root/scripts/packages.txt"
    done
}

# Names the packages that dpkg does not know as installed.
missing_by_dpkg() {
    packages_for "$@" | while read -r _ package _; do
        state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) || state=none
        [ "$state" = installed ] || printf '%s ' "$package"
    done
}

has_header() {
    printf '#include <%s>\n' "$1" | cc -E - >/dev/null 2>&1
}

# Names the packages whose probe fails; see packages.txt.
missing_by_probe() {
    packages_for "$@" | while read -r _ package probe _; do
        name=${probe#*:}
        case $probe in
        cmd:*) command -v "$name" >/dev/null 2>&1 ;;
        pc:*) pkg-config --exists "$name" 2>/dev/null ;;
        h:*) has_header "$name" ;;
        py:*) python3 -c "import $name" 2>/dev/null ;;
        *) true ;;
        esac </dev/null || printf '%s ' "$package"
    done
}

# install_packages USE...
install_packages() {
    if ! command -v dpkg-query >/dev/null 2>&1 || ! command -v apt-get >/dev/null 2>&1; then
        missing=$(missing_by_probe "$@")
        [ -z "$missing" ] ||
            fail "no apt-get here; please install what Debian calls: ${missing% }"
        return 0
    fi
    missing=$(missing_by_dpkg "$@")
    [ -n "$missing" ] || return 0
    say "installing: ${missing% }"
    as_root=
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null 2>&1 ||
            fail "neither root nor sudo; please install: ${missing% }"
        as_root=sudo
    fi
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update
    # shellcheck disable=SC2086 # a list of words
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install \
        $missing >/dev/null || fail "apt-get could not install: ${missing% }"
}

# configure_release [-DNAME=VALUE...]: a tree left by another CMake, by a generator that is gone or
# by a checkout that was moved is configured anew.
configure_release() {
    mkdir -p "$root/build/release"
    log=$root/build/release/configure.log
    (cd "$root" && cmake --preset release "$@") >"$log" 2>&1 && return 0
    rm -rf "$root/build/release/CMakeCache.txt" "$root/build/release/CMakeFiles"
    (cd "$root" && cmake --preset release "$@") >"$log" 2>&1 && return 0
    cat "$log" >&2
    fail "cannot configure build/release; the output above is in $log"
}

# build_release [TARGET...]
build_release() {
    n_jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null) || n_jobs=2
    log=$root/build/release/build.log
    cmake --build "$root/build/release" --parallel "$n_jobs" ${1:+--target "$@"} >"$log" 2>&1 &&
        return 0
    cat "$log" >&2
    fail "cannot build build/release; the output above is in $log"
}

# POCL asks hwloc for processors and memory, hwloc asks /sys, and POCL aborts the program where that
# is not mounted, as in a bare chroot. Then hwloc is told instead: one memory, cores without
# hyper-threads.
describe_machine_without_sys() {
    [ ! -d /sys/devices/system/cpu ] || return 0
    n_cores=$(getconf _NPROCESSORS_ONLN 2>/dev/null) || n_cores=1
    kilobytes=$(awk '$1 == "MemTotal:" { print $2 }' /proc/meminfo 2>/dev/null) || kilobytes=
    say "/sys is not mounted: describing the machine to POCL by HWLOC_SYNTHETIC"
    HWLOC_SYNTHETIC="numa:1(memory=${kilobytes:-2097152}kB) core:$n_cores pu:1"
    export HWLOC_SYNTHETIC
}
