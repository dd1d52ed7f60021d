#!/bin/sh
# SPDX-License-Identifier: MIT
# Every output of every command: what cannot be written, or is read by the same command, is refused
# before any work is done, and nothing that was there is touched.
. "$(dirname -- "$0")/lib.sh"

make_small_data "$work/data"
csv=$work/data/mnist_train.csv
job="--data $work/data --hidden 3 --batch 8 --device cpu"
# shellcheck disable=SC2086 # a list of words
{
    expect_success "$gemlet" train $job --steps 20 --quiet --out "$work/run"
    expect_success "$gemlet" convert --data "$work/data" --to-idx "$work/idx"
}
model=$work/run/model_mnist.npz

# One output a line: file or dir, and the command up to it. In "dir" the files have names of their
# own; the first that is written is behind the bar.
cat >"$work/table" <<END
file |convert --from $csv --to
file |convert --from $csv --to $work/rows-idx --to-labels
file |predict --device cpu --model $model --input $csv --output
file |bench $job --modes cpu --rounds 1 --steps 5 --no-starts --json
file |profile $job --steps 5 --csv
file |profile $job --steps 5 --trace
file |qualify --device cpu --network 4-3-relu-3 --batch 4 --json
dir stats.json|train $job --steps 5 --out
dir model_mnist.npz|train $job --steps 5 --out
dir layers.png|train $job --steps 5 --out
dir compare.csv|compare $work/run --out
dir init_study.json|init-study --data $work/data --device cpu --rows 20 --batch 8 --steps 2 --activation tanh --init lecun --width 3 --depth 2 --out
dir mnist_test.csv|convert --data $work/idx --to-csv
dir t10k-labels-idx1-ubyte|convert --data $work/data --to-idx
END

# refused OUTPUT TEXT: the command of this line of the table with this output.
refused() {
    n_checks=$((n_checks + 1))
    # shellcheck disable=SC2086
    run $runner "$gemlet" $command "$1"
    { [ "$code" -eq 1 ] || [ "$code" -eq 2 ]; } || fail "exit code $code: $command $1"
    [ ! -s "$work/stdout" ] || fail "found out too late: $command $1: $(head -n 1 "$work/stdout")"
    { [ "$(wc -l <"$work/stderr")" -eq 1 ] && grep -qF -e "$2" "$work/stderr"; } ||
        fail "$command $1: no '$2' in: $(cat "$work/stderr")"
}

# As a user who may not write everywhere: root becomes nobody.
runner=
chmod 755 "$work"
mkdir "$work/closed" "$work/open"
chmod 555 "$work/closed"
chmod 777 "$work/open"
unprivileged=
if [ "$(id -u)" -ne 0 ]; then
    unprivileged=env
elif command -v setpriv >/dev/null && setpriv --reuid=65534 --regid=65534 --clear-groups \
    "$gemlet" --version >/dev/null 2>&1; then
    unprivileged="setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=$work/open"
else
    echo "skipped: cannot become another user"
fi

echo text >"$work/file"
mkfifo "$work/pipe"
ln -s nowhere "$work/dangling"
while IFS='|' read -r kind command; do
    case $kind in
    file*)
        mkdir -p "$work/directory"
        refused "$work/directory" "$work/directory: cannot create: found a directory"
        refused "$work/none/out" "$work/none/out: cannot create: No such file or directory"
        refused "$work/file/out" "$work/file/out: cannot create: Not a directory"
        refused "$work/pipe" "$work/pipe: cannot create: found a device or pipe"
        [ -p "$work/pipe" ] || fail "$command: the pipe is gone"
        closed=$work/closed/out
        ;;
    dir*)
        name=${kind#dir }
        rm -rf "$work/directory"
        mkdir -p "$work/directory/$name"
        refused "$work/directory" "$name: cannot create: found a directory"
        refused "$work/file" "$work/file: cannot create directory: found a file"
        refused "$work/file/out" "$work/file: cannot create directory: found a file"
        refused "$work/dangling" "$work/dangling: cannot create directory: found a link"
        rm -rf "$work/directory"
        closed=$work/closed
        ;;
    esac
    if [ -n "$unprivileged" ]; then
        runner=$unprivileged
        refused "$closed" "Permission denied"
        [ "$kind" = "${kind#dir}" ] || refused "$work/closed/new" "Permission denied"
        runner=
    fi
done <"$work/table"
expect_equal "a file in the way" "$(cat "$work/file")" text
expect_equal "in a closed directory" "$(ls -A "$work/closed")" ""

# ---- what is read is not written: by its name, another path, a link, another name

cp -r "$work/data" "$work/kept"
while IFS='|' read -r source command; do
    directory=$(dirname "$source")
    for alias in plain path symbolic hard; do
        target=$work/open/alias
        rm -f "$target"
        case $alias in
        plain) target=$source ;;
        path) target=$directory/../$(basename "$directory")/./$(basename "$source") ;;
        symbolic) ln -s "$source" "$target" ;;
        hard) ln "$source" "$target" ;;
        esac
        refused "$target" "expected another file"
    done
done <<END
$csv|convert --from $csv --to
$work/idx/train-labels-idx1-ubyte|convert --from $work/idx/train-images-idx3-ubyte --labels $work/idx/train-labels-idx1-ubyte --to
$csv|predict --device cpu --model $model --input $csv --output
$model|predict --device cpu --model $model --input $csv --output
$work/data/mnist_test.csv|bench $job --modes cpu --rounds 1 --steps 5 --no-starts --json
$csv|profile $job --steps 5 --csv
$csv|profile $job --steps 5 --trace
END
command="convert --data $work/data --to-csv"
refused "$work/data" "expected another file"
command="profile $job --steps 5 --csv $work/open/one --trace"
refused "$work/open/./one" "expected another file"
for split in train test; do
    expect_same_file "data" "$work/kept/mnist_$split.csv" "$work/data/mnist_$split.csv"
done
expect_success "$gemlet" eval --device cpu --data "$work/data" --model "$model"

if find "$work" -name '.gemlet-*' | grep -q .; then
    fail "temporary files are left: $(find "$work" -name '.gemlet-*')"
fi
finish
