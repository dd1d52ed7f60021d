#!/bin/sh
# SPDX-License-Identifier: MIT
# How much slower is a step of the headline job when other processes keep cores busy?
#
#   sh tests/peers/contention.sh [--markdown] [ROUNDS, default 5]
#
# Every round runs each trainer alone, beside one and beside two processes that only count. Prints
# medians of the microseconds a step, and the medians over the rounds of how many times longer it
# took than alone. The target is at most 1.6 for the fused step beside one.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
markdown=0 n_rounds=5
while [ $# -gt 0 ]; do
    case $1 in
    --markdown) markdown=1 ;;
    *[!0-9]* | 0 | '')
        echo "contention.sh: found '$1', expected --markdown or a number of rounds" >&2
        exit 2 ;;
    *) n_rounds=$1 ;;
    esac
    shift
done
. "$root/tests/peers/lib.sh"

competitors=
trap 'stop_competitors; rm -rf "$work"' EXIT

start_competitors() {
    for _ in $(seq "$1"); do
        sh -c 'while :; do :; done' &
        competitors="$competitors $!"
    done
}

stop_competitors() {
    # shellcheck disable=SC2086 # a list of numbers
    [ -z "$competitors" ] || kill $competitors
    wait
    competitors=
}

list_trainers() {
    say "fused -"
    say "operations -"
    for threads in $(thread_counts); do
        say "openblas $threads"
    done
    is_there numpy && for threads in $(thread_counts); do
        say "numpy $threads"
    done
}

set_workload headline
# Fewer steps: some trainers take 20 ms for one beside two processes.
warm_up=100 measure=600
prepare_workload
list_trainers >"$work/trainers"
run_trainer fused - >/dev/null || true
run_trainer operations - >/dev/null || true
round=1
while [ "$round" -le "$n_rounds" ]; do
    for n_busy in 0 1 2; do
        while read -r trainer threads; do
            start_competitors "$n_busy"
            figures=$(run_trainer "$trainer" "$threads" </dev/null) || figures=
            stop_competitors
            [ -z "$figures" ] ||
                say "$trainer|$threads|$round|$n_busy|${figures% *}|$(trainer_title "$trainer")"
        done <"$work/trainers"
    done
    round=$((round + 1))
done >"$work/figures"

say "$(describe_machine)"
say ""
awk -F '|' -v markdown="$markdown" '
    function median(list, n,    i, j, t) {
        for (i = 2; i <= n; ++i)
            for (j = i; j > 1 && list[j - 1] > list[j]; --j) {
                t = list[j]; list[j] = list[j - 1]; list[j - 1] = t
            }
        return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
    }
    function row(title, threads, alone, one, two, ratio1, ratio2) {
        printf markdown ? "| %-31s | %-7s | %8s | %8s | %8s | %8s | %8s |\n" \
                        : "%-31s  %-7s  %8s  %8s  %8s  %8s  %8s\n",
               title, threads, alone, one, two, ratio1, ratio2
    }
    {
        key = $1 "|" $2
        if (!(key in title)) { title[key] = $6; threads[key] = $2; order[++n_keys] = key }
        us[key, $3, $4] = $5
        if ($3 > n_rounds) n_rounds = $3
    }
    END {
        row("trainer", "threads", "alone", "beside 1", "beside 2", "x beside 1", "x beside 2")
        if (markdown) print "|---|---|---:|---:|---:|---:|---:|"
        for (k = 1; k <= n_keys; ++k) {
            key = order[k]
            for (busy = 0; busy <= 2; ++busy) {
                n = n_ratios = 0
                for (r = 1; r <= n_rounds; ++r) {
                    if (!((key, r, busy) in us)) continue
                    times[++n] = us[key, r, busy]
                    if ((key, r, 0) in us) ratios[++n_ratios] = us[key, r, busy] / us[key, r, 0]
                }
                middle[busy] = n ? sprintf("%.0f", median(times, n)) : "-"
                slower[busy] = n_ratios ? sprintf("%.2f", median(ratios, n_ratios)) : "-"
            }
            row(title[key], threads[key], middle[0], middle[1], middle[2], slower[1], slower[2])
        }
    }' "$work/figures"
