# SPDX-License-Identifier: MIT
# Sourced by the other scripts, with $root set to the repository: installs what is missing of
# packages.txt and requirements*.txt, configures build/release and builds it. Does nothing that was
# done already.

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

# all_are TEST A+B...: whether every package passes the test.
all_are() {
    for name in $(printf '%s' "$2" | tr + ' '); do
        "$1" "$name" || return 1
    done
}

is_installed() {
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# is_offered PACKAGE: by apt; - is nothing, which is there everywhere.
is_offered() {
    [ "$1" = - ] || apt-cache show "$1" >/dev/null 2>&1
}

# first_that TEST A|B...: the first alternative that passes the test, A+B as "A B".
first_that() {
    for alternative in $(printf '%s' "$2" | tr '|' ' '); do
        if all_are "$1" "$alternative"; then
            printf '%s' "$alternative" | tr + ' '
            return 0
        fi
    done
    return 1
}

# Names the packages, with their alternatives, that dpkg does not know as installed.
missing_by_dpkg() {
    packages_for "$@" | while read -r _ package _; do
        first_that is_installed "$package" >/dev/null || printf '%s ' "$package"
    done
}

# chosen_packages A|B...: what apt is to install, a line for each argument.
chosen_packages() {
    for package in "$@"; do
        chosen=$(first_that is_offered "$package") ||
            fail "apt-get knows none of these packages: $package"
        if [ "$chosen" = - ]; then
            say "not in this release, its tests are skipped: ${package%|-}" >&2
        else
            printf '%s\n' "$chosen"
        fi
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

# as_root COMMAND...
as_root() {
    if [ "$(id -u)" = 0 ]; then
        env DEBIAN_FRONTEND=noninteractive "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo env DEBIAN_FRONTEND=noninteractive "$@"
    else
        fail "neither root nor sudo for: $*; please install: ${missing% }"
    fi
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
    # What a release may lack is no reason to ask for new lists each time.
    for package in $missing; do
        case $package in
        *'|-') ;;
        *)
            as_root apt-get -qq update
            break
            ;;
        esac
    done
    # shellcheck disable=SC2086 # a list of words
    chosen=$(chosen_packages $missing)
    [ -n "$chosen" ] || return 0
    # shellcheck disable=SC2086 # a list of words
    say "installing:" $chosen
    # shellcheck disable=SC2086 # a list of words
    as_root apt-get -qq -y --no-install-recommends install $chosen >/dev/null ||
        fail "apt-get could not install:" $chosen
}

# install_wheels [docs]: what requirements.txt, or requirements-docs.txt, names, into build/venv or
# build/venv-docs. Without a way to get them the tests that use them are skipped; GEMLET_WHEELS=off
# asks for that. Succeeds if they are there.
install_wheels() {
    venv=$root/build/venv${1:+-$1}
    name=scripts/requirements${1:+-$1}.txt
    ! cmp -s "$root/$name" "$venv/requirements.txt" || return 0
    if [ "${GEMLET_WHEELS:-on}" = off ]; then
        say "GEMLET_WHEELS=off: not installing the Python wheels of $name"
        return 1
    fi
    say "installing the Python wheels of $name in ${venv#"$root"/}"
    log=$venv.log
    mkdir -p "$root/build"
    if python3 -m venv --clear "$venv" >"$log" 2>&1 &&
        "$venv/bin/pip" --disable-pip-version-check install --quiet --no-deps --retries 1 \
            --timeout 20 --requirement "$root/$name" >>"$log" 2>&1; then
        rm -f "$venv"/lib/libOpenCL.so* # a second loader, beside the system's
        cp "$root/$name" "$venv/requirements.txt"
        return 0
    fi
    say "cannot install them, see $log; the tests that use them are skipped"
    return 1
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

n_processors() {
    getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1
}

# build_release [TARGET...]
build_release() {
    log=$root/build/release/build.log
    cmake --build "$root/build/release" --parallel "$(n_processors)" ${1:+--target "$@"} \
        >"$log" 2>&1 && return 0
    cat "$log" >&2
    fail "cannot build build/release; the output above is in $log"
}

# POCL asks hwloc for processors and memory, hwloc asks /sys, and POCL aborts the program where that
# is not mounted, as in a bare chroot. Then hwloc is told instead: one memory, cores without
# hyper-threads.
describe_machine_without_sys() {
    [ ! -d /sys/devices/system/cpu ] || return 0
    kilobytes=$(awk '$1 == "MemTotal:" { print $2 }' /proc/meminfo 2>/dev/null) || kilobytes=
    say "/sys is not mounted: describing the machine to POCL by HWLOC_SYNTHETIC"
    HWLOC_SYNTHETIC="numa:1(memory=${kilobytes:-2097152}kB) core:$(n_processors) pu:1"
    export HWLOC_SYNTHETIC
}
