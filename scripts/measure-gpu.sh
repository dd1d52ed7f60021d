#!/bin/sh
# SPDX-License-Identifier: MIT
# Tries and measures gemlet on a GPU, unattended, and writes one page about it:
#
#   sh scripts/measure-gpu.sh [--device DEVICE] [--seeds N] [--quick] [FILE.md]
#
# DEVICE is "gpu" by default, FILE docs/gpu-results/<device>.md. BUILD names the build directory
# (default build/release); scripts/pack-portable.sh makes one for machines without compilers. Each
# part goes into the page when it is done, with its exit code where it failed, so that a crash leaves
# the parts before it. PyTorch is measured beside gemlet where a python3 has it with a GPU; that part
# takes most of the time, since every run reads MNIST and starts Python anew. --quick leaves out
# torch.compile, which takes half a minute a run, and a third round.
#
# Takes some ten minutes, with --quick about six. Exit code 1 if the device calculated wrongly or a
# command of gemlet failed.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
. "$root/scripts/setup.sh"
cd "$root"
device=gpu n_seeds=3 n_rounds=3 compiled="--trainer torch-gpu-compile" page=
while [ $# -gt 0 ]; do
    case $1 in
    --device) device=${2:?--device needs a device}; shift ;;
    --seeds) n_seeds=${2:?--seeds needs a number}; shift ;;
    --quick) n_rounds=2 compiled= ;;
    -*) fail "found '$1', expected --device DEVICE, --seeds N, --quick or a file" ;;
    *) page=$1 ;;
    esac
    shift
done
build=${BUILD:-$root/build/release}
[ -x "$build/gemlet" ] || fail "no $build/gemlet; run scripts/run-tests.sh -N first or set BUILD"
# As scripts/pack-portable.sh leaves it.
[ ! -d "$build/lib" ] || export LD_LIBRARY_PATH="$build/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"

