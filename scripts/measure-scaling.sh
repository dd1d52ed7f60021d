#!/bin/sh
# SPDX-License-Identifier: MIT
# How the cost of a training step grows with the batch, the width and the depth of the network:
# measures it with gemlet bench, draws docs/images/scaling.png and .svg, and writes the table into
# docs/performance.md. About four minutes; the machine should do nothing else meanwhile.
#
#   sh scripts/measure-scaling.sh [options of gemlet bench, e.g. --data DIR]
#
# GEMLET names the program (default build/release/gemlet). What was measured stays in runs/scaling/;
# with GEMLET_SCALING_REDRAW=1 only picture and table are made again from there.
set -eu
LC_ALL=C
export LC_ALL

here=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
gemlet=${GEMLET:-$here/build/release/gemlet}
cd "$here"
results=runs/scaling
page=docs/performance.md
mkdir -p "$results"
command -v gnuplot >/dev/null || { echo "measure-scaling: found no gnuplot" >&2; exit 1; }

# repeat TEXT N: the text N times, separated by commas.
repeat() {
    awk -v text="$1" -v n="$2" 'BEGIN { for (i = 1; i <= n; ++i) printf "%s%s", text, i < n ? "," : "" }'
}

# measure SERIES X OPTIONS...: one point.
measure() {
    name=$1-$2
    shift 2
    [ "${GEMLET_SCALING_REDRAW:-0}" = 1 ] && return
    printf '%s\n' "$name" >&2
    "$gemlet" bench --recipe plain --no-starts --rounds 5 "$@" --json "$results/$name.json" >"$results/log"
}

batches="16 32 64 128 256 512 1024"
widths="64 128 256 512 1024 2048"
depths="1 2 3 4 5 6 7 8"
for n in $batches; do measure batch "$n" --batch "$n" "$@"; done
for n in $widths; do measure width "$n" --hidden "$n,$n" "$@"; done
for n in $depths; do measure depth "$n" --hidden "$(repeat 150 "$n")" "$@"; done

