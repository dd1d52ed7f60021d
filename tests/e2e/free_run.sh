#!/bin/sh
# SPDX-License-Identifier: MIT
# gemlet verify --write-reference, --against and --free-run: what one device wrote verifies
# another, a damaged kernel and a damaged file are caught and named, files that do not fit are
# refused in one line.
#
#   portable_reference.sh KERNEL-DIRECTORY DEFECT-DIRECTORY [PYTHON]
. "$(dirname -- "$0")/lib.sh"
kernels=$1
defects=$2
python=${3:-}
make_small_data "$work/small"
small="--data $work/small --batch 7 --hidden 5,9 --steps 5"
file=$work/cpu.npz

# record FILE OPTIONS...: of a small run.
record() {
    path=$1
    shift
    # shellcheck disable=SC2086
    expect_success "$gemlet" verify $small --write-reference "$path" --quiet "$@"
    expect_equal "verdict of $path" "$(sed 's/, largest.*//' "$work/stdout")" \
        "verified: 5 steps, 75 operations"
}

# expect_verified FILE OPTIONS...
expect_verified() {
    path=$1
    shift
    run "$gemlet" verify --against "$path" --quiet "$@"
    expect_equal "verdict of $* against $path" \
        "$code $(sed 's/, largest.*//' "$work/stdout")" "0 verified: 3 steps, 42 operations"
}

# ---- host only -----------------------------------------------------------------------------------

record "$file" --device cpu
expect_verified "$file" --device cpu
record "$work/double.npz" --device reference
expect_verified "$work/double.npz" --device cpu
# The same run gives the same bytes.
record "$work/again.npz" --device cpu
expect_same_file "two references of one run" "$file" "$work/again.npz"

expect_success "$gemlet" verify --device cpu --against "$work/double.npz"
n_checks=$((n_checks + 1))
grep -q '^against .*; in double; data CRC-32 [0-9a-f]\{8\}$' "$work/stdout" ||
    fail "the head does not say what wrote the file: $(head -n 3 "$work/stdout")"

expect_error 2 "leave out --lr" -- "$gemlet" verify --against "$file" --lr 0.1
expect_error 2 "leave out --op" -- "$gemlet" verify --write-reference x.npz --op dense
expect_error 2 "exclude each other" -- "$gemlet" verify --write-reference x.npz --free-run
expect_error 2 "leave out --op" -- "$gemlet" verify --free-run --op dense
expect_error 1 "network 4-5bn-relu-9bn-relu-3, --network says 4-5-relu-3" -- \
    "$gemlet" verify --device cpu --against "$file" --network 4-5-relu-3 --quiet
expect_error 1 "none.npz: cannot open" -- "$gemlet" verify --against "$work/none.npz"
expect_error 1 "not an npz file" -- "$gemlet" verify --against "$work/small/mnist_test.csv"
expect_error 1 "name another device" -- \
    "$gemlet" verify --against "$file" --device reference --quiet
expect_error 1 "no operation of this network contains 'layer 9'" -- \
    "$gemlet" verify --against "$file" --device cpu --op 'layer 9' --quiet
# What diverges is not written.
# shellcheck disable=SC2086
expect_error 1 "diverged.npz: not written, because the run was not verified" -- \
    "$gemlet" verify $small --no-batch-norm --lr 1e30 --device cpu --quiet \
    --write-reference "$work/diverged.npz"
n_checks=$((n_checks + 1))
[ ! -e "$work/diverged.npz" ] || fail "a run that diverged was written"

# ---- damaged files -------------------------------------------------------------------------------

# edit FILE STATEMENTS: a copy of the CPU's reference, as NumPy writes it, whose arrays `a` the
# statements have changed.
edit() {
    "$python" - "$file" "$1" "$2" <<'END' || fail "cannot edit the reference: $2"
import sys
import numpy
a = dict(numpy.load(sys.argv[1]))
exec(sys.argv[3])
numpy.savez_compressed(sys.argv[2], **a)
END
}

# expect_refused TEXT STATEMENTS
expect_refused() {
    edit "$work/edited.npz" "$2"
    expect_error 1 "edited.npz" "$1" -- \
        "$gemlet" verify --against "$work/edited.npz" --device cpu --quiet
}

if [ -n "$python" ] && "$python" -c 'import numpy' 2>/dev/null; then
    edit "$work/edited.npz" ""
    expect_verified "$work/edited.npz" --device cpu
    expect_refused "array step 2/05 softmax_xent/loss: missing" 'del a["step 2/05 softmax_xent/loss"]'
    expect_refused "found shape (1,7), expected (1,9)" \
        'a["step 2/03 layer 2 bn_act_fwd_train/beta"] = numpy.zeros((1, 7), "f4")'
    expect_refused "found type <f8, expected <f4" \
        'a["step 2/04 layer 3 dense_fwd/y"] = numpy.zeros((7, 3))'
    expect_refused "element 4 is nan, expected a finite value" \
        'a["step 2/04 layer 3 dense_fwd/x"][0, 4] = numpy.nan'
    expect_refused "step 2: softmax_xent labels: row 6 is 3, expected a class below 3" \
        'a["step 2/05 softmax_xent/labels"][0, 6] = 3'
    expect_refused "bytes at least, the arrays have" 'a["network"] = numpy.array("4-60000-relu-3")'
    expect_refused "format version 7, expected 1" 'a["format_version"] = numpy.array(7, "i4")'

    # One element off in any output: found, and named. A count is exact; elsewhere a unit is far
    # beyond every bound.
    "$python" - "$file" "$work" >"$work/edits" <<'END' || fail "cannot list the outputs"
