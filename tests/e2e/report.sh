#!/bin/sh
# SPDX-License-Identifier: MIT
# The report of a run: what train leaves is what gemlet report makes again; valid HTML; its numbers
# are those of the other files, and of a second calculation; names from outside are text.
#
#   report.sh PENGUINS.CSV [PYTHON]
. "$(dirname -- "$0")/lib.sh"
here=$(cd "$(dirname -- "$0")" && pwd) || exit 1
penguins=$1
python=${2:-}

# tidy says nothing of a page that is right.
expect_valid() { # FILE
    n_checks=$((n_checks + 1))
    if command -v tidy >/dev/null 2>&1; then
        tidy -q -e "$1" >"$work/tidy" 2>&1 || fail "$1 is no valid HTML: $(head -n 3 "$work/tidy")"
    else
        printf 'left out: no tidy to check HTML with\n'
    fi
}

expect_text() { # TEXT FILE
    n_checks=$((n_checks + 1))
    grep -qF -e "$1" "$2" || fail "no '$1' in $2"
}

# Rows to train on and to test with, the latter without gaps in either target.
awk -v to="$work/train.csv" -v test="$work/test.csv" 'NR == 1 { print >to; print >test; next }
    /,,|,$/ || NR % 5 { print >to; next } { print >test }' "$penguins"

# ---- of a training: the same page again
expect_success "$gemlet" train --data "$work/train.csv" --test "$work/test.csv" --target species \
    --device cpu --epochs 10 --watch-layers 10 --out "$work/species"
expect_text "report   $work/species/report.html" "$work/stdout"
expect_valid "$work/species/report.html"
cp -p "$work/species/report.html" "$work/first.html"
expect_success "$gemlet" report "$work/species/"
expect_same_file "the report of train and of gemlet report" "$work/first.html" \
    "$work/species/report.html"
# Made once, before the pictures.
n_checks=$((n_checks + 1))
if [ -e "$work/species/training_loss_graph.png" ] &&
    [ "$work/first.html" -nt "$work/species/training_loss_graph.png" ]; then
    fail "the report was made again behind the pictures"
fi
expect_success "$gemlet" report "$work/species" --output "$work/other.html"
expect_same_file "--output" "$work/first.html" "$work/other.html"
expect_success "$gemlet" train --data "$work/train.csv" --test "$work/test.csv" \
    --target body_mass_g --device cpu --epochs 40 --out "$work/mass"
expect_valid "$work/mass/report.html"
if [ -n "$python" ]; then
    for run in species mass; do
        n_checks=$((n_checks + 1))
        "$python" "$here/check_report.py" "$work/$run" "$gemlet" "$work/test.csv" ||
            fail "the report of $run"
    done
fi

# ---- of a longer training also the time of each kernel, or operation of the CPU path
for device in auto cpu; do
    expect_success "$gemlet" train --data "$work/train.csv" --test "$work/test.csv" --target species \
        --hidden 8 --batch 16 --steps 2400 --device $device --out "$work/long-$device"
    expect_valid "$work/long-$device/report.html"
    expect_text 'id="kernels"' "$work/long-$device/report.html"
    expect_text "6 steps were taken once more" "$work/long-$device/report.html"
done
n_checks=$((n_checks + 1))
! grep -q 'id="kernels"' "$work/species/report.html" || fail "a profile of a training of few steps"
if [ -n "$python" ]; then
    for device in auto cpu; do
        n_checks=$((n_checks + 1))
        "$python" "$here/check_kernels.py" "$work/long-$device" || fail "the kernels of long-$device"
    done
fi

# ---- gaps
expect_text "Values are missing: bill_length_mm in 2 rows" "$work/species/report.html"
expect_text "sex in 11 rows." "$work/species/report.html"
cut -d, -f1,2 "$work/train.csv" >"$work/whole.csv"
expect_success "$gemlet" train --data "$work/whole.csv" --target species --device cpu --epochs 2 \
    --out "$work/whole"
expect_text "No value of the table is missing." "$work/whole/report.html"

# ---- several runs: as compare has them
expect_success "$gemlet" train --data "$work/train.csv" --test "$work/test.csv" --target species \
    --device cpu --epochs 10 --watch-layers 10 --seed 2 --out "$work/species-2"
expect_success "$gemlet" train --data "$work/train.csv" --test "$work/test.csv" --target species \
    --device cpu --epochs 10 --watch-layers 10 --lr 0.0001 --out "$work/slow"
expect_success "$gemlet" report "$work/species" "$work/species-2" "$work/slow" \
    --output "$work/three.html"
expect_valid "$work/three.html"
expect_text "<h1>3 runs</h1>" "$work/three.html"
"$gemlet" compare "$work/species" "$work/species-2" "$work/slow" --all-figures --markdown |
    sed -n 's/^| \([a-z*].*\) |$/\1/p' | tr '|' '\n' | sed 's/^ *//; s/ *$//' >"$work/cells"
[ "$(wc -l <"$work/cells")" -gt 20 ] || fail "compare shows nothing"
while IFS= read -r cell; do
    n_checks=$((n_checks + 1))
    plain=$(printf '%s\n' "$cell" | sed "s/\\\\\\(.\\)/\\1/g; s/&/\\&amp;/g; s/</\\&lt;/g; s/'/\\&#39;/g")
    grep -qF -e ">$plain<" "$work/three.html" || fail "no '$plain' in the report of three runs"
done <"$work/cells"

# ---- names from outside
mkdir "$work/<b onload=alert(1)>"
awk 'BEGIN {
    print "\"a\"\"b&amp;\",<script>alert(2)</script>,kind"
    for (i = 0; i < 90; ++i)
        printf "%d,%d,%s\n", i % 3 * 10 + i % 7, i * 7 % 13,
            i % 3 == 0 ? "<img src=x>" : i % 3 == 1 ? "\"\"\" onload=\"\"x\"" : "a & b"
}' >"$work/<b onload=alert(1)>/hostile.csv"
expect_success "$gemlet" train --data "$work/<b onload=alert(1)>/hostile.csv" --target kind \
    --device cpu --epochs 20 --out "$work/<b onload=alert(1)>/<i>run"
hostile="$work/<b onload=alert(1)>/<i>run/report.html"
expect_valid "$hostile"
expect_text "&lt;img src=x&gt;" "$hostile"
expect_text "&quot; onload=&quot;x" "$hostile"
expect_text "<h1>&lt;i&gt;run</h1>" "$hostile"
for markup in "<script" "<b onload" "<img src=x" "<i>run"; do
    n_checks=$((n_checks + 1))
    ! grep -qF -e "$markup" "$hostile" || fail "'$markup' is markup in the report"
done

# ---- what is no run, or a damaged one
expect_error 1 "$work/none" -- "$gemlet" report "$work/none"
mkdir "$work/bad"
cp "$work/species/metrics.csv" "$work/bad"
sed 's/"counts":.*/"counts": [[1, 2], [3, 4]]/' "$work/species/stats.json" >"$work/bad/stats.json"
expect_error 1 "bad/stats.json: test_confusion" -- "$gemlet" report "$work/bad"
[ ! -e "$work/bad/report.html" ] || fail "a report of a damaged run"
if [ -e /dev/full ]; then
    expect_error 1 "/dev/full" -- "$gemlet" report "$work/species" --output /dev/full
fi
expect_error 1 "none/x.html" -- "$gemlet" report "$work/species" --output "$work/none/x.html"

finish
