#!/bin/sh
# SPDX-License-Identifier: MIT
# Manual pages and completion of shells: all commands and options that --help lists, no warning of
# man, and what bash, zsh and fish make of the scripts at a prompt.
#
#   pages.sh PAGES [PYTHON]
#
# PAGES: the directory that the build fills. Exit code 77 without PYTHON or one of the shells; the
# other checks are made all the same.
. "$(dirname -- "$0")/lib.sh"

pages=$1
python=${2:-}
check=$(dirname -- "$0")/check_completion.py

"$gemlet" --help >"$work/help" || exit 1
commands=$(awk '/^Commands/ { on = 1; next } /^$/ { on = 0 } on { print $1 }' "$work/help")

# options_of COMMAND: as --help lists them.
options_of() {
    "$gemlet" "$1" --help | sed -n 's/^  --\([a-z0-9-]*\).*/--\1/p'
}

# ---- manual pages
command -v man >/dev/null 2>&1 || fail "no man: install scripts/packages.txt"

# page_of NAME: as a terminal shows it, in $work/NAME.txt.
page_of() {
    n_checks=$((n_checks + 1))
    LC_ALL=C.UTF-8 MANWIDTH=80 MANROFFOPT='' man --warnings -E UTF-8 --local-file "$pages/man1/$1.1" \
        2>"$work/warnings" | sed 's/.\x08//g' >"$work/$1.txt"
    [ ! -s "$work/warnings" ] || fail "man $1: $(head -n 1 "$work/warnings")"
    [ -s "$work/$1.txt" ] || fail "man $1: prints nothing"
}
page_of gemlet
for command in $commands; do
    page_of "gemlet-$command"
    grep -q "^ *gemlet-$command(1)" "$work/gemlet.txt" || fail "gemlet(1) does not list $command"
    options_of "$command" | sort >"$work/expected"
    sed -n 's/^\\fB\\-\\-\([^ ]*\)\\fR.*/--\1/p' "$pages/man1/gemlet-$command.1" | tr -d '\\' | sort >"$work/found"
    expect_same_file "options of gemlet-$command(1)" "$work/expected" "$work/found"
done
expect_equal "manual pages" "$(find "$pages/man1" -name '*.1' | wc -l)" \
    "$(($(printf '%s\n' "$commands" | wc -l) + 1))"

# ---- completion: what is typed, and the words that are offered; . for none
mkdir "$work/run-1" "$work/some files" || exit 1
{
    # shellcheck disable=SC2086 # a list of words
    printf 'gemlet \t%s\n' "$(echo $commands help)"
    # shellcheck disable=SC2086
    printf 'gemlet help \t%s\n' "$(echo $commands help)"
    printf 'gemlet tun\ttune tune-recipe\n'
    printf 'gemlet --\t--help --version\n'
    printf 'gemlet --version --\t--verbose\n'
    for command in $commands; do
        # shellcheck disable=SC2046
        printf 'gemlet %s --\t%s\n' "$command" "$(echo $(options_of "$command"))"
    done
    printf 'gemlet train --activation s\tsigmoid selu silu\n'
    printf 'gemlet train --activation=ta\t--activation=tanh\n'
    printf 'gemlet train --hidden 30 --optimizer ada\tadam adamw\n'
    printf 'gemlet predict --format \tauto csv json jsonl\n'
    printf 'gemlet bench --device \tauto cpu opencl-cpu gpu accelerator reference\n'
    printf 'gemlet train --model %s/ru\t.\n' "$work" # it has no such option
    printf 'gemlet compare %s/run\t%s/run-1\n' "$work" "$work"
    printf 'gemlet train --out %s/run\t%s/run-1\n' "$work" "$work"
    printf 'gemlet inspect %s/gemlet-tr\t%s/gemlet-train.txt\n' "$work" "$work"
    printf 'gemlet train --data=%s/gemlet-tr\t--data=%s/gemlet-train.txt\n' "$work" "$work"
    printf 'gemlet predict --model %s/gemlet-tr\t%s/gemlet-train.txt\n' "$work" "$work"
} >"$work/lines"

skipped=
for script in bash/gemlet zsh/_gemlet fish/gemlet.fish; do
    shell=${script%/*}
    if [ -z "$python" ] || ! command -v "$shell" >/dev/null 2>&1; then
        skipped="$skipped $shell"
        continue
    fi
    n_checks=$((n_checks + 1))
    "$python" "$check" "$shell" "$pages/$script" <"$work/lines" || fail "completion of $shell"
done
if [ -n "$skipped" ]; then
    printf 'skipped: no Python or no shell to complete for:%s\n' "$skipped"
    [ "$n_failures" -gt 0 ] || exit 77
fi
finish
