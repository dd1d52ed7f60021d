# SPDX-License-Identifier: MIT
# Sourced by compare_speed.sh and contention.sh, with $root set to the repository: the workloads, and
# how each trainer is run on one. BUILD names the build directory (default build/release), with the
# tests built; GEMLET_DEVICE gemlet's OpenCL device (default opencl-cpu); MEASURE_TIMES how many times
# as many steps to measure as is good on a CPU (default 1); PEER_PYTHON a python3 to be asked before
# the others.
#
# A workload trains warm_up + measure steps of a run of one step more, with the recipe plain. Every
# program takes the time of the measured steps by itself, so that start-up, reading and warming up
# stay out; gemlet's is the difference of two reports. The step more keeps out what gemlet does at
# the end of a run. Where more than 100 steps are measured, its copies of the model are in.

build=${BUILD:-$root/build/release}
gemlet_device=${GEMLET_DEVICE:-opencl-cpu}
work=$(mktemp -d "${TMPDIR:-/tmp}/gemlet-peers.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
LC_ALL=C
export LC_ALL
n_cores=$(getconf _NPROCESSORS_ONLN 2>/dev/null) || n_cores=1
all_workloads="headline wide deep"
activation=relu # of the hidden layers; others than relu only of gemlet and PyTorch
update= # options of the update rule, which gemlet and peers in Python take
gemlet_options= # of gemlet alone
torch_options= # of PyTorch alone

say() {
    printf '%s\n' "$*"
}

note() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
}

fail() {
    note "$*"
    exit 1
}

for program in gemlet tests/peers/draws; do
    [ -x "$build/$program" ] ||
        fail "no $build/$program; build with -DGEMLET_BUILD_TESTS=ON or set BUILD"
done

# set_workload NAME: sizes, and the model and orders that all start from. The reports of gemlet, one
# in `average` steps, make the loss that is shown a mean of so many steps.
set_workload() {
    case $1 in
    headline) widths="784 150 150 10" batch=64 warm_up=200 measure=3000 average=100 ;;
    wide) widths="784 1024 1024 10" batch=256 warm_up=10 measure=50 average=10 ;;
    deep) widths="784 2500 2000 1500 1000 500 10" batch=128 warm_up=10 measure=30 average=10 ;;
    large) widths="784 4096 4096 10" batch=1024 warm_up=10 measure=10 average=10 ;;
    *) fail "found workload '$1', expected one of: $all_workloads large" ;;
    esac
    measure=$((measure * ${MEASURE_TIMES:-1}))
    prepare_workload
}

prepare_workload() {
    spec=$(printf '%s\n' "$widths" |
        awk -v activation="$activation" '{
            printf "%s", $1; for (i = 2; i < NF; ++i) printf "-%sbn-%s", $i, activation; print "-" $NF }')
    steps=$((warm_up + measure + 1))
    "$build/tests/peers/draws" 1 plain "$work/model.npz" "$work/orders" "$spec" \
        $(((warm_up + measure) / (60000 / batch) + 1)) || exit 1
}

# python_with MODULE: a python3 that has it, if there is one.
python_with() {
    for candidate in ${PEER_PYTHON:-} python3 /usr/bin/python3; do
        "$candidate" -c "import $1" 2>/dev/null || continue
        printf '%s\n' "$candidate"
        return
    done
}

# us_and_loss FILE: both numbers of a peer's JSON line.
us_and_loss() {
    sed -n 's/.*"us_per_step": \([0-9.e+]*\), "train_loss": \([0-9.e+-]*\).*/\1 \2/p' "$1"
}

# run_gemlet OPTION...: microseconds a step and loss.
# shellcheck disable=SC2086
run_gemlet() {
    "$build/gemlet" train --data "$root/datasets/mnist" --recipe plain --network "$spec" --batch "$batch" \
        --steps "$steps" --log-every "$average" --quiet --overwrite --out "$work/run" $update $gemlet_options "$@" >/dev/null || return 1
    awk -F, -v first="$warm_up" -v last=$((warm_up + measure)) '
        NR == 1 { for (i = 1; i <= NF; ++i) column[$i] = i; next }
        $column["step"] == first { start = $column["seconds"] }
        $column["step"] == last {
            printf "%.1f %s\n", ($column["seconds"] - start) / (last - first) * 1e6,
                   $column["train_loss"]
        }' "$work/run/metrics.csv"
}

# run_peer COMMAND...: the same of a peer.
run_peer() {
    "$@" --data "$root/datasets/mnist" --model "$work/model.npz" --orders "$work/orders" \
        --batch "$batch" --steps "$steps" --warm-up "$warm_up" --measure "$measure" \
        --average "$average" ${losses:+--losses "$losses"} >"$work/peer.json" || return 1
    us_and_loss "$work/peer.json"
}

