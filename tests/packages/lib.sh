# SPDX-License-Identifier: MIT
# Sourced by the tests of packages behind e2e/lib.sh.

# need_packages DIRECTORY: where they were unpacked; skipped where make.sh was.
need_packages() {
    if [ ! -x "$1/usr/bin/gemlet" ]; then
        echo "skipped: no packages in $1"
        exit 77
    fi
}

# make_steps README DIRECTORY: the blocks of its sections Installing and First steps, as
# DIRECTORY/installing-NN.sh, first-NN.sh and, where the language is Python, under the name that the
# first line says.
make_steps() {
    mkdir -p "$2" || exit 1
    awk -v to="$2" '
        /^## / { part = $0 == "## Installing" ? "installing" : $0 == "## First steps" ? "first" : ""; n = 0 }
        part == "" { next }
        /^```/ {
            if (block != "") { close(block); block = ""; next }
            block = sprintf("%s/%s-%02d.sh", to, part, ++n)
            if ($0 ~ /python/ && (getline line) > 0) {
                split(line, words, " ")
                block = to "/" words[2]
            }
            next
        }
        block != "" { print >block }' "$1"
    [ -s "$2/installing-01.sh" ] && [ -s "$2/first-01.sh" ] || fail "no steps in $1"
}

# take_steps DIRECTORY: runs the blocks of First steps there, in their order, what they print in
# DIRECTORY/said.
take_steps() {
    cd "$1" || exit 1
    for block in first-*.sh; do
        expect_success sh -eux "$block"
        cat "$work/stdout" >>said
    done
    n_checks=$((n_checks + 2))
    grep -q '^Gentoo 0\.[5-9]\|^Gentoo 1' said || fail "no 'Gentoo' in: $(tail -n 3 said)"
    [ "$(wc -l <answers.csv)" -eq 345 ] || fail "answers.csv: $(wc -l <answers.csv) lines, expected 345"
}