work=$(mktemp -d "${TMPDIR:-/tmp}/gemlet-measure.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
LC_ALL=C
export LC_ALL
n_failed=0

# run SECONDS COMMAND...: into $work/out; the exit code of a command that fails is noted in the page.
run() {
    seconds=$1
    shift
    code=0
    timeout -k 5 "$seconds" "$@" >"$work/out" 2>"$work/err" || code=$?
    [ "$code" != 0 ] || return 0
    n_failed=$((n_failed + 1))
    {
        say ""
        say "**Exit code $code** of \`${*##*/}\`:"
        quote <"$work/err"
    } >>"$page"
    return 1
}

quote() {
    say ""
    say '```'
    tail -n 80
    say '```'
    say ""
}

part() {
    say "measuring: $1"
    {
        say ""
        say "## $1"
        say ""
    } >>"$page"
}

# json_field NAME FILE: a number or a text of a JSON file with a field on each line.
json_field() {
    sed -n "s/^[[:space:]]*\"$1\":[[:space:]]*\"\{0,1\}\([^\",]*\).*/\1/p" "$2" | head -n 1
}

gemlet=$build/gemlet
timeout -k 5 60 "$gemlet" train --device "$device" --steps 1 --quiet --out "$work/first" >/dev/null ||
    fail "gemlet cannot train on device '$device'"
name=$(json_field name "$work/first/stats.json")
driver=$(json_field driver "$work/first/stats.json")
version=$(json_field version "$work/first/stats.json")
if [ -z "$page" ]; then
    mkdir -p docs/gpu-results
    page=docs/gpu-results/$(printf '%s' "$name" | tr 'A-Z ' 'a-z-' | tr -cd 'a-z0-9-').md
fi
cat >"$page" <<END
# $name

Written by \`sh scripts/measure-gpu.sh\`, gemlet $("$gemlet" --version | awk 'NR == 1 { print $2 }'). Driver $driver,
$version; $(uname -srm), $(getconf _NPROCESSORS_ONLN) processors.
Nothing here was tried by hand; times are from one machine on one day.
END

part "Is it right?"
run 600 "$gemlet" qualify --device "$device" --full --json "${page%.md}.json" && {
    say "\`gemlet qualify --full\`; every result and every time is in [$(basename "${page%.md}").json]($(basename "${page%.md}").json):"
    quote <"$work/out"
} >>"$page"
for options in "--gemm own" "--gemm clblast" "--gemm own --activation tanh --no-batch-norm" \
    "--gemm own --hidden 300,77,1000 --batch 257 --activation sigmoid" "--gemm own --hidden 1024,1024 --batch 256"; do
    # shellcheck disable=SC2086 # a list of options
    run 240 "$gemlet" verify --device "$device" --steps 50 --quiet $options &&
        say "- \`gemlet verify --steps 50 $options\`: $(tail -n 1 "$work/out")" >>"$page"
done

part "The main job"
say "MNIST, 784-150-150-10, 20,000 steps of 64, as \`gemlet train\` does it:" >>"$page"
say "" >>"$page"
say "| seed | test accuracy | test loss | training | us a step | whole process |" >>"$page"
say "|--:|--:|--:|--:|--:|--:|" >>"$page"
seed=1
while [ "$seed" -le "$n_seeds" ]; do
    begin=$(date +%s.%N)
    if run 300 "$gemlet" train --device "$device" --seed $seed --quiet --out "$work/run$seed"; then
        whole=$(printf '%s %s\n' "$(date +%s.%N)" "$begin" | awk '{ printf "%.1f", $1 - $2 }')
        stats=$work/run$seed/stats.json
        printf '%s %s %s %s\n' "$(json_field test_accuracy "$stats")" "$(json_field test_loss "$stats")" \
            "$(json_field train_seconds "$stats")" "$(json_field us_per_step "$stats")" |
            awk -v seed=$seed -v whole="$whole" '{
                printf "| %d | %.2f %% | %.4f | %.2f s | %.1f | %s s |\n", seed, 100 * $1, $2, $3, $4, whole
            }' >>"$page"
    fi
    seed=$((seed + 1))
done
if [ "$n_seeds" -ge 1 ] && run 300 "$gemlet" train --device "$device" --quiet --out "$work/again"; then
    if cmp -s "$work/run1/model_mnist.npz" "$work/again/model_mnist.npz"; then
        say "
Seed 1 a second time: the same model, byte for byte." >>"$page"
    else
        n_failed=$((n_failed + 1))
        say "
**Seed 1 a second time gave another model.**" >>"$page"
    fi
fi

part "Where the time goes"
for gemm in own clblast; do
    for options in "--hidden 150,150 --batch 64" "--hidden 1024,1024 --batch 256" \
        "--hidden 2500,2000,1500,1000,500 --batch 128" "--hidden 4096,4096 --batch 1024"; do
        # shellcheck disable=SC2086 # a list of options
        run 120 "$gemlet" profile --device "$device" --gemm $gemm $options && {
            say "\`gemlet profile --gemm $gemm $options\`"
            grep -vE '^(device|data) ' "$work/out" | quote
        } >>"$page"
    done
done

part "Beside PyTorch"
say "The same networks, weights and batches in turn, and the losses that come out (tests/peers/compare_speed.sh):" >>"$page"
# shellcheck disable=SC2086 # none or two words
run 1200 env GEMLET_DEVICE="$device" BUILD="$build" MEASURE_TIMES="${MEASURE_TIMES:-5}" \
    sh "$root/tests/peers/compare_speed.sh" --markdown \
    --workload headline --workload wide --workload deep --workload large --trainer operations \
    --trainer torch-gpu $compiled --trainer torch-gpu-graph $n_rounds && {
    sed 's/^/> /' "$work/err"
    say ""
    cat "$work/out"
} >>"$page"

say "$page written; $n_failed commands failed"
[ "$n_failed" = 0 ]
