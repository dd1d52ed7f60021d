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
        # requirements.txt has them for newer versions.
        [ "${GEMLET_REQUIRE_WHEELS:-0}" = 1 ] &&
            "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' && exit 1
        exit 77
    done
}

# make_modules DOCUMENT DIRECTORY: the programs of the document, each a file that its first line names, and
# its commands as NN.sh, numbered as the blocks are.
make_modules() {
    awk -v to="$2" '
        /^```[a-z]/ { block = sprintf("%s/%02d.%s", to, ++n, substr($0, 4)); next }
        /^```$/ { block = ""; next }
        block != "" { print >block }' "$1"
    for block in "$2"/[0-9][0-9].*; do
        case $block in
        *.sh) ;;
        *) mv "$block" "$2/$(head -n 1 "$block" | sed 's/^[^a-z]*\([a-z_]*\.[a-z]*\).*/\1/')" ;;
        esac
    done
}
