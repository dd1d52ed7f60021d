#!/bin/sh
# SPDX-License-Identifier: MIT
# The comparison is fair: the first losses of every trainer of compare_speed.sh are those of gemlet's
# CPU path, from the same weights and with the same batches. So each does all of the work.
#
#   BUILD=DIR sh tests/peers/same_losses.sh
#
# A peer that is not installed is left out, and so are those in GEMLET_WITHOUT_PEERS; NumPy not if
# GEMLET_REQUIRE_NUMPY=1.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
. "$root/tests/peers/lib.sh"
n_checks=0 n_failures=0

# expect_losses WHAT: the losses in $work/found are those in $work/expected, to 1e-5 relative: the
# project's bound for the first steps on two devices, see tests/e2e/same_results.sh. Rounding that
# is independent gives sqrt(k) 2^-24 for a sum of k terms, 3e-6 for the layers of these networks.
expect_losses() {
    n_checks=$((n_checks + 1))
    if paste -d ' ' "$work/found" "$work/expected" | awk '
        { d = ($1 - $2) / $2; if (d < 0) d = -d; if (d > worst) worst = d
          if (!(d <= 1e-5)) { print "loss " NR ": found " $1 ", expected " $2; exit bad = 1 } }
        END { if (bad) exit 1
              if (NR == 0) { print "no losses"; exit 1 }
              print "largest difference " worst + 0 }' >"$work/log"; then
        say "$widths, $1${update:+ $update}${torch_options:+ $torch_options}, $activation: $(cat "$work/log")"
    else
        n_failures=$((n_failures + 1))
        say "FAILED: $widths, $1${update:+ $update}${torch_options:+ $torch_options}, $activation: $(cat "$work/log")"
    fi
}

# losses_of_run: of gemlet, one a line.
losses_of_run() {
    awk -F, -v last="$measure" -v losses="$losses_column" '
        NR == 1 { for (i = 1; i <= NF; ++i) column[$i] = i; next }
        $column["step"] <= last { print $column[losses] }' "$work/run/metrics.csv"
}

# check_trainer TRAINER [THREADS]
check_trainer() {
    : >"$work/found"
    losses=$work/found run_trainer "$1" "${2:--}" >/dev/null || true
    case $1 in
    fused | operations) losses_of_run >"$work/found" ;;
    esac
    expect_losses "$(trainer_title "$1")"
}

# scikit-learn's job: without batch-norm, schedule and decay. It only tells the loss of a last step.
check_sklearn() {
    spec=$(printf '%s\n' "$spec" | sed 's/bn//g')
    run_gemlet --device cpu --lr-schedule constant --weight-decay 0 >/dev/null
    losses_of_run | tail -n 1 >"$work/expected"
    run_trainer sklearn 1 | cut -d ' ' -f 2 >"$work/found"
    expect_losses "$(trainer_title sklearn)"
}

# check_all TRAINER...: the OpenCL device, C, and the peers named as far as they are there.
check_all() {
    prepare_workload
    run_trainer cpu-path - >/dev/null
    losses_of_run >"$work/expected"
    if "$build/gemlet" devices | grep -q 'type *opencl-cpu'; then
        case $update in *-norm* | *adversarial* | *mixup*) ;; *) check_trainer fused ;; esac # they are not fused
        check_trainer operations
    fi
    for threads in $(thread_counts); do
        [ -n "$update" ] || check_trainer openblas "$threads"
    done
    for trainer in "$@"; do
        is_there "$trainer" || continue
        case $trainer in
        sklearn) check_sklearn ;;
        *) check_trainer "$trainer" 1 ;;
        esac
    done
}

if [ "${GEMLET_REQUIRE_NUMPY:-0}" = 1 ] && ! is_there numpy; then
    exit 1
fi
losses_column=train_loss
warm_up=0 average=1 measure=6
widths="784 150 150 10" batch=64
check_all numpy torch torch-compile sklearn
widths="784 70 33 100 10" batch=50
check_all numpy
# At this rate rounding does not grow beyond the bound in so many steps.
measure=50
for update in "--lr 0.01 --momentum 0.9" "--lr 0.01 --momentum 0.9 --nesterov"; do
    check_all numpy torch
done
for update in adam adamw; do
    update="--lr 0.001 --weight-decay 0.1 --optimizer $update"
    check_all torch
done
scales="--lr-scale biases=0.1,scales=0.5,first=2,last=0.5"
for update in "--lr 0.01 --momentum 0.9" "--lr 0.001 --weight-decay 0.1 --optimizer adamw"; do
    update="$update $scales"
    check_all torch
done
update="--lr 0.01 --label-smoothing 0.1"
check_all torch
update="--lr 0.01"
for activation in leaky_relu elu selu gelu silu mish; do
    check_all torch
done
activation=relu
update="--lr 0.01 --clip-norm 0.3"
check_all torch
update="--lr 0.01 --momentum 0.9 --max-norm 1"
check_all torch
for update in "--adversarial 0.1" "--virtual-adversarial 1" \
    "--virtual-adversarial 3 --virtual-adversarial-xi 1 --virtual-adversarial-weight 0.3" "--mixup 0.4" "--mixup 1 --label-smoothing 0.1"; do
    update="--lr 0.01 $update"
    check_all torch
done
update="--lr 0.01 --dropout 0.25 --input-dropout 0.2"
check_all torch
# A moving average shows in what is evaluated: after each step, on the first 500 test rows.
# first_rows FILE BYTES: of an IDX file, whose number of rows is in the bytes 4 to 7.
first_rows() {
    gzip -dc "$root/datasets/mnist/$1.gz" | head -c 4
    printf '\000\000\001\364'
    gzip -dc "$root/datasets/mnist/$1.gz" | tail -c +9 | head -c "$2"
}
first_rows t10k-images-idx3-ubyte $((8 + 500 * 784)) >"$work/t10k-images-idx3-ubyte"
first_rows t10k-labels-idx1-ubyte 500 >"$work/t10k-labels-idx1-ubyte"
losses_column=validation_loss
update="--lr 0.01" torch_options="--moving-average ema:0.9"
gemlet_options="--average ema:0.9 --validation $work/t10k-images-idx3-ubyte --validate-every 1"
check_all torch
say "$n_checks checks, $n_failures failed"
[ "$n_failures" -eq 0 ]
