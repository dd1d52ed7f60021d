#!/bin/sh
# SPDX-License-Identifier: MIT
# The site: it is made without a warning, every link and anchor in it leads somewhere, nothing comes
# from other servers, every function of the library has its place; and a wrong link is found.
#
#   site.sh REPOSITORY SHARED-LIBRARY
. "$(dirname -- "$0")/../e2e/lib.sh"
. "$(dirname -- "$0")/../export/lib.sh"

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$1
need_wheels "$root/build/venv-docs" mkdocs pygments

# make_site REPOSITORY DIRECTORY
make_site() {
    "$python" -m mkdocs build --strict --config-file "$1/site/mkdocs.yml" --site-dir "$2"
}

n_checks=$((n_checks + 1))
make_site "$root" "$work/site" >"$work/log" 2>&1 || fail_with_log "the site is not made"
functions=$(nm -D --defined-only "$2" | awk '{ print $3 }')
n_checks=$((n_checks + 1))
# shellcheck disable=SC2086 # a list of words
"$python" "$here/check_site.py" "$work/site" $functions || fail "the links of the site"

# ---- what must be found ------------------------------------------------------------------------

mkdir "$work/copy" || exit 1
cp -R "$root/README.md" "$root/docs" "$root/datasets" "$root/host" "$root/scripts" "$root/examples" \
    "$root/tests" "$root/LICENSE" "$root/site" "$work/copy/" || exit 1
for link in nowhere.md 'tables.md#nowhere' ../host/nowhere.h '#nowhere'; do
    n_checks=$((n_checks + 1))
    cp "$root/docs/report.md" "$work/copy/docs/report.md"
    printf '\n[link](%s)\n' "$link" >>"$work/copy/docs/report.md"
    ! make_site "$work/copy" "$work/wrong" >"$work/log" 2>&1 || fail "$link: not found by MkDocs"
    grep -q "report.md.*${link##*/}" "$work/log" || fail "$link: MkDocs does not name it"
done
n_checks=$((n_checks + 1))
printf '<a href="tables.html#nowhere">x</a>\n<img src="https://example.org/x.png">\n' >>"$work/site/report.html"
"$python" "$here/check_site.py" "$work/site" gemlet_nothing >"$work/log" && fail "wrong links pass"
for line in 'tables.html#nowhere: no such anchor' 'loads https://example.org/x.png' 'for gemlet_nothing'; do
    grep -qF "$line" "$work/log" || fail "the checker does not say: $line"
done
finish
