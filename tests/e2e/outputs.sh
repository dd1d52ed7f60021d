#!/bin/sh
# SPDX-License-Identifier: MIT
# Every output of every command: what cannot be written, or is read by the same command, is refused
# before any work is done, and nothing that was there is touched.
. "$(dirname -- "$0")/lib.sh"
exec 9>&- # one that is not open, whatever the caller has

make_small_data "$work/data"
csv=$work/data/mnist_train.csv
job="--data $work/data --hidden 3 --batch 8 --device cpu"
# shellcheck disable=SC2086 # a list of words
{
    expect_success "$gemlet" train $job --steps 20 --quiet --out "$work/run"
    expect_success "$gemlet" convert --data "$work/data" --to-idx "$work/idx"
}
mkdir "$work/images" || exit 1 # four of 2 x 2
printf '\0\0\10\3\0\0\0\4\0\0\0\2\0\0\0\2abcdefghijklmnop' >"$work/images/train-images-idx3-ubyte"
printf '\0\0\10\1\0\0\0\4\0\1\0\1' >"$work/images/train-labels-idx1-ubyte"
model=$work/run/model_mnist.npz

# One output a line: file or dir, and the command up to it. In "dir" the files have names of their
# own; the first that is written is behind the bar.
cat >"$work/table" <<END
file |convert --from $csv --to-labels $work/labels-idx --to
file |convert --from $csv --to $work/rows-idx --to-labels
file |predict --device cpu --model $model --input $csv --output
file |export $model --to onnx --output
file |bench $job --modes cpu --rounds 1 --steps 5 --no-starts --json
file |profile $job --steps 5 --csv
file |profile $job --steps 5 --trace
file |qualify --device cpu --network 4-3-relu-3 --batch 4 --json
dir stats.json|train $job --steps 5 --out
dir model_mnist.npz|train $job --steps 5 --out
dir layers.png|train $job --steps 5 --out
dir compare.csv|compare $work/run --out
dir init_study.json|init-study --data $work/data --device cpu --rows 20 --batch 8 --steps 2 --activation tanh --init lecun --width 3 --depth 2 --out
file |augment-preview --data $work/images --augment rotate=5 --device cpu --items 2 --output
dir schedule.gp|schedule --steps 20 --out
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
ln -s nowhere "$work/dangling"
while IFS='|' read -r kind command; do
    case $kind in
    file*)
        mkdir -p "$work/directory"
        refused "$work/directory" "$work/directory: cannot create: found a directory"
        refused "$work/none/out" "$work/none/out: cannot create: No such file or directory"
        refused "$work/file/out" "$work/file/out: cannot create: Not a directory"
        refused "$work/dangling" "$work/dangling: cannot create: found a symbolic link to nothing"
        refused /proc/self/fd/9 "descriptor 9 is not open for writing"
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

# ---- what is no regular file is written to as it is, and a link stays: a table of places

# A device like /dev/null that may be lost, and that this file system lets be opened.
null=$work/null
if ! { mknod "$null" c 1 3 && : >"$null"; } 2>/dev/null; then
    null=/dev/null
    [ "$(id -u)" -ne 0 ] || null= # root could replace it
fi
full=$work/full
{ mknod "$full" c 1 7 && [ -c "$full" ] && ! echo x >"$full"; } 2>/dev/null || full=

# written PLACE: the command of this line of the table with this output, which keeps its kind.
written() {
    n_checks=$((n_checks + 1))
    kind_before=$(ls -ld "$1" | cut -c 1)
    # shellcheck disable=SC2086
    run "$gemlet" $command "$1"
    [ "$code" -eq 0 ] || fail "exit code $code: $command $1: $(cat "$work/stderr")"
    [ "$(ls -ld "$1" | cut -c 1)" = "$kind_before" ] || fail "$command: replaced $1"
}

