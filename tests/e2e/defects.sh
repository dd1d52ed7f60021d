#!/bin/sh
# SPDX-License-Identifier: MIT
# Seeds one defect at a time into a copy of the kernels: gemlet verify must catch each and name the
# operation, the layer and the tensor, and no training may start on GPU kernels with one. Prints the
# table. A defect that no longer applies to the kernels is a failure.
#
#   defects.sh DATA KERNEL-DIRECTORY DEFECT-DIRECTORY TABLE
#
# A defect with the field "target" is looked for with that column of TABLE as the target.
. "$(dirname -- "$0")/lib.sh"
need_opencl
data=$1
kernels=$2
defects=$3
table=$4
rows="--data $data --recipe plain"
n_caught=0

# field NAME FILE: the values of the lines "# NAME: value".
field() {
    sed -n "s/^# $1: //p" "$2"
}

# copy_kernels: a fresh copy in $work/kernels.
copy_kernels() {
    rm -rf "$work/kernels"
    mkdir "$work/kernels"
    cp "$kernels"/*.cl "$work/kernels" || exit 1
}

# verify OPTIONS...: with the kernels of the copy.
verify() {
    # shellcheck disable=SC2086
    run env GEMLET_KERNEL_DIR="$work/kernels" "$gemlet" verify --device opencl-cpu $rows \
        --steps 3 --quiet --fused off "$@"
}

# try_defect FILE OPTIONS: words of OPTIONS are separate arguments.
try_defect() {
    operation=$(field operation "$1")
    tensor=$(field tensor "$1")
    place=$(field place "$1")
    # shellcheck disable=SC2086
    verify $2
    n_checks=$((n_checks + 1))
    if [ "$code" -ne 1 ]; then
        fail "$(field defect "$1") ($2): exit code $code, expected 1"
        cat "$work/stdout" "$work/stderr"
        return 1
    fi
    expected="device differs from the reference: $operation, first at step"
    if ! grep -qF "$expected" "$work/stdout" || ! grep -q "^  $tensor at $place" "$work/stdout"; then
        fail "$(field defect "$1") ($2): expected '$expected' and '$tensor at $place'"
        cat "$work/stdout"
        return 1
    fi
    # The repetition must find the same without any other operation being compared.
    repeat=$(sed -n 's/^  to repeat: gemlet //p' "$work/stdout")
    n_checks=$((n_checks + 1))
    first=$(head -n 2 "$work/stdout" | sed 's/; [0-9]* of .*//')
    run env GEMLET_KERNEL_DIR="$work/kernels" sh -c "\"\$0\" $repeat" "$gemlet"
    [ "$(head -n 2 "$work/stdout" | sed 's/; [0-9]* of .*//')" = "$first" ] ||
        fail "$(field defect "$1") ($2): the repetition says something else: $(cat "$work/stdout")"
}

# refuse_training FILE OPTIONS: gemlet train says which operation is wrong, and does not begin.
refuse_training() {
    operation=$(field operation "$1")
    # shellcheck disable=SC2086
    expect_error 1 "${operation#layer ? }" "element (" "use --device cpu" -- \
        env GEMLET_KERNEL_DIR="$work/kernels" "$gemlet" train --device opencl-cpu $rows \
        --steps 3 --quiet --out "$work/refused" --fused off $2
    [ ! -e "$work/refused/model_mnist.npz" ] || fail "$(field defect "$1") ($2): trained all the same"
}

# The mechanism itself changes nothing.
copy_kernels
for options in "--kernels cpu" "--kernels cpu --fused on" "--kernels gpu --gemm own" \
    "--kernels cpu --hidden none --init normal --init-scale 2"; do
    # shellcheck disable=SC2086
    verify $options
    expect_equal "verify with the kernels as they are ($options)" "$code" 0
done

printf '%-86s %-34s %s\n' "defect" "caught in" "at"
for defect in "$defects"/*.sed; do
    copy_kernels
    file=$(field file "$defect")
    sed -f "$defect" "$kernels/$file" >"$work/kernels/$file"
    n_checks=$((n_checks + 1))
    if cmp -s "$kernels/$file" "$work/kernels/$file"; then
        fail "$defect does not apply to $file any more"
        continue
    fi
    field options "$defect" >"$work/options"
    target=$(field target "$defect")
    rows="--data $data --recipe plain"
    [ -z "$target" ] || rows="--data $table --target $target"
    is_caught=1
    while IFS= read -r options; do
        try_defect "$defect" "$options" || is_caught=0
        # Those of GPU kernels alone are enough: the gate is the same.
        grep -q -e "--kernels cpu" "$work/options" || case $options in
        *"--fused on"*) ;;
        *"--kernels gpu"*) refuse_training "$defect" "$options" ;;
        esac
    done <"$work/options"
    [ "$is_caught" = 1 ] || continue
    n_caught=$((n_caught + 1))
    printf '%-86s %-34s %s\n' "$(field defect "$defect")" \
        "$(field operation "$defect") $(field tensor "$defect")" \
        "$(printf '%s\n' "$first" | sed -n 's/.* first at step \([0-9]*\)/step \1/p; s/^  [a-z_]* at \(row [0-9]*, column [0-9]*\).*/\1/p' | tr '\n' ' ')"
done
expect_equal "defects caught" "$n_caught" "$(find "$defects" -name "*.sed" | wc -l)"
finish
