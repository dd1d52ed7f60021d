#!/bin/sh
# SPDX-License-Identifier: MIT
# Reports opened in a browser, without a screen: check_browser.py says what is looked at.
#
#   report_browser.sh PENGUINS.CSV PYTHON CHROMIUM; skipped (77) without the latter two
. "$(dirname -- "$0")/lib.sh"
here=$(cd "$(dirname -- "$0")" && pwd) || exit 1
penguins=$1
python=$2
chromium=$3

if [ -z "$python" ] || [ -z "$chromium" ]; then
    printf 'skipped: no Python or no Chromium\n'
    exit 77
fi

expect_success "$gemlet" train --data "$penguins" --target species --device cpu --epochs 40 \
    --watch-layers 10 --out "$work/species"
expect_success "$gemlet" train --data "$penguins" --target body_mass_g --device cpu --epochs 40 \
    --out "$work/mass"
mkdir "$work/images" "$work/bad"
awk 'BEGIN {
    print "b,<script>alert(2)</script>,kind"
    for (i = 0; i < 90; ++i)
        printf "%d,%d,%s\n", i % 3 * 10 + i % 7, i * 7 % 13, i % 3 == 0 ? "<img src=x>" : i % 3
}' >"$work/bad/data.csv"
expect_success "$gemlet" train --data "$work/bad/data.csv" --target kind --device cpu --epochs 20 \
    --out "$work/bad/run"
expect_success "$gemlet" report "$work/species" "$work/bad/run" --output "$work/two.html"
n_checks=$((n_checks + 1))
"$python" "$here/check_browser.py" "$chromium" \
    "$work/species/report.html" "Of 69 test rows" "Confusion matrix" "Adelie" "gemlet train" \
    -- "$work/mass/report.html" "the answers were off by" \
    -- "$work/bad/run/report.html" "<img src=x>" \
    -- "$work/two.html" "2 runs" "test accuracy" || fail "pages in a browser"
finish
