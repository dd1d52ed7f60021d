#!/bin/sh
# SPDX-License-Identifier: MIT
# gemlet and other trainers on the same work, side by side: same network, batches and initial
# weights, in turn, some rounds over.
#
#   sh tests/peers/compare_speed.sh [--markdown] [--install] [--workload NAME]...
#                                   [--trainer NAME]... [ROUNDS]
#
# NAME is headline (784-150-150-10, batch 64), wide (784-1024-1024-10, batch 256) or deep
# (784-2500-2000-1500-1000-500-10, batch 128), default these three, or large (784-4096-4096-10, batch
# 1024). A trainer is fused, operations, cpu-path, openblas, numpy, torch, torch-compile, sklearn, by
# default all of these, or, on a GPU, torch-gpu, torch-gpu-compile, torch-gpu-graph. ROUNDS is 5 by
# default. --markdown
# prints the tables as docs/peers.md has them. --install installs the peers that are missing
# (lines `test` of scripts/packages.txt); what is missing otherwise is left out.
#
# Per trainer and number of threads: median and range of the microseconds a step; the median over
# the rounds of its time divided by that of the first trainer, the fused step by default; mean training loss of the last steps,
# which shows that nobody does less. lib.sh says what is timed and which variables are read.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
all_trainers="fused operations cpu-path openblas numpy torch torch-compile sklearn"
gpu_trainers="torch-gpu torch-gpu-compile torch-gpu-graph"
markdown=0 install=0 workloads='' trainers='' n_rounds=5
while [ $# -gt 0 ]; do
    case $1 in
    --markdown) markdown=1 ;;
    --install) install=1 ;;
    --workload) workloads="$workloads ${2:?--workload needs a name}"; shift ;;
    --trainer)
        case " $all_trainers $gpu_trainers " in
        *" ${2:?--trainer needs a name} "*) trainers="$trainers $2" ;;
        *)
            echo "compare_speed.sh: found trainer '$2', expected one of: $all_trainers $gpu_trainers" >&2
            exit 2 ;;
        esac
        shift ;;
    *[!0-9]* | 0 | '')
        echo "compare_speed.sh: found '$1', expected --markdown, --install, --workload NAME, --trainer NAME or a number of rounds" >&2
        exit 2 ;;
    *) n_rounds=$1 ;;
    esac
    shift
done
if [ "$install" = 1 ]; then
    . "$root/scripts/setup.sh"
    install_packages test
fi
. "$root/tests/peers/lib.sh"

# Lines "trainer threads" of what can run here. OpenBLAS spends the time in PyTorch on large
# networks, PyTorch's own threads cost much on small ones: both are tried apart.
list_trainers() {
    for trainer in ${trainers:-$all_trainers}; do
        case $trainer in
        fused | operations)
            say "$trainer -"
            continue ;;
        esac
        is_there "$trainer" || continue
        case $trainer in
        torch-gpu*)
            say "$trainer 1"
            continue ;;
        esac
        for threads in $(thread_counts); do
            say "$trainer $threads"
        done
        case $trainer in
        torch*) [ "$n_cores" -eq 1 ] || say "$trainer 1+$n_cores" ;;
        esac
    done
}

# Appends lines "trainer threads us loss" of one round to FILE.
run_round() {
    while read -r trainer threads; do
        if figures=$(run_trainer "$trainer" "$threads" </dev/null) && [ -n "$figures" ]; then
            say "$trainer $threads $figures" >>"$1"
        else
            note "$(trainer_title "$trainer"), threads $threads: failed, left out of this round"
        fi
    done <"$work/trainers"
}

# print_table FILE
print_table() {
    while read -r trainer threads; do
        say "$trainer|$threads|$(trainer_title "$trainer")"
    done <"$work/trainers" >"$work/titles"
    awk -v markdown="$markdown" -v base="$base" '
        function sorted(list, n,    i, j, t) {
            for (i = 2; i <= n; ++i)
                for (j = i; j > 1 && list[j - 1] > list[j]; --j) {
                    t = list[j]; list[j] = list[j - 1]; list[j - 1] = t
                }
        }
        function median(list, n) {
            return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
        }
        function digits(us) { return sprintf("%.0f", us) }
        function row(title, threads, us, range, ratio, loss) {
            printf markdown ? "| %-31s | %-7s | %8s | %15s | %12s | %8s |\n" \
                            : "%-31s  %-7s  %8s  %15s  %12s  %8s\n",
                   title, threads, us, range, ratio, loss
        }
        FILENAME == ARGV[1] {
            key = $1 " " $2
            us[key, ++n[key]] = $3
            round_of[key, n[key]] = $5
            if ($1 == base) us_of_base[$5] = $3
            loss[key] = $4
            next
        }
        FNR == 1 {
            row("trainer", "threads", "us/step", "range", "x first row", "loss")
            if (markdown) print "|---|---|---:|---:|---:|---:|"
        }
        {
            split($0, part, "|")
            key = part[1] " " part[2]
            if (!(key in n)) next
            n_ratios = 0
            for (i = 1; i <= n[key]; ++i) {
                times[i] = us[key, i]
                if (round_of[key, i] in us_of_base)
                    ratios[++n_ratios] = us[key, i] / us_of_base[round_of[key, i]]
            }
            sorted(times, n[key])
            sorted(ratios, n_ratios)
            row(part[3], part[2], digits(median(times, n[key])),
                digits(times[1]) " - " digits(times[n[key]]),
                n_ratios ? sprintf("%.2f", median(ratios, n_ratios)) : "-",
                sprintf("%.4f", loss[key]))
        }' "$1" "$work/titles"
}

list_trainers >"$work/trainers"
base=$(sed -n '1s/ .*//p' "$work/trainers")
say "$(describe_machine)"
for workload in ${workloads:-$all_workloads}; do
    set_workload "$workload"
    # Warm for gemlet: programs that its driver has to compile are compiled once.
    for trainer in fused operations; do
        ! grep -q "^$trainer " "$work/trainers" || run_trainer "$trainer" - >/dev/null || true
    done
    : >"$work/figures"
    mark_time "$work/begin"
    round=1
    while [ "$round" -le "$n_rounds" ]; do
        : >"$work/round"
        run_round "$work/round"
        sed "s/\$/ $round/" "$work/round" >>"$work/figures"
        round=$((round + 1))
    done
    mark_time "$work/end"
    say ""
    say "$(printf '%s' "$widths" | tr ' ' '-'), batch $batch, $measure steps, $n_rounds rounds;" \
        "other processes had $(others_share "$work/begin" "$work/end") % of the processors:"
    say ""
    print_table "$work/figures"
done