import sys
import numpy
outputs = ["y", "mean", "var", "running_mean after", "running_var after", "dlogits", "loss",
           "correct", "dw", "dbias", "dx", "dgamma", "dbeta", "dz", "parameters after"]
a = dict(numpy.load(sys.argv[1]))
n = 0
for name in a:
    if not name.startswith("step 2/") or name.count("/") < 2:
        continue
    operation, tensor = name.split("/")[1:]
    is_input = "bwd" in operation and tensor in ("y", "mean", "var")
    is_input = is_input or "dense" in operation and tensor == "dz"
    if tensor not in outputs or is_input:
        continue
    changed = dict(a)
    changed[name] = a[name].copy()
    changed[name][-1, 0] += 1
    path = "%s/flipped%d.npz" % (sys.argv[2], n)
    numpy.savez_compressed(path, **changed)
    row = 0 if tensor == "parameters after" else changed[name].shape[0] - 1
    print(path, row, operation[3:].replace(" ", "_"), sep=" ")
    n += 1
END
    n_flipped=0
    while read -r path row operation; do
        run "$gemlet" verify --against "$path" --device cpu --quiet
        expect_equal "$path" "$code $(head -n 1 "$work/stdout" | tr ' ' '_')" \
            "1 device_differs_from_the_reference:_$operation,_first_at_step_2"
        n_checks=$((n_checks + 1))
        grep -q "at row $row, column 0: .* 1 of [0-9]* values wrong" "$work/stdout" &&
            grep -q 'agrees with the device, not with the file' "$work/stdout" ||
            fail "$path: $(cat "$work/stdout")"
        n_flipped=$((n_flipped + 1))
    done <"$work/edits"
    printf '%d single elements changed, one file each\n' "$n_flipped"
    # Products 3 forward, 4 for weights and bias, 2 for inputs; batch-norm 2 x 5 forward, 2 x 3
    # back; loss 3; update 1.
    expect_equal "outputs of a step" "$n_flipped" 29
fi

# ---- free run ------------------------------------------------------------------------------------

# shellcheck disable=SC2086
expect_success "$gemlet" verify $small --device cpu --free-run
# Device and float CPU path are the same program here.
expect_equal "drift of the CPU path" "$(sed -n 's/^free run: \([0-9]* steps\).*: \(ratio.*\)/\1 \2/p' \
    "$work/stdout")" "5 steps ratio 1.00"
expect_equal "steps reported" \
    "$(awk '$1 ~ /^[0-9]+$/ { printf "%s%s", sep, $1; sep = "," }' "$work/stdout")" "1,2,5"
# shellcheck disable=SC2086
expect_success "$gemlet" verify $small --device cpu --free-run --json
expect_equal "steps in the JSON" "$(sed -n 's/^[[:space:]]*"steps":[[:space:]]*\([0-9]*\),$/\1/p' \
    "$work/stdout")" 5
# shellcheck disable=SC2086
run "$gemlet" verify $small --device cpu --free-run --no-batch-norm --lr 1e30 --quiet
expect_equal "free run that diverges" "$code $(sed 's/:.*//' "$work/stdout")" "1 diverged"

# ---- other devices -------------------------------------------------------------------------------

need_opencl
# shellcheck disable=SC2086
expect_success "$gemlet" verify $small --device opencl-cpu --free-run --quiet
for kind in cpu gpu; do
    expect_verified "$file" --device opencl-cpu --kernels $kind
    expect_verified "$work/double.npz" --device opencl-cpu --kernels $kind
done
record "$work/opencl.npz" --device opencl-cpu
expect_verified "$work/opencl.npz" --device cpu

RUSTICL_ENABLE=llvmpipe
export RUSTICL_ENABLE
"$gemlet" devices >"$work/devices"
if grep -q llvmpipe "$work/devices"; then
    expect_verified "$work/opencl.npz" --device llvmpipe
else
    printf 'left out: no llvmpipe\n'
    n_checks=$((n_checks + 1))
    # Whoever chose the drivers, as the tests under sanitizers do, did without it.
    [ "${GEMLET_REQUIRE_OPENCL:-0}" != 1 ] || [ -n "${OCL_ICD_VENDORS:-}" ] ||
        fail "no device llvmpipe"
fi

# ---- damaged kernels -----------------------------------------------------------------------------

for defect in skipped_bias stale_running_variance; do
    rm -rf "$work/kernels"
    mkdir "$work/kernels"
    cp "$kernels"/*.cl "$work/kernels" || exit 1
    source=$(sed -n 's/^# file: //p' "$defects/$defect.sed")
    sed -f "$defects/$defect.sed" "$kernels/$source" >"$work/kernels/$source"
    for path in "$file" "$work/double.npz"; do
        run env GEMLET_KERNEL_DIR="$work/kernels" "$gemlet" verify --against "$path" \
            --device opencl-cpu --quiet
        operation=$(sed -n 's/^# operation: //p' "$defects/$defect.sed" | sed 's/^layer [0-9]* //')
        n_checks=$((n_checks + 1))
        [ "$code" -eq 1 ] && grep -q "^device differs from the reference: layer [0-9] $operation" \
            "$work/stdout" && grep -q 'of this machine agrees with the file$' "$work/stdout" ||
            fail "$defect against $path: $code $(cat "$work/stdout" "$work/stderr")"
        # The repetition compares this operation alone and finds the same.
        head -n 1 "$work/stdout" >"$work/first"
        repeat=$(sed -n 's/^  to repeat: gemlet //p' "$work/stdout")
        run env GEMLET_KERNEL_DIR="$work/kernels" sh -c "\"\$0\" $repeat" "$gemlet"
        expect_equal "repetition" "$code $(head -n 1 "$work/stdout")" "1 $(cat "$work/first")"
    done
done
finish
