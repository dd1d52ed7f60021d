#!/bin/sh
# SPDX-License-Identifier: MIT
# gemlet tune-recipe: rounds and what goes on, the same trials for the same seed, what is settled, the
# budget, and the training with the best.
#
#   tune_recipe.sh PENGUINS
. "$(dirname -- "$0")/lib.sh"

table=$1
search() {
    "$gemlet" tune-recipe --data "$table" --target species --device cpu --batch 64 --steps 45 "$@"
}

expect_success search --hidden 8 --trials 9 --table "$work/trials.csv" --out "$work/run" --quiet
expect_equal "trials of the rounds" "$(cut -d , -f 2 "$work/trials.csv" | sort | uniq -c | tr -s ' ')" \
    "$(printf ' 3 15\n 1 45\n 9 5\n 1 steps')"
# The lowest losses of a round are those of the next.
for n in 5 15; do
    next=$((3 * n))
    best=$(awk -F, -v n=$n '$2 == n { print $3, $1 }' "$work/trials.csv" | sort -g |
        head -n "$((n == 5 ? 3 : 1))" | cut -d ' ' -f 2 | sort)
    expect_equal "those that go on after $n steps" \
        "$(awk -F, -v n=$next '$2 == n { print $1 }' "$work/trials.csv" | sort)" "$best"
done
expect_equal "the first trial" "$(awk -F, '$1 == 1 && $2 == 5 { print $6, $7, $8, $9 }' "$work/trials.csv")" \
    '0.002 0.02 0.15 "8"'

# ---- the training has what was found
rate=$(awk -F, '$2 == 45 { print $6 }' "$work/trials.csv")
expect_equal "learning rate" "$(json_number learning_rate "$work/run/stats.json" | cut -c 1-9)" \
    "$(printf '%s' "$rate" | cut -c 1-9)"
expect_equal "steps" "$(json_number steps "$work/run/stats.json")" 45
command=$(sed -n 's/^training gemlet //p' "$work/stdout")
# shellcheck disable=SC2086 # a list of words
expect_success "$gemlet" $command --overwrite
expect_equal "learning rate of the command" "$(json_number learning_rate "$work/run/stats.json" | cut -c 1-9)" \
    "$(printf '%s' "$rate" | cut -c 1-9)"

# ---- the same again; another seed
expect_success search --hidden 8 --trials 9 --table "$work/again.csv" --only
cut -d , -f 1-4,6-9 "$work/trials.csv" >"$work/a"
cut -d , -f 1-4,6-9 "$work/again.csv" >"$work/b"
expect_same_file "trials of a seed" "$work/a" "$work/b"
expect_success search --hidden 8 --trials 3 --seed 2 --table "$work/other.csv" --only
n_checks=$((n_checks + 1))
[ "$(sed -n 3p "$work/other.csv" | cut -d , -f 6)" != "$(sed -n 3p "$work/trials.csv" | cut -d , -f 6)" ] ||
    fail "another seed has the same trials"

# ---- what is given is not searched
expect_success search --lr 0.01 --hidden 8,8 --dropout 0.2 --trials 4 --table "$work/fixed.csv" --only
expect_equal "what is given" "$(sed 1d "$work/fixed.csv" | cut -d , -f 6,8- | sort -u)" '0.01,0.2,"8,8"'
expect_error 2 "nothing is left to search" -- search --lr 0.01 --hidden 8 --dropout 0 --weight-decay 0
expect_error 1 "needs validation rows" -- search --validation none --test 0.2 --only

# ---- budget and bad options
expect_success search --trials 1000 --budget 1 --hidden 512,512 --only
grep -q "; the budget is over" "$work/stdout" || fail "budget: $(tail -n 3 "$work/stdout")"
n_checks=$((n_checks + 1))
expect_error 2 "--trials: found '0'" -- search --trials 0
finish
