# SPDX-License-Identifier: MIT
# Sourced by the tests of exports behind e2e/lib.sh.

# need_wheels VENV MODULE...: $python, which has the modules; else the test is skipped, unless
# GEMLET_REQUIRE_WHEELS=1.
need_wheels() {
    python=$1/bin/python3
    shift
    for module in "$@"; do
        "$python" -c "import $module" >/dev/null 2>&1 && continue
        echo "skipped: no $module in $python"
        [ "${GEMLET_REQUIRE_WHEELS:-0}" = 1 ] && exit 1
        exit 77
    done
}