# run_python MODULE SCRIPT THREADS [OPTION...]: THREADS is one number for all, or A+B, A threads for
# the program's own loops and B for OpenBLAS. Threads of OpenMP that wait must not spin in the way of
# OpenBLAS's.
# shellcheck disable=SC2086
run_python() {
    python=$(python_with "$1")
    script=$root/tests/peers/$2
    omp_threads=${3%+*}
    blas_threads=${3#*+}
    shift 3
    run_peer env OMP_WAIT_POLICY=passive OMP_NUM_THREADS="$omp_threads" \
        OPENBLAS_NUM_THREADS="$blas_threads" "$python" "$script" $update "$@"
}

# run_trainer NAME THREADS: prints "microseconds-a-step loss".
run_trainer() {
    case $1 in
    fused) run_gemlet --device "$gemlet_device" --fused on ;;
    operations) run_gemlet --device "$gemlet_device" --fused off ;;
    cpu-path) (
        [ "$2" = - ] || export OPENBLAS_NUM_THREADS="$2"
        run_gemlet --device cpu
    ) ;;
    openblas) run_peer "$build/tests/peers/openblas_mlp" --threads "$2" ;;
    numpy) run_python numpy numpy_mnist.py "$2" ;;
    torch) run_python torch torch_mlp.py "$2" --activation "$activation" $torch_options ;;
    torch-compile) run_python torch torch_mlp.py "$2" --compile ;;
    torch-gpu) run_python torch torch_mlp.py "$2" --device cuda ;;
    torch-gpu-compile) run_python torch torch_mlp.py "$2" --device cuda --compile ;;
    torch-gpu-graph) run_python torch torch_mlp.py "$2" --device cuda --graph ;;
    sklearn) run_python sklearn sklearn_mlp.py "$2" ;;
    esac
}

trainer_title() {
    case $1 in
    fused) say "gemlet, fused" ;;
    operations) say "gemlet, operation by operation" ;;
    cpu-path) say "gemlet, CPU path" ;;
    openblas) say "C + OpenBLAS" ;;
    numpy) say "NumPy" ;;
    torch) say "PyTorch, eager" ;;
    torch-compile) say "PyTorch, torch.compile" ;;
    torch-gpu) say "PyTorch on the GPU, eager" ;;
    torch-gpu-compile) say "PyTorch on the GPU, compiled" ;;
    torch-gpu-graph) say "PyTorch on the GPU, CUDA graph" ;;
    sklearn) say "scikit-learn, no batch-norm" ;;
    esac
}

# The thread counts worth trying: one and all cores.
thread_counts() {
    say 1
    [ "$n_cores" -eq 1 ] || say "$n_cores"
}

# is_there TRAINER: or says what is missing.
is_there() {
    case $1 in
    openblas)
        [ -x "$build/tests/peers/openblas_mlp" ] && return 0
        note "$(trainer_title "$1") is left out: no $build/tests/peers/openblas_mlp"
        return 1 ;;
    numpy) module=numpy package=python3-numpy ;;
    torch*) module=torch package=python3-torch ;;
    sklearn) module=sklearn package=python3-sklearn ;;
    *) return 0 ;;
    esac
    case " ${GEMLET_WITHOUT_PEERS:-} " in
    *" $module "*)
        note "$(trainer_title "$1") is left out: GEMLET_WITHOUT_PEERS=$GEMLET_WITHOUT_PEERS"
        return 1 ;;
    esac
    python=$(python_with $module)
    if [ -z "$python" ]; then
        note "$(trainer_title "$1") is left out: no python3 with $module (package $package)"
        return 1
    fi
    case $1 in
    *-compile)
        "$python" -c 'import torch; torch.compile' 2>/dev/null || {
            note "$(trainer_title "$1") is left out: PyTorch before version 2"
            return 1
        } ;;
    esac
    case $1 in
    torch-gpu*)
        "$python" -c 'import torch; assert torch.cuda.is_available()' 2>/dev/null || {
            note "$(trainer_title "$1") is left out: PyTorch sees no GPU"
            return 1
        } ;;
    esac
}

# What was compared, on what.
describe_machine() {
    cpu=$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1)
    driver=$("$build/gemlet" devices 2>/dev/null | awk '$1 == "driver" { print $2; exit }')
    versions="OpenCL driver ${driver:-none}, OpenBLAS $(pkg-config --modversion openblas 2>/dev/null)"
    for module in numpy torch sklearn; do
        python=$(python_with $module)
        [ -z "$python" ] ||
            versions="$versions, $("$python" -c "import $module; print('$module', $module.__version__)")"
    done
    say "${cpu:-CPU}, $n_cores cores, load $(cut -d ' ' -f 1 /proc/loadavg 2>/dev/null); $versions."
}

# mark_time FILE: seconds since some moment of all processors together, of those that were busy, and
# of the latter for this script's own children. Not for a subshell, whose children are others.
mark_time() {
    times >"$work/times"
    awk -v rate="$(getconf CLK_TCK)" '
        FILENAME == "/proc/stat" && $1 == "cpu" {
            for (i = 2; i <= 9; ++i) all += $i / rate
            busy = all - ($5 + $6) / rate
        }
        FILENAME != "/proc/stat" && FNR == 2 {
            split($1, user, /[ms]/)
            split($2, kernel, /[ms]/)
            own = user[1] * 60 + user[2] + kernel[1] * 60 + kernel[2]
        }
        END { print all, busy, own }' /proc/stat "$work/times" >"$1" 2>/dev/null || : >"$1"
}

# others_share FILE FILE: percent of the processors that others used between two marks.
others_share() {
    cat "$1" "$2" | awk '
        { all = $1 - all; busy = $2 - busy; own = $3 - own }
        END { if (NR == 2 && all > 0) printf "%.0f", 100 * (busy > own ? busy - own : 0) / all
              else printf "?" }'
}
