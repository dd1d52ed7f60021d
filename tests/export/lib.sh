# SPDX-License-Identifier: MIT
# Sourced by the tests of exports behind e2e/lib.sh: models of all kinds, and a check of each.
#   $penguins, $mnist, $tables: where the data is.

# train NAME OPTION...: leaves $work/NAME/model_mnist.npz. A small network, some steps.
train() {
    trained=$work/$1
    shift
    expect_success "$gemlet" train --recipe default --device cpu --steps 60 --batch 8 --hidden 8 \
        --lr 0.02 --quiet --out "$trained" "$@"
}

# Names that C, JSON and ONNX must not take for anything else; and some that differ only in what is no
# letter. 40 rows.
make_hostile_table() {
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
    }' >"$1"
}

# check_tables CHECK: of every table of tests/tables that Python's csv reads as it is.
check_tables() {
    for options in 'quoted --target kind' 'quoted_delimiter --target kind' \
        'quoted_newline --target kind' 'quoted_quote --target kind' 'duplicate_names --target kind' \
        'name_with_blank --target kind' 'labels_negative --target label' \
        'labels_as_texts --target label --categorical label' 'dates --target kind' \
        'dates_and_times --target kind' 'dates_day_first --target kind' \
        'dates_month_first --target kind' 'gaps --target kind' \
        'gaps_own_word --target kind --missing=-99,missing' 'one_value_and_gaps --target kind' \
        'text_among_numbers --target kind' 'leading_zeros --target kind --categorical zip' \
        'large_numbers --target kind' 'scientific --target kind' 'regression --target y' \
        'few_floats --target y' 'hundred_classes --target y' 'levels_rare --target kind' \
        'unicode --target tür' 'terminal_commands --target kind'; do
        table=${options%% *}
        # shellcheck disable=SC2086 # options are words
        train "$table" --data "$tables/$table.csv" ${options#* }
        "$1" "$table" "$tables/$table.csv"
    done
}

# check_activations CHECK: each, every second behind batch-norm, and a regression by one of them.
check_activations() {
    number=0
    for activation in relu sigmoid tanh leaky_relu elu selu gelu silu mish; do
        number=$((number + 1))
        plain=
        [ $((number % 2)) = 0 ] || plain=--no-batch-norm
        train "$activation" --data "$penguins" --target species --activation "$activation" \
            --hidden 8,7,9 $plain
        "$1" "$activation" "$penguins"
    done
    train mass --data "$penguins" --target body_mass_g --average ema:0.9
    "$1" mass "$penguins"
}
