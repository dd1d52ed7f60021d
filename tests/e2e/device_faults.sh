#!/bin/sh
# SPDX-License-Identifier: MIT
# A device that fails in the middle of a run, at any call: the last good state is saved, and the run
# goes on from it; where there is none yet, an earlier run's results stay.
#
#   device_faults.sh STRUCK-CALLS-LIBRARY [COUNT]
#
# COUNT: positions of each kind of call, spread over the run; 1, as in the suite: half of the kinds
# with fused steps, half without.
. "$(dirname -- "$0")/lib.sh"

library=$1
count=${2:-1}
need_opencl
make_small_data "$work/data"
train="train --data $work/data --hidden 3 --batch 8 --device opencl-cpu --steps 600 --log-every 100 --overwrite"

# check_fault WHAT: after a run with seed 2 over results of a run with seed 1.
check_fault() {
    n_checks=$((n_checks + 1))
    grep -v 'no graph drawn' "$work/stderr" >"$work/message"
    cp "$work/stdout" "$work/first_stdout"
    seed=$(json_number seed "$work/run/stats.json")
    saved=$(sed -n 's/^failed .* as it was after \([0-9]*\) is kept.*/\1/p' "$work/stdout")
    if [ "$code" -eq 0 ]; then # a call that may fail
        expect_equal "$1: seed" "$seed" 2
        expect_same_file "$1: model" "$work/whole/model_mnist.npz" "$work/run/model_mnist.npz"
        return
    fi
    expect_equal "$1: exit code" "$code" 1
    expect_equal "$1: lines of the message" "$(grep -c '^gemlet train: ' "$work/message")" 1
    if [ -n "$saved" ]; then
        n_saved=$((n_saved + 1))
        expect_equal "$1: seed" "$seed" 2
        expect_success "$gemlet" eval --device cpu --data "$work/data" \
            --model "$work/run/model_mnist.npz"
        [ "$saved" -ge 100 ] && [ $((saved % 100)) -eq 0 ] || fail "$1: saved after $saved steps"
        grep -q 'of 600 steps: cl' "$work/message" || [ "$saved" -eq 600 ] ||
            fail "$1: no step in: $(cat "$work/message")"
        grep -q "^resume   gemlet train --resume $work/run\$" "$work/first_stdout" ||
            fail "$1: no word of how to go on"
        expect_success "$gemlet" train --resume "$work/run" --quiet
        grep -v 'no graph drawn' "$work/stderr"
        expect_same_file "$1, resumed: model" "$work/whole/model_mnist.npz" \
            "$work/run/model_mnist.npz"
    else
        grep -q '^step 100/' "$work/stdout" && fail "$1: lost 100 steps: $(cat "$work/message")"
        expect_equal "$1: seed" "$seed" 1
        expect_same_file "$1: model" "$work/kept/model_mnist.npz" "$work/run/model_mnist.npz"
    fi
}

# Pictures take their time, and are not what this is about.
mkdir "$work/bin"
printf '#!/bin/sh\nexit 1\n' >"$work/bin/gnuplot"
chmod +x "$work/bin/gnuplot"
PATH=$work/bin:$PATH
n_saved=0
# shellcheck disable=SC2086 # $train is a list of words
for fused in on off; do
    expect_success "$gemlet" $train --seed 1 --fused $fused --out "$work/kept" --quiet
    expect_success "$gemlet" $train --seed 2 --fused $fused --out "$work/whole" --quiet
    calls="clEnqueueNDRangeKernel clEnqueueReadBuffer clWaitForEvents clEnqueueWriteBuffer"
    calls="$calls clEnqueueCopyBuffer clFinish"
    [ "$count" -gt 1 ] || calls=$(echo "$calls" | cut -d' ' -f"$([ $fused = on ] && echo 1,3,5 || echo 2,4,6)")
    for call in $calls; do
        expect_success env LD_PRELOAD="$library" STRIKE=$call \
            "$gemlet" $train --seed 2 --fused $fused --out "$work/counted" --quiet
        n_calls=$(sed -n 's/^calls: //p' "$work/stderr")
        [ "${n_calls:-0}" -gt 0 ] || fail "--fused $fused: found ${n_calls:-no} calls of $call"
        for i in $(seq "$count"); do
            at=$(((i * n_calls + count) / (count + 1)))
            how=$([ $((i % 2)) -eq 1 ] && echo fail || echo on)
            rm -rf "$work/run"
            cp -r "$work/kept" "$work/run"
            run env LD_PRELOAD="$library" STRIKE=$call STRIKE_AT=$at STRIKE_BY=$how \
                "$gemlet" $train --seed 2 --fused $fused --out "$work/run"
            check_fault "--fused $fused, $call $at of $n_calls ($how)"
        done
    done
done
[ "$n_saved" -ge $((3 * count)) ] || fail "only $n_saved runs were saved"
finish
