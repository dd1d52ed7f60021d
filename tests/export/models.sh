#!/bin/sh
# SPDX-License-Identifier: MIT
# Trains the models that the tests of exports take: DIRECTORY/NAME/model_mnist.npz, and a line for each in
# DIRECTORY/LIST, its name and a file of rows, separated by a tab.
#
#   models.sh DIRECTORY PENGUINS MNIST TABLES [PYTHON]
. "$(dirname -- "$0")/../e2e/lib.sh"

models=$1
penguins=$2
mnist=$3
tables=$4
rm -rf "$models"
mkdir -p "$models" || exit 1

# train NAME ROWS OPTION...: on the table ROWS; a small network, some steps.
train() {
    name=$1
    rows=$2
    shift 2
    expect_success "$gemlet" train --recipe default --device cpu --steps 60 --batch 8 --hidden 8 \
        --lr 0.02 --quiet --data "$rows" --out "$models/$name" "$@"
    printf '%s\t%s\n' "$name" "$rows" >>"$models/LIST"
}

# As they come: images with batch-norm, a table with the average of its recipe.
expect_success "$gemlet" train --data "$mnist" --steps 100 --hidden 20,20 --device cpu --quiet \
    --out "$models/mnist"
printf 'mnist\t%s\n' "$mnist/t10k-images-idx3-ubyte.gz" >>"$models/LIST"
expect_success "$gemlet" train --data "$penguins" --target species --hidden 24,16 --device cpu \
    --steps 150 --quiet --out "$models/species"
printf 'species\t%s\n' "$penguins" >>"$models/LIST"

# Ensembles, of classes and of numbers.
train ensemble "$penguins" --target species --ensemble 3
train ensemble_mass "$penguins" --target body_mass_g --ensemble 2 --hidden 8,5

# Every activation, every second behind batch-norm.
number=0
for activation in relu sigmoid tanh leaky_relu elu selu gelu silu mish; do
    number=$((number + 1))
    plain=
    [ $((number % 2)) = 0 ] || plain=--no-batch-norm
    # shellcheck disable=SC2086 # a word or none
    train "$activation" "$penguins" --target species --activation "$activation" --hidden 8,7,9 $plain
done
train mass "$penguins" --target body_mass_g --average ema:0.9

# Names that C, JSON and ONNX must not take for anything else; and some that differ only in what is no
# letter.
awk 'BEGIN {
    printf "\"a b\",a_b,a-b,\"quote\"\"s \\ \",\"??/ */ // trigraph\",\"new\nline\",int,N_COLUMNS,label,"
    printf "probabilities,\303\274ber,class\n"
    for (i = 0; i < 40; ++i)
        printf "%s,%d,%s,%s,%s,\"%s\",%d,%s,%d,%s,%s,%s\n",
            i % 7, i * i % 11, i % 5 == 0 ? "" : i / 3, i % 2 ? "\"\"\"x\"\"\"" : "\\n\\",
            i % 3 ? "??=" : "*/", i % 2 ? "two\nlines" : "tab\there", i % 4,
            i % 2 ? "7.0" : i % 3 ? "07" : "seven", i % 9, i % 8 ? 1000000 + i : "?",
            i % 2 ? "\346\227\245\346\234\254" : "e\314\201",
            i % 3 == 0 ? "\"say \"\"hi\"\", ??/\"" : i % 3 == 1 ? "\"two\nlines\"" : "\303\244"
}' >"$models/hostile.csv"
train hostile "$models/hostile.csv" --target class

# Numbers at the ends of what floats can tell apart, which take steps instead of ramps, and words of the user
# for gaps among texts.
awk 'BEGIN {
    print "steps,tiny,huge,word,class"
    for (i = 0; i < 60; ++i) {
        sign = i % 2 ? "-" : ""
        steps = i % 3 == 0 ? i % 11 "e-36" : 1 + i * 7 % 13
        tiny = sign i (i % 6 == 1 || i % 6 == 4 ? "e-40" : "")
        huge = i % 20 == 0 ? sign "2e35" : i * 11 % 17
        word = i % 5 == 0 ? "absent" : i % 5 == 1 ? "rare" i : i % 2 ? "left" : "right"
        kind = (i % 3 == 0 ? i % 11 : i * i % 5) > 4 ? "a" : "b"
        printf "%s,%s,%s,%s,%s\n", steps, tiny, huge, word, kind
    }
}' >"$models/ends.csv"
train ends "$models/ends.csv" --target class --missing=absent,none

# The other scaling, which no option of training asks for.
if [ -n "${5:-}" ] && "$5" -c 'import numpy' 2>/dev/null; then
    mkdir "$models/standard"
    "$5" - "$models/species/model_mnist.npz" "$models/standard/model_mnist.npz" <<'END' || fail "standard"
import sys, numpy
arrays = dict(numpy.load(sys.argv[1]))
schema = arrays["schema"].tobytes().replace(b'"scaling":"robust"', b'"scaling":"standard"')
arrays["schema"] = numpy.frombuffer(schema, arrays["schema"].dtype)
numpy.savez(sys.argv[2], **arrays)
END
    printf 'standard\t%s\n' "$penguins" >>"$models/LIST"
fi

# Tables of tests/tables that Python's csv reads as they are.
for options in 'quoted --target kind' 'quoted_delimiter --target kind' 'quoted_newline --target kind' \
    'quoted_quote --target kind' 'duplicate_names --target kind' 'name_with_blank --target kind' \
    'labels_negative --target label' 'labels_as_texts --target label --categorical label' \
    'dates --target kind' 'dates_and_times --target kind' 'dates_day_first --target kind' \
    'dates_month_first --target kind' 'gaps --target kind' \
    'gaps_own_word --target kind --missing=-99,missing' 'one_value_and_gaps --target kind' \
    'text_among_numbers --target kind' 'leading_zeros --target kind --categorical zip' \
    'large_numbers --target kind' 'scientific --target kind' 'regression --target y' \
    'few_floats --target y' 'hundred_classes --target y' 'levels_rare --target kind' \
    'unicode --target tür' 'terminal_commands --target kind'; do
    # shellcheck disable=SC2086 # options are words
    train "${options%% *}" "$tables/${options%% *}.csv" ${options#* }
done
finish
