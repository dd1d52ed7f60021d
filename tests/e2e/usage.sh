#!/bin/sh
# SPDX-License-Identifier: MIT
# Help, version, and everything that can be wrong with a command line (exit code 2).
#
#   usage.sh VERSION
. "$(dirname -- "$0")/lib.sh"

expect_success "$gemlet" --version
expect_equal "--version" "$(head -n 1 "$work/stdout")" "gemlet $1"
expect_success "$gemlet" --version --verbose
expect_equal "--version --verbose" "$(head -n 1 "$work/stdout")" "gemlet $1"
grep -q '^\[cpu\] CPU path' "$work/stdout" || fail "--version --verbose: no devices"
grep -q '^OpenBLAS .* zlib ' "$work/stdout" || fail "--version --verbose: no libraries"
expect_error 2 "'--verbos'" "--verbose" -- "$gemlet" --version --verbos

expect_success "$gemlet" --help
cp "$work/stdout" "$work/help"
expect_success "$gemlet" help
expect_same_file "help and --help" "$work/help" "$work/stdout"
awk 'length($0) > 80 { exit 1 }' "$work/help" || fail "--help: wider than 80 columns"
for command in train compare report verify qualify tune bench schedule profile init-study eval predict devices \
    convert; do
    grep -q "^  $command " "$work/help" || fail "--help does not list $command"
    expect_success "$gemlet" "$command" --help
    cp "$work/stdout" "$work/command_help"
    grep -q "^Usage: gemlet $command " "$work/stdout" || fail "$command --help: no usage"
    awk 'length($0) > 80 { exit 1 }' "$work/stdout" || fail "$command --help: wider than 80 columns"
    expect_success "$gemlet" help "$command"
    expect_same_file "help $command and $command --help" "$work/command_help" "$work/stdout"
    expect_error 2 "gemlet $command" "unknown option --no-such-option" -- \
        "$gemlet" "$command" --no-such-option
    [ "$command" = compare ] || [ "$command" = report ] ||
        expect_error 2 "gemlet $command" "stray" -- "$gemlet" "$command" stray
done
for code in 0 1 2 130; do
    grep -q "^ *$code  " "$work/help" || fail "--help does not explain exit code $code"
done

# The flags that scripts rely on.
expect_success "$gemlet" train --help
for flag in data hidden activation no-batch-norm batch steps epochs lr seed device recipe out \
    log-every quiet; do
    grep -q "^  --$flag\( \|\$\)" "$work/stdout" || fail "train --help does not list --$flag"
done

expect_error 2 "no command" -- "$gemlet"
expect_error 2 "unknown command 'trian'" "did you mean train?" -- "$gemlet" trian
expect_error 2 "unknown option '--frobnicate'" -- "$gemlet" --frobnicate
expect_error 2 "unknown command 'xyzzy'" -- "$gemlet" help xyzzy

expect_error 2 "--bacth" "did you mean --batch?" -- "$gemlet" train --bacth 3
expect_error 2 "--batch: found 'abc'" "whole number from 1 to 4294967295" -- \
    "$gemlet" train --batch abc
expect_error 2 "--batch: found '0'" -- "$gemlet" train --batch 0
expect_error 2 "--batch: found '99999999999999999999'" -- \
    "$gemlet" train --batch 99999999999999999999
expect_error 2 "--lr: found 'nan'" -- "$gemlet" train --lr nan
expect_error 2 "--lr: found '-0.1'" -- "$gemlet" train --lr -0.1
expect_error 2 "--hidden: found '0' in '150,0'" -- "$gemlet" train --hidden 150,0
expect_error 2 "--activation: found 'swish'" "relu" -- "$gemlet" train --activation swish
expect_error 2 "--recipe: found 'none'" "reference" -- "$gemlet" train --recipe none
expect_error 2 "--init: found 'orthogonal'" "lecun" -- "$gemlet" train --init orthogonal
expect_error 2 "--init-scale: found '-1'" -- "$gemlet" train --init-scale -1
expect_error 2 "--output-gain" "--init scaled-normal" -- \
    "$gemlet" train --recipe reference --output-gain 1
expect_error 2 "--steps" "--epochs" -- "$gemlet" train --steps 1 --epochs 1
expect_error 2 "--out" "value DIR" -- "$gemlet" train --out
expect_error 2 "--out" "--quiet" -- "$gemlet" train --out --quiet
expect_error 2 "--model" "must be given" -- "$gemlet" eval
expect_error 2 "--input" "must be given" -- "$gemlet" predict --model x.npz
expect_error 2 "--format: found 'xml'" "csv, json or jsonl" -- \
    "$gemlet" predict --model x --input y --format xml
expect_error 2 "found no RUN" -- "$gemlet" compare --markdown
expect_error 2 "found no RUN" -- "$gemlet" report
expect_error 2 "found 2 runs, expected --output FILE" -- "$gemlet" report a b
expect_error 2 "found an empty text, expected RUN" -- "$gemlet" compare ""
expect_error 2 "found '-x'" -- "$gemlet" compare run -x
expect_error 2 "--smooth: found '0'" -- "$gemlet" compare run --smooth 0
expect_error 2 "--pairs: found 'none'" "first or all" -- "$gemlet" compare --pairs none run
expect_error 2 "--from" "--data" -- "$gemlet" convert
expect_error 2 "--to-csv" "--to-idx" -- "$gemlet" convert --data x
expect_error 2 "--data" -- "$gemlet" convert --data x --to-csv y --from z
expect_error 2 "--to-labels" -- "$gemlet" convert --from x.csv --to y
expect_error 2 "--labels" -- "$gemlet" convert --from x.csv --labels y --to z
# ---- what a terminal would obey is not repeated: escapes, C1 controls (in UTF-8 and alone), a line
# end, a mark that turns the direction of writing
hostile=$(printf 'a\033[31mb\302\233c\233d\ne\342\200\256f')
for line in "--$hostile" "$hostile" "--batch=$hostile" "--data $hostile" "--device $hostile"; do
    # shellcheck disable=SC2086 # an option and its value
    IFS='
 ' && run "$gemlet" train $line --steps 1
    IFS=' 	
'
    n_checks=$((n_checks + 1))
    ! tr -d '\n' <"$work/stderr" | grep -q '[[:cntrl:]]' || fail "control characters: $line"
    ! grep -q "$(printf '\302\233\|\342\200\256')" "$work/stderr" || fail "controls of UTF-8: $line"
done
expect_error 2 "unknown command" -- "$gemlet" "$hostile"
n_checks=$((n_checks + 1))
! tr -d '\n' <"$work/stderr" | grep -q '[[:cntrl:]]' || fail "control characters: unknown command"

finish
