#!/bin/sh
# SPDX-License-Identifier: MIT
# Names, options, files, drivers' texts and programs that hold a terminal's commands: nothing the
# program prints does. Arguments: the directory of the kernels.
. "$(dirname -- "$0")/lib.sh"
kernels=$1

# ESC, CSI in Latin-1 and in UTF-8, BEL, CR, line end, an override of the direction of writing.
evil=$(printf 'a\033[31m\233m\302\233m\007\r\nXQ\342\200\256z')

# clean COMMAND...: whatever the exit code, stdout and stderr hold text, and text only.
clean() {
    n_checks=$((n_checks + 1))
    run "$@"
    cat "$work/stdout" "$work/stderr" >"$work/printed"
    [ -s "$work/printed" ] || fail "printed nothing: $*"
    tr -d '\n\t\040-\176\200-\377' <"$work/printed" >"$work/controls"
    [ ! -s "$work/controls" ] || fail "control characters in: $(od -c "$work/printed" | head -n 20)"
    grep -q "$(printf '\233m\|\342\200\256')" "$work/printed" && fail "not UTF-8, or turned: $*"
    grep -q "^XQ" "$work/printed" && fail "a name ends its line: $*"
}

here=$work/$evil
mkdir "$here" && cd "$here" || exit 1
make_small_data "$here/$evil"
data=$here/$evil
csv=$data/mnist_test.csv
train="train --overwrite --hidden 3 --batch 8 --steps 20 --device cpu"
# ---- names of what is there, and of what is not
# shellcheck disable=SC2086
{
    clean "$gemlet" $train --data "$data" --out "$here/run"
    model=$here/run/model_mnist.npz
    [ -s "$model" ] || fail "no model"
    clean "$gemlet" $train --data "$data/none" --out "$here/run"
    clean "$gemlet" $train --data "$data" --out "$csv/run"
    clean "$gemlet" $train --data "$data" --batch 100 --out "$here/two"
    clean "$gemlet" eval --device cpu --data "$data" --model "$model"
    clean "$gemlet" eval --device cpu --data "$data" --model "$csv"
    clean "$gemlet" predict --device cpu --model "$model" --input "$data/none"
    clean "$gemlet" predict --device cpu --model "$model" --input "$csv" --output "$here/x/y"
    clean "$gemlet" convert --data "$data" --to-idx "$here/idx"
    clean "$gemlet" convert --from "$csv" --to "$here/$evil.csv"
    clean "$gemlet" compare "$here/run" "$here/run" --out "$here/compared"
    clean "$gemlet" compare "$here/run" "$here/none"
    clean "$gemlet" init-study --data "$data" --device cpu --rows 20 --batch 8 --steps 2 \
        --activation tanh --init lecun --width 3 --depth 2 --out "$here/study"
    clean "$gemlet" bench --data "$data" --hidden 3 --batch 8 --device cpu --modes cpu --rounds 1 \
        --steps 5 --no-starts --json "$here/bench"
    clean "$gemlet" profile --data "$data" --hidden 3 --batch 8 --device cpu --steps 5 \
        --csv "$here/csv"
    clean "$gemlet" verify --data "$data" --hidden 3 --batch 8 --device cpu --steps 2
    # ---- what files hold
    printf '%s,1,2,3,4\n' "$evil" >"$here/words.csv"
    clean "$gemlet" predict --device cpu --model "$model" --input "$here/words.csv"
    sed "s/cpu/$(printf '\033[31m')/; s/CPU/$(printf '\\\\u001b[31m\\\\n')/" run/stats.json >stats
    mkdir record && cp stats record/stats.json && cp run/metrics.csv record
    clean "$gemlet" compare "$here/run" "$here/record"
    # ---- words of the command line
    clean "$gemlet" "$evil"
    clean "$gemlet" "--$evil"
    clean "$gemlet" help "$evil"
    for option in "--$evil" "--device=$evil" "--steps=$evil" "--activation=$evil" "--lr=$evil"; do
        clean "$gemlet" $train --data "$data" --out "$here/run" "$option"
    done
    # ---- the surroundings
    mkdir -p "$here/cache/gemlet" "$here/bin"
    chmod 777 "$here/cache/gemlet"
    clean env XDG_CACHE_HOME="$here/cache" "$gemlet" $train --data "$data" --out "$here/run"
    printf '#!/bin/sh\nprintf "%%s" "%s" >&2\nexit 3\n' "$evil" >"$here/bin/gnuplot"
    chmod 755 "$here/bin/gnuplot"
    clean env PATH="$here/bin:$PATH" "$gemlet" $train --data "$data" --out "$here/run"
    clean env PATH="$here/bin:$PATH" "$gemlet" compare "$here/run" --out "$here/compared"
    mkdir "$here/vendors"
    printf '/no%s.so\n' "$evil" >"$here/vendors/$evil.icd"
    clean env OCL_ICD_VENDORS="$here/vendors" "$gemlet" devices
    clean env OCL_ICD_VENDORS="$here/vendors" "$gemlet" $train --data "$data" --device opencl \
        --out "$here/run"
    clean env GEMLET_KERNEL_DIR="$here/none" "$gemlet" $train --data "$data" --device opencl-cpu \
        --out "$here/run"
    # The log of a driver's compiler quotes the source. Where there is none, that is said instead.
    cp -r "$kernels" "$here/kernels"
    for file in "$here/kernels"/*.cl; do
        printf '\n#error "%s"\n' "$(printf 'a\033[31m\302\233\007b')" >>"$file"
    done
    clean env GEMLET_KERNEL_DIR="$here/kernels" "$gemlet" $train --data "$data" \
        --device opencl-cpu --out "$here/run"
}
cd / || exit 1
finish