# ---- one line a point: series, x, us of each way, us of each bound --------------------------------
# The limits are the machine's, not the point's: of all that were measured the best one counts.
for series in batch width depth; do
    case $series in
    batch) points=$batches ;;
    width) points=$widths ;;
    *) points=$depths ;;
    esac
    for n in $points; do
        awk -v series="$series" -v x="$n" '
            function number() { sub(/.*:[ \t]*/, ""); sub(/,$/, ""); return $0 }
            /"flops_per_step":/ { flops = number() }
            /"least_bytes_per_step":/ { bytes = number() }
            /"flops_per_second":/ && !peak { peak = number() } # of the device; modes follow
            /"working_set_bytes":/ { size[++n_sizes] = number() }
            /"bytes_per_second":/ { rate[n_sizes] = number() }
            /"mode":/ { mode = number(); gsub(/"/, "", mode) }
            /"us_per_step":/ { us[mode] = number() }
            END {
                printf "%s %s %s %s %s %s %s %s", series, x, us["fused"], us["ops"], us["cpu"],
                    flops, bytes, peak
                for (i = 1; i <= n_sizes; ++i) printf " %s %s", size[i], rate[i]
                print ""
            }' "$results/$series-$n.json"
    done
done >"$results/points"

awk -v OFS=, '
    NF < 10 { print "measure-scaling: not all was measured: " $0 >"/dev/stderr"; exit 1 }
    {
        line[NR] = $0
        if ($8 > peak) peak = $8
        n_sizes = (NF - 8) / 2
        for (i = 1; i <= n_sizes; ++i) {
            size[i] = $(7 + 2 * i)
            if ($(8 + 2 * i) > rate[i]) rate[i] = $(8 + 2 * i)
        }
    }
    END {
        for (n = 1; n <= NR; ++n) {
            split(line[n], f, " ")
            i = 1
            while (i < n_sizes && size[i] + 0 < f[7] + 0) ++i
            print f[1], f[2], f[3], f[4], f[5], 1e6 * f[6] / peak, 1e6 * f[7] / rate[i]
        }
        printf "# %.1f GFLOP/s\n", 1e-9 * peak
    }' "$results/points" >"$results/scaling.csv"

# ---- the picture: colours of Okabe and Ito ---------------------------------------------------------
cat >"$results/scaling.gp" <<'GNUPLOT'
set datafile separator comma
look = " noenhanced size 1560,680 background '#FFFFFF'"
of(series, c) = strcol(1) eq series ? column(c) : NaN
ops = "with linespoints linewidth 3 pointtype 5 pointsize 1.5 linecolor '#E69F00' title 'OpenCL, operation by operation'"
cpu = "with linespoints linewidth 3 pointtype 9 pointsize 1.8 linecolor '#009E73' title 'CPU path'"
fused = "with linespoints linewidth 3 pointtype 7 pointsize 1.5 linecolor '#0072B2' title 'OpenCL, fused'"
compute = "with lines linewidth 3 dashtype 2 linecolor '#000000' title 'bound: multiply-adds'"
memory = "with lines linewidth 3 dashtype 3 linecolor '#CC79A7' title 'bound: memory'"
do for [format in 'png svg'] {
    if (format eq 'png') { set terminal pngcairo @look font 'sans-serif,18' } \
    else { set terminal svg @look font 'sans-serif,23' }
    set output 'docs/images/scaling.' . format
    set multiplot
    set border 3 linecolor '#555555' linewidth 1.5
    set tics nomirror textcolor '#000000'
    set grid xtics ytics linetype 1 linecolor '#DDDDDD' linewidth 1
    unset key
    set logscale y
    set yrange [2:60000]
    set bmargin at screen 0.33
    set tmargin at screen 0.91
    do for [i = 1:3] {
        series = word('batch width depth', i)
        set title word('Batch Width Depth', i)
        set lmargin at screen 0.085 + 0.31 * (i - 1)
        set rmargin at screen 0.36 + 0.31 * (i - 1)
        set format y (i == 1 ? '%.0f' : '')
        set ylabel (i == 1 ? 'us per step' : '')
        set xlabel (i == 1 ? 'rows of a batch' : i == 2 ? 'columns of 2 hidden layers' : 'hidden layers of 150 columns')
        if (i < 3) { set logscale x 2 } else { unset logscale x }
        if (i == 1) { set xrange [13:1260]; set xtics (16, 64, 256, 1024) }
        if (i == 2) { set xrange [52:2520]; set xtics (64, 256, 1024) }
        if (i == 3) { set xrange [0.7:8.3]; set xtics 1, 1, 8 }
        plot data using 2:(of(series, 4)) @ops, data using 2:(of(series, 5)) @cpu, \
             data using 2:(of(series, 3)) @fused, data using 2:(of(series, 6)) @compute, \
             data using 2:(of(series, 7)) @memory
    }
    # A plot of nothing for the names.
    unset title; unset xlabel; unset ylabel; unset tics; unset border; unset grid; unset logscale
    set lmargin at screen 0; set rmargin at screen 1
    set bmargin at screen 0; set tmargin at screen 0.18
    set xrange [0:1]; set yrange [0:1]
    set key center center horizontal maxrows 2 samplen 3 spacing 1.3
    plot NaN @ops, NaN @fused, NaN @cpu, NaN @compute, NaN @memory
    unset multiplot
    set output
}
GNUPLOT
gnuplot -e "data = '$results/scaling.csv'" "$results/scaling.gp"

# ---- the table -------------------------------------------------------------------------------------
if [ "$(grep -c '^<!-- scaling: \(begin\|end\) -->$' "$page")" -ne 2 ]; then
    echo "measure-scaling: $page: found no place for the table" >&2
    exit 1
fi
awk -F , '
    BEGIN {
        print "| network | fused | operation by operation | CPU path | multiply-adds at peak | memory |"
        print "|---|---|---|---|---|---|"
        head["batch"] = "batch "; head["width"] = "width "; head["depth"] = "depth "
    }
    !/^#/ { printf "| %s%s | %.0f | %.0f | %.0f | %.0f | %.0f |\n", head[$1], $2, $3, $4, $5, $6, $7 }
' "$results/scaling.csv" >"$results/table"
awk -v table="$results/table" '
    /^<!-- scaling: end -->$/ { inside = 0 }
    !inside { print }
    /^<!-- scaling: begin -->$/ { inside = 1; while ((getline line <table) > 0) print line }
' "$page" >"$results/page"
cat "$results/page" >"$page"
grep '^#' "$results/scaling.csv" | sed 's/^# /peak: /'