mkfifo "$work/pipe"
ln -s /proc/self/fd/1 "$work/to-stdout"
ln -s pipe "$work/to-pipe"
ln -s target "$work/to-file"
ln -s to-file "$work/to-link"
while IFS='|' read -r kind command; do
    [ "$kind" = "${kind#dir}" ] || continue
    for place in pipe to-pipe; do
        timeout 10 cat "$work/pipe" >"$work/piped" &
        written "$work/$place"
        wait $!
        [ -s "$work/piped" ] || fail "$command $place: nothing came through the pipe"
    done
    for place in to-file to-link; do
        echo old >"$work/target"
        written "$work/$place"
        [ "$(head -n 1 "$work/target")" != old ] || fail "$command $place: not written"
    done
    [ -z "$null" ] || written "$null"
    if [ -n "$full" ]; then
        expect_error 1 "$full: cannot write: No space left" -- "$gemlet" $command "$full"
        [ -c "$full" ] || fail "$command: replaced $full"
    fi
    # A descriptor stands where it stands: what is in the file already stays. The link is as
    # /dev/stdout, which a broken program run by root would replace.
    for place in "$work/to-stdout" /proc/self/fd/1; do
        echo before >"$work/appended"
        "$gemlet" $command $place >>"$work/appended" 2>"$work/stderr" || fail "$command $place"
        n_checks=$((n_checks + 1))
        { [ "$(head -n 1 "$work/appended")" = before ] && [ "$(wc -c <"$work/appended")" -gt 20 ]; } ||
            fail "$command $place >>file: found $(head -n 3 "$work/appended")"
    done
    "$gemlet" $command "$work/to-stdout" 2>"$work/stderr" | cat >"$work/piped"
    [ -s "$work/piped" ] || fail "$command, standard output: nothing came through the pipe"
    [ -L "$work/to-stdout" ] || fail "$command: replaced the link to standard output"
done <"$work/table"
expect_equal "links" "$(readlink "$work/to-pipe") $(readlink "$work/to-file") $(readlink "$work/to-link")" \
    "pipe target to-file"
expect_error 1 "$work/pipe: cannot open for writing: no program reads it" -- \
    "$gemlet" convert --from "$csv" --to-labels "$work/labels-idx" --to "$work/pipe"
if [ "$(id -u)" -eq 0 ]; then
    ln -s target "$work/foreign"
    chown -h 65534 "$work/foreign"
    expect_error 1 "$work/foreign: cannot create: found a symbolic link of another user" -- \
        "$gemlet" convert --from "$csv" --to-labels "$work/labels-idx" --to "$work/foreign"
fi

# In a directory of results, which is replaced as a whole, such names are refused.
while IFS='|' read -r kind command; do
    name=${kind#dir }
    { [ "$kind" != "$name" ] && [ "$command" = "${command#convert}" ]; } || continue
    rm -rf "$work/directory"
    mkdir "$work/directory"
    mkfifo "$work/directory/$name"
    refused "$work/directory" "$name: cannot create: found a device or pipe"
    rm "$work/directory/$name"
    ln -s ../file "$work/directory/$name"
    refused "$work/directory" "$name: cannot create: found a symbolic link"
    expect_equal "the link" "$(readlink "$work/directory/$name")" ../file
done <"$work/table"
expect_equal "behind a link" "$(cat "$work/file")" text

# ---- what is read is not written: by its name, another path, a link, another name

cp -r "$work/data" "$work/kept"
cp -r "$work/run" "$work/kept-run"
table=$work/table.csv
awk 'BEGIN { print "a,b,kind"; for (i = 0; i < 60; ++i) print i % 7 "," i % 3 "," (i % 3 ? "x" : "y") }' >"$table"
cp "$table" "$work/test-rows.csv"
cp "$table" "$work/first.csv"
table_job="--data $table --target kind --hidden 3 --batch 8 --device cpu --steps 5"
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
$table|profile $table_job --csv
$table|bench $table_job --modes cpu --rounds 1 --no-starts --json
$work/test-rows.csv|profile $table_job --test $work/test-rows.csv --csv
$model|profile $job --steps 5 --from $model --csv
$model|predict --device cpu --model $work/run --input $csv --output
$work/run/stats.json|predict --device cpu --model $work/run --input $csv --output
$work/run/stats.json|export $work/run --to c --output
$work/run/stats.json|report $work/run --output
$work/run/metrics.csv|report $work/run $work/run --output
$work/run/evaluation.json|report $work/run --output
$model|report $work/run --output
END
for name in table test-rows; do
    expect_same_file "$name" "$work/first.csv" "$work/$name.csv"
done
for name in stats.json metrics.csv evaluation.json model_mnist.npz; do
    expect_same_file "the run" "$work/kept-run/$name" "$work/run/$name"
done
# But its page may be made again, and so may answers beside it.
expect_success "$gemlet" report "$work/run" --output "$work/run/report.html"
for _ in 1 2; do
    expect_success "$gemlet" predict --device cpu --model "$work/run" --input "$csv" \
        --output "$work/run/answers.csv"
done
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
